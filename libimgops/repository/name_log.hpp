// The logs: per name one line a move. Format: docs/repository.md.
#pragma once

#include "libimgops/repository/journal.hpp"
#include "libimgops/repository/lines_backwards.hpp"
#include "libimgops/repository/transaction.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

// The file of a name: percent-encoded, or hashed when that is too long. Never contains a slash,
// never begins with a dot (security T33).
std::string log_file_name(std::string_view name);

// Throws Error(corrupt) when append_logs() could not go on from the end of that log.
void require_readable_log(const std::filesystem::path& state_directory, std::string_view name);

// Adds a line per move of `record` where the log does not have it yet, in the order of the record;
// that of the last move when all others are durable. Needs the lock. Throws Error(input_output),
// Error(corrupt).
void append_logs(const std::filesystem::path& state_directory, const JournalRecord& record);

// Whether append_logs() has nothing left to do. Looks at the last log only: it is written last.
bool has_logs(const std::filesystem::path& state_directory, const JournalRecord& record);

// Lines oldest first; a last line without its end was never finished and is left out.
std::vector<LogEntry> read_log_file(const std::filesystem::path& state_directory,
                                    std::string_view name);

// The same, newest first and read as they are asked for. Nothing when there is no log. Not
// thread-safe. Throws Error(corrupt) naming the line that cannot be read.
class LogBackwards {
 public:
  LogBackwards(const std::filesystem::path& state_directory, std::string_view name);
  std::optional<LogEntry> next();

 private:
  std::string subject_;
  std::optional<LinesBackwards> lines_;
  std::size_t given_ = 0;
};

// The names that have a log, in order of their bytes.
std::vector<std::string> logged_names(const std::filesystem::path& state_directory);

}  // namespace imgops
