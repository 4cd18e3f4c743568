// A line of a log, ended by a line feed:
//   {"old":"sha256:…","new":"sha256:…","when":"…","command":"…","transaction":7}
// A write cut short leaves a line without its end; readers pass over it, and the next writer cuts
// it off before adding its own.
#include "libimgops/repository/name_log.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/file.hpp"
#include "libimgops/base/hasher.hpp"
#include "libimgops/base/json.hpp"
#include "libimgops/repository/digest_json.hpp"
#include "libimgops/repository/sidecar.hpp"

#include <algorithm>

#include <fcntl.h>
#include <unistd.h>

namespace imgops {
namespace {

constexpr std::size_t longest_file_name = 200;
constexpr std::uint64_t log_limit_bytes = 256ULL << 20;

bool stands_for_itself(char character) noexcept {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
         (character >= '0' && character <= '9') ||
         std::string_view("-_.:@+=").find(character) != std::string_view::npos;
}

std::filesystem::path log_path(const std::filesystem::path& state_directory,
                               std::string_view name) {
  return log_directory(state_directory) / log_file_name(name);
}

std::string log_subject(const std::filesystem::path& path) {
  return "log " + printable(path.string());
}

LogEntry parse_line(std::string_view line, const std::string& subject) {
  const Json json = parse_json(line, subject);
  require_object(json, subject);
  return {find_digest(json, "old", subject), find_digest(json, "new", subject),
          string_field(json, "when", subject), string_field(json, "command", subject),
          size_field(json, "transaction", subject)};
}

std::string print_line(const JournalRecord& record, const RecordedMove& move) {
  Json json = {{"old", to_json(move.old_digest)},
               {"new", to_json(move.new_digest)},
               {"when", record.when},
               {"command", record.command},
               {"transaction", record.number}};
  // Only the file of a hashed name does not say whose it is.
  if (log_file_name(move.name).starts_with("%sha256%")) json["name"] = move.name;
  return print_json(json) + "\n";
}

// The end of a log that holds its last line, as far as lines go.
struct Tail {
  std::uint64_t complete_bytes = 0;  // size up to the last line feed
  std::string last_line;             // without its line feed; empty when there is none
};

// Reads backwards, ever more, until the last whole line is there.
Tail read_tail(const RandomAccess& file, const std::string& subject) {
  const std::uint64_t size_bytes = file.size_bytes();
  for (std::uint64_t length = 4096;; length *= 4) {
    const std::uint64_t start = size_bytes - std::min(size_bytes, length);
    RandomAccessSlice slice(std::shared_ptr<const RandomAccess>(&file, [](const auto*) {}), start,
                            size_bytes - start);
    const std::string text = read_all(slice, log_limit_bytes, subject);
    const std::size_t end = text.rfind('\n');
    if (end == std::string::npos) {
      if (start == 0) return {};
      continue;
    }
    const std::size_t before = end == 0 ? std::string::npos : text.rfind('\n', end - 1);
    if (before == std::string::npos && start > 0) continue;
    const std::size_t first = before == std::string::npos ? 0 : before + 1;
    return {start + end + 1, text.substr(first, end - first)};
  }
}

bool ends_with_record(const Tail& tail, std::uint64_t number, const std::string& subject) {
  return !tail.last_line.empty() && parse_line(tail.last_line, subject).transaction >= number;
}

void append_line(const std::filesystem::path& path, std::uint64_t complete_bytes,
                 std::string_view line) {
  const FileDescriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!file) throw_system_error(path.string());
  if (::ftruncate(file.get(), static_cast<off_t>(complete_bytes)) != 0) {
    throw_system_error(path.string());
  }
  std::uint64_t at = complete_bytes;
  while (!line.empty()) {
    const ssize_t count = ::pwrite(file.get(), line.data(), line.size(), static_cast<off_t>(at));
    if (count < 0) throw_system_error(path.string());
    at += static_cast<std::uint64_t>(count);
    line.remove_prefix(static_cast<std::size_t>(count));
  }
  if (::fdatasync(file.get()) != 0) throw_system_error(path.string());
}

}  // namespace

std::string log_file_name(std::string_view name) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char character : name) {
    if (stands_for_itself(character) && !(character == '.' && encoded.empty())) {
      encoded += character;
      continue;
    }
    const auto value = static_cast<unsigned char>(character);
    encoded += '%';
    encoded += digits[value / 16];
    encoded += digits[value % 16];
  }
  if (encoded.size() <= longest_file_name && !encoded.empty()) return encoded;
  // No encoded name looks so: "%s" is no escape.
  return "%sha256%" + digest_of(as_bytes(name)).hexadecimal();
}

void require_readable_log(const std::filesystem::path& state_directory, std::string_view name) {
  const auto path = log_path(state_directory, name);
  const auto file = open_regular_file(path);
  if (!file) return;
  static_cast<void>(ends_with_record(read_tail(*file, log_subject(path)), 0, log_subject(path)));
}

void append_logs(const std::filesystem::path& state_directory, const JournalRecord& record) {
  for (const RecordedMove& move : record.moves) {
    const auto path = log_path(state_directory, move.name);
    const auto file = open_regular_file(path);
    const Tail tail = file ? read_tail(*file, log_subject(path)) : Tail{};
    if (ends_with_record(tail, record.number, log_subject(path))) continue;
    append_line(path, tail.complete_bytes, print_line(record, move));
  }
  sync_directory(log_directory(state_directory));
}

bool has_logs(const std::filesystem::path& state_directory, const JournalRecord& record) {
  if (record.moves.empty()) return true;
  const auto path = log_path(state_directory, record.moves.back().name);
  const auto file = open_regular_file(path);
  if (!file) return false;
  return ends_with_record(read_tail(*file, log_subject(path)), record.number, log_subject(path));
}

std::vector<LogEntry> read_log_file(const std::filesystem::path& state_directory,
                                    std::string_view name) {
  const auto path = log_path(state_directory, name);
  const std::string text = read_file(path, log_limit_bytes).value_or(std::string());
  std::vector<LogEntry> entries;
  std::string_view rest = text;
  for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    entries.push_back(parse_line(
        rest.substr(0, end), log_subject(path) + " line " + std::to_string(entries.size() + 1)));
    rest.remove_prefix(end + 1);
  }
  return entries;
}

}  // namespace imgops
