// The journal: one record a transaction, so that one that was killed half-way can be told from one
// that was not. Format: docs/repository.md.
#pragma once

#include "libimgops/base/digest.hpp"
#include "libimgops/image/descriptor.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace imgops {

enum class RecordState : std::uint8_t {
  prepared,   // index.json may have been replaced, or not
  committed,  // it has been
  dropped     // it has not been, and never will be by this record
};

struct RecordedMove {
  std::string name;
  std::optional<Digest> old_digest;  // nullopt: the name did not exist
  std::optional<Digest> new_digest;  // nullopt: the name is removed
  // What index.json said of the name before, annotations included; nullopt for a new name, and in
  // records of programs that did not write it yet.
  std::optional<Descriptor> old_entry = {};
};

// What a transaction is to another.
enum class RecordKind : std::uint8_t {
  operation,  // nothing: it stands for itself
  undo,       // takes an operation back
  redo        // brings back an operation that was taken back
};

struct JournalRecord {
  std::uint64_t number = 0;  // from 1, without gaps
  RecordState state = RecordState::prepared;
  std::string command;
  std::string when;                 // RFC 3339
  std::vector<RecordedMove> moves;  // may be empty for an undo or redo that found all as wanted
  RecordKind kind = RecordKind::operation;
  std::uint64_t about = 0;  // for undo and redo: the number of the operation
};

// The record with the highest number; nullopt when there is none. Throws Error(corrupt) when it
// cannot be read: it is never taken for absent.
std::optional<JournalRecord> last_record(const std::filesystem::path& state_directory);

// The record of that number; nullopt when there is none. Throws Error(corrupt).
std::optional<JournalRecord> find_record(const std::filesystem::path& state_directory,
                                         std::uint64_t number);

// Writes or replaces the record of that number, durably. Needs the lock.
void write_record(const std::filesystem::path& state_directory, const JournalRecord& record);
// Takes back a record whose index was never written. Needs the lock.
void remove_record(const std::filesystem::path& state_directory, std::uint64_t number);

}  // namespace imgops
