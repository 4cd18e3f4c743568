// A record is a file of its own, replaced whole when its state changes:
//   {"schema":"imgops/journal/1","number":7,"state":"prepared","when":"…","command":"…",
//    "names":[{"name":"app:1","old":"sha256:…","new":null}]}
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

namespace imgops {
namespace {

constexpr std::uint64_t record_limit_bytes = 64ULL << 20;

constexpr std::pair<RecordState, std::string_view> state_names[] = {
    {RecordState::prepared, "prepared"},
    {RecordState::committed, "committed"},
    {RecordState::dropped, "dropped"},
};

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

JournalRecord parse_record(const std::string& text, const std::string& subject) {
  const Json json = parse_json(text, subject);
  require_object(json, subject);
  JournalRecord record;
  record.number = size_field(json, "number", subject);
  record.state = parse_state(string_field(json, "state", subject), subject);
  record.when = string_field(json, "when", subject);
  record.command = string_field(json, "command", subject);
  for (const Json& move : array_field(json, "names", subject)) {
    require_object(move, subject);
    record.moves.push_back({string_field(move, "name", subject), find_digest(move, "old", subject),
                            find_digest(move, "new", subject)});
  }
  return record;
}

std::string print_record(const JournalRecord& record) {
  const auto* const state = std::ranges::find(state_names, record.state,
                                              &std::pair<RecordState, std::string_view>::first);
  Json names = Json::array();
  for (const RecordedMove& move : record.moves) {
    names.push_back({{"name", move.name},
                     {"old", to_json(move.old_digest)},
                     {"new", to_json(move.new_digest)}});
  }
  const Json json = {{"schema", "imgops/journal/1"},        {"number", record.number},
                     {"state", std::string(state->second)}, {"when", record.when},
                     {"command", record.command},           {"names", std::move(names)}};
  return print_json(json) + "\n";
}

}  // namespace

std::optional<JournalRecord> last_record(const std::filesystem::path& state_directory) {
  const auto directory = journal_directory(state_directory);
  std::uint64_t last = 0;
  std::error_code error;
  std::filesystem::directory_iterator files(directory, error);
  if (error == std::errc::no_such_file_or_directory) return std::nullopt;
  for (; !error && files != std::filesystem::directory_iterator(); files.increment(error)) {
    last = std::max(last, record_number(files->path().filename().string()).value_or(0));
  }
  if (error) {
    throw Error(ErrorKind::input_output, directory.string() + ": " + error.message());
  }
  if (last == 0) return std::nullopt;
  const auto path = record_path(state_directory, last);
  const auto text = read_file(path, record_limit_bytes);
  // Taken back by its writer between the listing and here: nothing is half-way then.
  if (!text) return std::nullopt;
  return parse_record(*text, "journal record " + printable(path.string()));
}

void write_record(const std::filesystem::path& state_directory, const JournalRecord& record) {
  write_file_atomically(record_path(state_directory, record.number), print_record(record));
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
