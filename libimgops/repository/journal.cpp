// A record is a file of its own, replaced whole when its state changes:
//   {"schema":"imgops/journal/1","number":7,"state":"prepared","when":"…","command":"…",
//    "names":[{"name":"app:1","old":"sha256:…","new":null,"oldEntry":{"mediaType":…}}]}
// and, when it takes back or brings back another, "undoes":5 or "redoes":5.
//
// The file `last` beside the records is a hint only: the number of a record that was the last one
// when it was written, unsynced. Since numbers have no gaps the last record is found from there by
// asking for the next until there is none; without a record of that number the directory is listed.
#include "libimgops/repository/journal.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/file.hpp"
#include "libimgops/base/json.hpp"
#include "libimgops/repository/digest_json.hpp"
#include "libimgops/repository/sidecar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace imgops {
namespace {

constexpr std::uint64_t record_limit_bytes = 64ULL << 20;

constexpr std::pair<RecordState, std::string_view> state_names[] = {
    {RecordState::prepared, "prepared"},
    {RecordState::committed, "committed"},
    {RecordState::dropped, "dropped"},
};

constexpr std::pair<RecordKind, std::string_view> kind_keys[] = {
    {RecordKind::undo, "undoes"},
    {RecordKind::redo, "redoes"},
};

constexpr std::uint64_t hint_limit_bytes = 64;

std::filesystem::path hint_path(const std::filesystem::path& state_directory) {
  return journal_directory(state_directory) / "last";
}

std::filesystem::path record_path(const std::filesystem::path& state_directory,
                                  std::uint64_t number) {
  return journal_directory(state_directory) / fmt::format("{:08}.json", number);
}

// "00000007.json" -> 7; other files are not ours.
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

RecordState parse_state(const std::string& text, const std::string& subject) {
  const auto* const found =
      std::ranges::find(state_names, text, &std::pair<RecordState, std::string_view>::second);
  if (found != std::end(state_names)) return found->first;
  throw Error(ErrorKind::corrupt, subject + ": unknown state \"" + printable(text) + "\"");
}

RecordedMove parse_move(const Json& json, const std::string& subject) {
  require_object(json, subject);
  RecordedMove move{string_field(json, "name", subject), find_digest(json, "old", subject),
                    find_digest(json, "new", subject), std::nullopt};
  if (const Json* const entry = find_field(json, "oldEntry")) {
    move.old_entry = Descriptor::parse(*entry, subject);
  }
  return move;
}

JournalRecord parse_record(const std::string& text, const std::string& subject) {
  const Json json = parse_json(text, subject);
  require_object(json, subject);
  JournalRecord record;
  record.number = size_field(json, "number", subject);
  record.state = parse_state(string_field(json, "state", subject), subject);
  record.when = string_field(json, "when", subject);
  record.command = string_field(json, "command", subject);
  for (const Json& move : array_field(json, "names", subject)) {
    record.moves.push_back(parse_move(move, subject));
  }
  for (const auto& [kind, key] : kind_keys) {
    if (find_field(json, key) == nullptr) continue;
    record.kind = kind;
    record.about = size_field(json, key, subject);
  }
  return record;
}

std::string print_record(const JournalRecord& record) {
  const auto* const state = std::ranges::find(state_names, record.state,
                                              &std::pair<RecordState, std::string_view>::first);
  Json names = Json::array();
  for (const RecordedMove& move : record.moves) {
    Json name = {
        {"name", move.name}, {"old", to_json(move.old_digest)}, {"new", to_json(move.new_digest)}};
    if (move.old_entry) name["oldEntry"] = move.old_entry->json();
    names.push_back(std::move(name));
  }
  Json json = {{"schema", "imgops/journal/1"},        {"number", record.number},
               {"state", std::string(state->second)}, {"when", record.when},
               {"command", record.command},           {"names", std::move(names)}};
  for (const auto& [kind, key] : kind_keys) {
    if (record.kind == kind) json[std::string(key)] = record.about;
  }
  return print_json(json) + "\n";
}

bool has_record(const std::filesystem::path& state_directory, std::uint64_t number) {
  return ::access(record_path(state_directory, number).c_str(), F_OK) == 0;
}

// 0 when there is no hint, or it is of no use.
std::uint64_t hinted_number(const std::filesystem::path& state_directory) {
  const FileDescriptor file(
      ::open(hint_path(state_directory).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file) return 0;
  std::string text(hint_limit_bytes, '\0');
  const ssize_t length = ::read(file.get(), text.data(), text.size());
  if (length <= 0) return 0;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + length, number);
  const bool is_number = error == std::errc() && end != text.data() + length && *end == '\n';
  return is_number && number > 0 && has_record(state_directory, number) ? number : 0;
}

// Always as many bytes, so that a reader sees the old number or the new one. What fails here costs
// the next reader a listing and nothing else.
void leave_hint(const std::filesystem::path& state_directory, std::uint64_t number) {
  const FileDescriptor file(::open(hint_path(state_directory).c_str(),
                                   O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644));
  if (!file) return;
  const std::string text = fmt::format("{:020}\n", number);
  [[maybe_unused]] const ssize_t written = ::pwrite(file.get(), text.data(), text.size(), 0);
}

std::uint64_t listed_number(const std::filesystem::path& state_directory) {
  const auto directory = journal_directory(state_directory);
  std::uint64_t last = 0;
  std::error_code error;
  std::filesystem::directory_iterator files(directory, error);
  if (error == std::errc::no_such_file_or_directory) return 0;
  for (; !error && files != std::filesystem::directory_iterator(); files.increment(error)) {
    last = std::max(last, record_number(files->path().filename().string()).value_or(0));
  }
  if (error) {
    throw Error(ErrorKind::input_output, directory.string() + ": " + error.message());
  }
  return last;
}

}  // namespace

std::optional<JournalRecord> last_record(const std::filesystem::path& state_directory) {
  std::uint64_t last = hinted_number(state_directory);
  if (last == 0) last = listed_number(state_directory);
  if (last == 0) return std::nullopt;
  while (has_record(state_directory, last + 1)) ++last;
  // Nothing when its writer took it back between the search and here: nothing is half-way then.
  return find_record(state_directory, last);
}

std::optional<JournalRecord> find_record(const std::filesystem::path& state_directory,
                                         std::uint64_t number) {
  const auto path = record_path(state_directory, number);
  const auto text = read_file(path, record_limit_bytes);
  if (!text) return std::nullopt;
  return parse_record(*text, "journal record " + printable(path.string()));
}

void write_record(const std::filesystem::path& state_directory, const JournalRecord& record) {
  write_file_atomically(record_path(state_directory, record.number), print_record(record));
  if (record.state != RecordState::prepared) leave_hint(state_directory, record.number);
}

void remove_record(const std::filesystem::path& state_directory, std::uint64_t number) {
  std::error_code error;
  std::filesystem::remove(record_path(state_directory, number), error);
  if (error) {
    throw Error(ErrorKind::input_output,
                record_path(state_directory, number).string() + ": " + error.message());
  }
}

}  // namespace imgops
