// The journal is a line of operations with undos and redos between them. As in an editor, an
// operation ends what could be brought back until then. So, read from the newest record back:
//   - the first undo or redo that speaks of an operation says whether it is taken back now;
//   - undo takes the first operation that is not, or the first redo that still holds: its operation
//     is on top again;
//   - redo takes the first undo that still holds, if it comes before any operation.
#include "libimgops/repository/undo.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/repository/name_past.hpp"
#include "libimgops/repository/named_digests.hpp"
#include "libimgops/repository/sidecar.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace imgops {
namespace {

// Records from the last one back that happened.
class JournalBackwards {
 public:
  explicit JournalBackwards(const Repository& repository)
      : state_directory_(repository.state_directory()) {
    if (judge_sidecar(state_directory_) != SidecarState::usable) return;
    last_ = last_record(state_directory_);
  }
  std::optional<JournalRecord> next() {
    while (auto record = before_last()) {
      last_ = std::move(record);
      if (last_->state == RecordState::committed) return last_;
    }
    return std::nullopt;
  }

 private:
  std::optional<JournalRecord> before_last() {
    if (!std::exchange(is_begun_, true)) return last_;
    return last_->number > 1 ? find_record(state_directory_, last_->number - 1) : std::nullopt;
  }

  std::filesystem::path state_directory_;
  std::optional<JournalRecord> last_;
  bool is_begun_ = false;
};

// What an undo or redo speaks of; where the journal was cut off, what that says itself.
JournalRecord operation_of(const Repository& repository, const JournalRecord& about) {
  if (auto operation = find_record(repository.state_directory(), about.about)) return *operation;
  JournalRecord operation = about;
  operation.number = about.about;
  return operation;
}

std::string shown(const std::optional<Digest>& digest) {
  return digest ? digest->to_string() : "nothing";
}

// The entry a name had before `move`.
std::optional<Descriptor> old_entry(const Repository& repository, const RecordedMove& move) {
  if (!move.old_digest) return std::nullopt;
  if (move.old_entry && move.old_entry->digest() == *move.old_digest) return move.old_entry;
  return describe_root(repository.blobs(), *move.old_digest, printable(move.name));
}

}  // namespace

std::optional<Reversal> find_undo(const Repository& repository) {
  JournalBackwards journal(repository);
  std::set<std::uint64_t> decided;  // operations of which a newer record has spoken
  while (auto record = journal.next()) {
    switch (record->kind) {
      case RecordKind::undo:
        decided.insert(record->about);
        break;
      case RecordKind::redo:
        if (decided.insert(record->about).second) {
          return Reversal{RecordKind::undo, operation_of(repository, *record), *record};
        }
        break;
      case RecordKind::operation:
        if (!decided.contains(record->number)) return Reversal{RecordKind::undo, *record, *record};
        break;
    }
  }
  return std::nullopt;
}

std::optional<Reversal> find_redo(const Repository& repository) {
  JournalBackwards journal(repository);
  std::set<std::uint64_t> decided;
  while (auto record = journal.next()) {
    if (record->kind == RecordKind::operation) return std::nullopt;
    if (!decided.insert(record->about).second || record->kind == RecordKind::redo) continue;
    return Reversal{RecordKind::redo, operation_of(repository, *record), *record};
  }
  return std::nullopt;
}

UndoStack read_undo_stack(const Repository& repository) {
  JournalBackwards journal(repository);
  UndoStack stack;
  std::set<std::uint64_t> undone;
  std::set<std::uint64_t> decided;
  bool may_redo = true;
  std::vector<std::uint64_t> redoable;  // the next one first
  while (auto record = journal.next()) {
    if (record->kind == RecordKind::operation) {
      may_redo = false;
      if (std::ranges::find(redoable, record->number) != redoable.end()) {
        stack.redoable.push_back(*std::move(record));
      } else if (!undone.contains(record->number)) {
        stack.undoable.push_back(*std::move(record));
      }
      continue;
    }
    if (!decided.insert(record->about).second || record->kind == RecordKind::redo) continue;
    undone.insert(record->about);
    if (may_redo) redoable.push_back(record->about);
  }
  return stack;
}

std::vector<ReversedMove> reversed_moves(const Repository& repository, const Reversal& reversal,
                                         MovedSince moved_since) {
  const auto names = repository.names();
  const NamedDigests digests(names);
  std::vector<ReversedMove> moves;
  for (const RecordedMove& move : reversal.source.moves) {
    const auto now = digests.find(move.name);
    if (now != move.new_digest && moved_since == MovedSince::refuse) {
      throw Error(ErrorKind::conflict,
                  printable(move.name) + ": has moved since: transaction " +
                      std::to_string(reversal.source.number) + " left it at " +
                      shown(move.new_digest) + ", it is at " + shown(now),
                  "--force moves it all the same");
    }
    moves.push_back({move.name, now, old_entry(repository, move)});
  }
  return moves;
}

std::uint64_t reverse(Repository& repository, const Reversal& reversal,
                      const std::vector<ReversedMove>& moves, std::string command, Timestamp now) {
  Transaction transaction(repository, std::move(command), now);
  transaction.mark(reversal.kind, reversal.operation.number);
  for (const ReversedMove& move : moves) {
    if (move.target) {
      transaction.move(move.name, move.from, *move.target);
    } else if (move.from) {
      transaction.remove(move.name, *move.from);
    }
  }
  return transaction.commit();
}

}  // namespace imgops
