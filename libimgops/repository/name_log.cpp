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
#include <charconv>
#include <system_error>

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

bool ends_with_record(LinesBackwards& lines, std::uint64_t number, const std::string& subject) {
  const auto last = lines.next();
  return last && parse_line(*last, subject).transaction >= number;
}

enum class Durability : std::uint8_t { now, later };

void append_line(const std::filesystem::path& path, std::uint64_t complete_bytes,
                 std::string_view line, Durability durability) {
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
  if (durability == Durability::now && ::fdatasync(file.get()) != 0) {
    throw_system_error(path.string());
  }
}

// The directory, when so many logs are to be synced together; else none.
FileDescriptor opened_to_sync(const std::filesystem::path& directory, std::size_t count) {
  if (count < least_synced_together) return {};
  FileDescriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened) throw_system_error(directory.string());
  return is_synced_whole(opened.get()) ? std::move(opened) : FileDescriptor();
}

std::optional<LinesBackwards> open_log(const std::filesystem::path& path) {
  std::shared_ptr<const RandomAccess> file = open_regular_file(path);
  if (file == nullptr) return std::nullopt;
  return LinesBackwards(std::move(file), log_subject(path));
}

// What log_file_name() made `encoded` of; nullopt when it did not, or for a hash.
std::optional<std::string> decoded_name(std::string_view encoded) {
  std::string name;
  for (std::size_t at = 0; at < encoded.size(); ++at) {
    if (encoded[at] != '%') {
      name += encoded[at];
      continue;
    }
    unsigned value = 0;
    const std::string_view digits = encoded.substr(at + 1, 2);
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), value, 16);
    if (digits.size() != 2 || error != std::errc() || end != digits.end()) return std::nullopt;
    name += static_cast<char>(value);
    at += 2;
  }
  if (log_file_name(name) != encoded) return std::nullopt;
  return name;
}

// Whose log a file is; nullopt for other files. A hashed name stands in its lines.
std::optional<std::string> logged_name(const std::filesystem::path& path) {
  const std::string file_name = path.filename().string();
  if (!file_name.starts_with("%sha256%")) return decoded_name(file_name);
  auto lines = open_log(path);
  const auto last = lines ? lines->next() : std::nullopt;
  if (!last) return std::nullopt;
  return find_string(parse_json(*last, log_subject(path)), "name", log_subject(path));
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
  if (auto lines = open_log(path)) {
    static_cast<void>(ends_with_record(*lines, 0, log_subject(path)));
  }
}

void append_logs(const std::filesystem::path& state_directory, const JournalRecord& record) {
  const auto directory = log_directory(state_directory);
  // Opened before anything is written: it is told of whatever fails.
  const FileDescriptor together = opened_to_sync(directory, record.moves.size());
  for (const RecordedMove& move : record.moves) {
    const bool is_last = &move == &record.moves.back();
    if (is_last && together) sync_file_system(together.get(), directory.string());
    const auto path = log_path(state_directory, move.name);
    auto lines = open_log(path);
    if (lines && ends_with_record(*lines, record.number, log_subject(path))) continue;
    append_line(path, lines ? lines->complete_bytes() : 0, print_line(record, move),
                together && !is_last ? Durability::later : Durability::now);
  }
  sync_directory(directory);
}

bool has_logs(const std::filesystem::path& state_directory, const JournalRecord& record) {
  if (record.moves.empty()) return true;
  const auto path = log_path(state_directory, record.moves.back().name);
  auto lines = open_log(path);
  return lines && ends_with_record(*lines, record.number, log_subject(path));
}

LogBackwards::LogBackwards(const std::filesystem::path& state_directory, std::string_view name)
    : subject_(log_subject(log_path(state_directory, name))),
      lines_(open_log(log_path(state_directory, name))) {}

std::optional<LogEntry> LogBackwards::next() {
  auto line = lines_ ? lines_->next() : std::nullopt;
  if (!line) return std::nullopt;
  ++given_;
  return parse_line(*line, subject_ + " line " + std::to_string(given_) + " from its end");
}

std::vector<std::string> logged_names(const std::filesystem::path& state_directory) {
  std::vector<std::string> names;
  const auto directory = log_directory(state_directory);
  std::error_code error;
  std::filesystem::directory_iterator files(directory, error);
  if (error == std::errc::no_such_file_or_directory) return names;
  for (; !error && files != std::filesystem::directory_iterator(); files.increment(error)) {
    if (auto name = logged_name(files->path())) names.push_back(*std::move(name));
  }
  if (error) {
    throw Error(ErrorKind::input_output, directory.string() + ": " + error.message());
  }
  std::ranges::sort(names);
  return names;
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
