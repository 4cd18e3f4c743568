// The past of the names as it lies on disk, every log and every record, for who shortens or checks
// it. Format: docs/repository.md.
#pragma once

#include "libimgops/base/digest.hpp"
#include "libimgops/base/timestamp.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace imgops {

// What a line of a log, or a record, says.
struct PastMove {
  std::optional<Timestamp> when;  // nullopt: no time that we can read, so it never expires
  std::vector<Digest> digests;    // old and new ones
};

struct PastLog {
  std::filesystem::path path;
  std::string name;                // whose log it is
  std::vector<std::string> lines;  // oldest first, each with its line feed
  std::vector<PastMove> moves;     // one a line
  std::string unfinished;          // a last line without its end
};

struct PastRecord {
  std::filesystem::path path;
  std::uint64_t number = 0;
  std::uint64_t size_bytes = 0;
  bool is_prepared = false;
  bool is_dropped = false;  // what it names it never moved
  PastMove move;
};

struct DamagedFile {
  std::filesystem::path path;
  std::string message;
};

struct Past {
  std::vector<PastLog> logs;        // by path
  std::vector<PastRecord> records;  // by number
  std::vector<DamagedFile> damaged;
  // Throws Error(corrupt) when a file is damaged: what it kept is unknown.
  void require_sound() const;
};

// Of a `.imgops` that is not ours to read, nothing. Throws Error(input_output).
Past read_past(const std::filesystem::path& state_directory);

// How many lines or records at the front are older than `cutoff`; the last one always stays, since
// it tells which transaction was the last (docs/repository.md "Recovery").
std::size_t count_expired(const PastLog& log, const std::optional<Timestamp>& cutoff);
std::size_t count_expired(const std::vector<PastRecord>& records,
                          const std::optional<Timestamp>& cutoff);
// Whether a move is too old to keep what it names.
bool is_expired(const PastMove& move, const std::optional<Timestamp>& cutoff);

}  // namespace imgops
