#include "libimgops/repository/past.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/file.hpp"
#include "libimgops/base/json.hpp"
#include "libimgops/repository/digest_json.hpp"
#include "libimgops/repository/sidecar.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <system_error>
#include <utility>

namespace imgops {
namespace {

constexpr std::uint64_t log_limit_bytes = 256ULL << 20;
constexpr std::uint64_t record_limit_bytes = 64ULL << 20;

// Files of a directory, by path; none when it is absent.
std::vector<std::filesystem::path> files_in(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> paths;
  std::error_code error;
  std::filesystem::directory_iterator files(directory, error);
  if (error == std::errc::no_such_file_or_directory) return paths;
  for (; !error && files != std::filesystem::directory_iterator(); files.increment(error)) {
    paths.push_back(files->path());
  }
  if (error) {
    throw Error(ErrorKind::input_output, printable(directory.string()) + ": " + error.message());
  }
  std::ranges::sort(paths);
  return paths;
}

void add_digests(const Json& object, const std::string& subject, std::vector<Digest>& digests) {
  for (const char* const key : {"old", "new"}) {
    if (const auto digest = find_digest(object, key, subject)) digests.push_back(*digest);
  }
}

// "00000007.json" -> 7; other files are no records.
std::optional<std::uint64_t> record_number(const std::string& file_name) {
  const std::size_t digits = file_name.find('.');
  if (digits == std::string::npos || digits < 8 || file_name.substr(digits) != ".json") {
    return std::nullopt;
  }
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(file_name.data(), file_name.data() + digits, number);
  if (error != std::errc() || end != file_name.data() + digits) return std::nullopt;
  return number;
}

std::optional<PastRecord> read_record(const std::filesystem::path& path, std::uint64_t number) {
  const auto text = read_file(path, record_limit_bytes);
  if (!text) return std::nullopt;
  const std::string subject = "journal record " + printable(path.string());
  const Json json = parse_json(*text, subject);
  require_object(json, subject);
  const std::string state = string_field(json, "state", subject);
  PastRecord record{path, number, text->size(), state == "prepared", state == "dropped", {}};
  record.move.when = parse_rfc3339(string_field(json, "when", subject));
  if (size_field(json, "number", subject) != number) {
    throw Error(ErrorKind::corrupt, subject + ": says it is another's");
  }
  for (const Json& name : array_field(json, "names", subject)) {
    add_digests(require_object(name, subject), subject, record.move.digests);
  }
  return record;
}

// The name in percent-encoding, for people; a hash stays one unless a line tells the name.
std::string decoded(std::string_view encoded) {
  std::string name;
  for (std::size_t at = 0; at < encoded.size(); ++at) {
    unsigned value = 0;
    const std::string_view digits = encoded.substr(std::min(at + 1, encoded.size()), 2);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    const bool is_escape = encoded[at] == '%' && digits.size() == 2 && error == std::errc() &&
                           end == digits.data() + digits.size();
    name += is_escape ? static_cast<char>(value) : encoded[at];
    if (is_escape) at += 2;
  }
  return name;
}

PastLog read_log(const std::filesystem::path& path) {
  PastLog log{path, decoded(path.filename().string()), {}, {}, {}};
  const std::string text = read_file(path, log_limit_bytes).value_or(std::string());
  const std::string subject = "log " + printable(path.string());
  std::string_view rest = text;
  for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    log.lines.emplace_back(rest.substr(0, end + 1));
    const std::string line = subject + " line " + std::to_string(log.lines.size());
    const Json json = parse_json(rest.substr(0, end), line);
    PastMove move{parse_rfc3339(string_field(require_object(json, line), "when", line)), {}};
    add_digests(json, line, move.digests);
    if (const auto name = find_string(json, "name", line)) log.name = *name;
    log.moves.push_back(std::move(move));
    rest.remove_prefix(end + 1);
  }
  log.unfinished = std::string(rest);
  return log;
}

// Runs `read`; what is damaged is put down, not thrown.
template <class Function>
void noting_damage(const std::filesystem::path& path, Past& past, const Function& read) {
  try {
    read();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt) throw;
    past.damaged.push_back({path, error.what()});
  }
}

}  // namespace

void Past::require_sound() const {
  if (damaged.empty()) return;
  throw Error(ErrorKind::corrupt, damaged.front().message,
              "what it kept is unknown; moving the file away gives up that piece of the past");
}

Past read_past(const std::filesystem::path& state_directory) {
  Past past;
  if (judge_sidecar(state_directory) != SidecarState::usable) return past;
  for (const auto& path : files_in(journal_directory(state_directory))) {
    const auto number = record_number(path.filename().string());
    if (!number) continue;
    noting_damage(path, past, [&] {
      if (auto record = read_record(path, *number)) past.records.push_back(*std::move(record));
    });
  }
  for (const auto& path : files_in(log_directory(state_directory))) {
    // Names never begin with a dot here: such files are half-written ones.
    if (path.filename().string().starts_with('.')) continue;
    noting_damage(path, past, [&] { past.logs.push_back(read_log(path)); });
  }
  std::ranges::sort(past.records, {}, &PastRecord::number);
  return past;
}

bool is_expired(const PastMove& move, const std::optional<Timestamp>& cutoff) {
  return cutoff && move.when && *move.when <= *cutoff;
}

std::size_t count_expired(const PastLog& log, const std::optional<Timestamp>& cutoff) {
  std::size_t count = 0;
  while (count + 1 < log.moves.size() && is_expired(log.moves[count], cutoff)) ++count;
  return count;
}

std::size_t count_expired(const std::vector<PastRecord>& records,
                          const std::optional<Timestamp>& cutoff) {
  std::size_t count = 0;
  while (count + 1 < records.size() && is_expired(records[count].move, cutoff)) ++count;
  return count;
}

}  // namespace imgops
