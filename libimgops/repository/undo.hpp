// Transactions taken back and brought back, by the journal. Each is a transaction of its own that
// says which operation it is about; nothing is ever removed from the journal for it.
// Source: command-line §9; docs/repository.md.
#pragma once

#include "libimgops/repository/journal.hpp"
#include "libimgops/repository/transaction.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace imgops {

// A record to be turned round: its names go back to where it found them.
struct Reversal {
  RecordKind kind = RecordKind::undo;  // what turning it round is: undo or redo
  JournalRecord operation;             // the one taken back or brought back
  // Whose moves are reversed: the operation, its last redo, or, for a redo, its undo.
  JournalRecord source;
};

// What `undo` would take back: the newest operation that is not taken back already. Nullopt when
// there is none, or `.imgops` is not to be believed (T32). Reads records from the last one back, no
// more than needed; where the journal was cut off its past ends. Throws Error(corrupt).
std::optional<Reversal> find_undo(const Repository& repository);
// What `undo --redo` would bring back: the last one taken back, as long as no operation came after.
std::optional<Reversal> find_redo(const Repository& repository);

// All that redo would bring back, the next one last, and all that undo would take back, the next
// one first: one line of time, newest first. Reads the whole journal.
struct UndoStack {
  std::vector<JournalRecord> redoable;
  std::vector<JournalRecord> undoable;
};
UndoStack read_undo_stack(const Repository& repository);

enum class MovedSince : std::uint8_t {
  refuse,    // a name that is not where the transaction left it
  overwrite  // it moves all the same
};

// A name and where it goes.
struct ReversedMove {
  std::string name;
  std::optional<Digest> from;        // where it is; nullopt: it does not exist
  std::optional<Descriptor> target;  // its entry as it was; nullopt: the name goes
};

// What `reversal` would do now. Throws Error(conflict) naming the first name that has moved since,
// Error(not_found) when an old image is gone and the journal does not tell its entry.
std::vector<ReversedMove> reversed_moves(const Repository& repository, const Reversal& reversal,
                                         MovedSince moved_since);

// Does it and returns the number of the new transaction. Throws as Transaction::commit(): a blob
// that is gone is Error(not_found), a name that moved meanwhile Error(conflict). Then nothing has
// changed.
std::uint64_t reverse(Repository& repository, const Reversal& reversal,
                      const std::vector<ReversedMove>& moves, std::string command, Timestamp now);

}  // namespace imgops
