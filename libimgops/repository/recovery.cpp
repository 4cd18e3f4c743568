// Only the last record can be half-way, since every commit settles it before it writes its own.
// index.json was replaced in one step or not at all, so one look at the names decides: when all
// stand where the record wants them the transaction happened and only its traces are missing;
// otherwise it did not, or somebody has moved the names on since, and it is dropped.
#include "libimgops/repository/recovery.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/file_lock.hpp"
#include "libimgops/repository/journal.hpp"
#include "libimgops/repository/layout_documents.hpp"
#include "libimgops/repository/name_log.hpp"
#include "libimgops/repository/named_digests.hpp"
#include "libimgops/repository/repository.hpp"
#include "libimgops/repository/sidecar.hpp"
#include "libimgops/repository/transaction.hpp"

#include <algorithm>
#include <system_error>

namespace imgops {
namespace {

bool stand_at_new(const std::vector<NamedDescriptor>& names, const JournalRecord& record) {
  const NamedDigests digests(names);
  return std::ranges::all_of(record.moves, [&](const RecordedMove& move) {
    return digests.find(move.name) == move.new_digest;
  });
}

// Names that NewFile gives for an instant while it replaces a file. Under the lock nobody is about
// to rename one; left alone, one would stand in the way of a process with the same number.
void remove_temporary_files(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> found;
  std::error_code error;
  std::filesystem::directory_iterator files(directory, error);
  for (; !error && files != std::filesystem::directory_iterator(); files.increment(error)) {
    if (files->path().filename().string().starts_with(".new-")) found.push_back(files->path());
  }
  for (const auto& path : found) {
    if (!error) std::filesystem::remove(path, error);
  }
  if (error) {
    throw Error(ErrorKind::input_output, directory.string() + ": " + error.message());
  }
}

}  // namespace

bool needs_recovery(const std::filesystem::path& state_directory) {
  const auto record = last_record(state_directory);
  if (!record || record->state == RecordState::dropped) return false;
  return record->state == RecordState::prepared || !has_logs(state_directory, *record);
}

void recover_under_lock(const std::filesystem::path& layout) {
  const auto state_directory = state_directory_of(layout);
  if (!needs_recovery(state_directory)) return;
  auto record = last_record(state_directory);
  if (record->state == RecordState::prepared) {
    remove_temporary_files(layout);
    remove_temporary_files(journal_directory(state_directory));
    const bool happened = stand_at_new(names_of(read_layout_index(layout)), *record);
    record->state = happened ? RecordState::committed : RecordState::dropped;
    write_record(state_directory, *record);
  }
  if (record->state == RecordState::committed) append_logs(state_directory, *record);
}

void recover_transactions(const std::filesystem::path& layout) {
  const FileLock lock(lock_path(state_directory_of(layout)), LockKind::exclusive);
  recover_under_lock(layout);
}

}  // namespace imgops
