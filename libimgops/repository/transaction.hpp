// Names moved together: all or none. Commit goes: lock, read index.json again, check every
// expectation, journal "prepared", replace index.json by rename, journal "committed", append to the
// logs. Killed at any moment, the names are as before or as after; what is half-way is finished or
// dropped by the next program that opens the layout.
// Nothing else writes index.json. Source: command-line §9; docs/repository.md.
#pragma once

#include "libimgops/repository/repository.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace imgops {

enum class RecordKind : std::uint8_t;
struct JournalRecord;

class Transaction {
 public:
  // `command` is what the user typed, for the log; `now` is the only clock.
  Transaction(Repository& repository, std::string command, Timestamp now);

  // `name` will point to `target`. `expected` is the digest it has now; nullopt: it does not exist.
  void move(std::string name, std::optional<Digest> expected, Descriptor target);
  void remove(std::string name, Digest expected);
  // Says in the journal that this transaction takes back or brings back the operation of that
  // number; it is recorded then even when every name stands as wanted already.
  void mark(RecordKind kind, std::uint64_t about);

  // Returns the number of the transaction, or 0 when every name stood as wanted already: then
  // nothing is written. Throws Error(conflict) naming the first name that moved since, or when
  // `.imgops` is another user's; Error(input_output) when the lock is not to be had or the disk is
  // full or read-only; Error(not_found) and Error(corrupt) when a target leads to absent or damaged
  // blobs; Error(invalid_argument) for a name that is neither is_reference_name nor in the index
  // already, or is given twice. Then nothing has changed. Blobs the targets lead to are in the
  // layout before. A name that moves keeps its place in index.json; a new one comes last.
  std::uint64_t commit();

 private:
  struct Move {
    std::string name;
    std::optional<Digest> expected;
    std::optional<Descriptor> target;  // nullopt: removed
  };
  void check(const std::vector<NamedDescriptor>& names) const;
  std::vector<std::optional<Descriptor>> entries() const;
  Index edited(const Index& before, JournalRecord& record) const;
  JournalRecord new_record() const;

  Repository& repository_;
  std::string command_;
  Timestamp now_;
  std::vector<Move> moves_;
  RecordKind kind_;
  std::uint64_t about_ = 0;
};

// One line of a name's log, oldest first.
struct LogEntry {
  std::optional<Digest> old_digest;
  std::optional<Digest> new_digest;
  std::string when;  // RFC 3339
  std::string command;
  std::uint64_t transaction = 0;
};
// Empty when the name has none, or when `.imgops` is another user's (security T32). Throws
// Error(corrupt) naming the line that cannot be read.
std::vector<LogEntry> read_log(const Repository& repository, std::string_view name);

// Finishes or drops what a killed transaction left; called by Repository. Takes the lock.
void recover_transactions(const std::filesystem::path& layout);

}  // namespace imgops
