// imgops undo: the last transaction taken back, or the one taken back brought back.
#include "libimgops/repository/undo.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/ref_selection.hpp"
#include "tools/imgops/table.hpp"

#include <fmt/format.h>

namespace imgops::cli {
namespace {

std::optional<Digest> target_digest(const ReversedMove& move) {
  if (!move.target) return std::nullopt;
  return move.target->digest();
}

Json operation_json(const JournalRecord& operation) {
  return {
      {"transaction", operation.number}, {"when", operation.when}, {"command", operation.command}};
}

Json recorded_refs_json(const JournalRecord& record) {
  Json refs = Json::array();
  for (const RecordedMove& move : record.moves) {
    refs.push_back({{"ref", move.name},
                    {"old", digest_json(move.old_digest)},
                    {"new", digest_json(move.new_digest)}});
  }
  return refs;
}

int print_stack(Context& context, const UndoStack& stack) {
  Table table(
      {{"STATE"}, {"TRANSACTION", Align::right}, {"WHEN"}, {"REFS", Align::right}, {"COMMAND"}});
  Json entries = Json::array();
  const auto add = [&](const std::vector<JournalRecord>& records, std::string_view state) {
    for (const JournalRecord& record : records) {
      Json entry = operation_json(record);
      entry["state"] = state;
      entry["refs"] = recorded_refs_json(record);
      entries.push_back(std::move(entry));
      table.add({std::string(state), std::to_string(record.number), time_text(record.when),
                 std::to_string(record.moves.size()), printable(record.command)});
    }
  };
  add(stack.redoable, "undone");
  add(stack.undoable, "done");
  if (context.wants_json()) {
    print_document(context, "undo-list", Json{{"entries", entries}}, "entries");
  } else {
    context.start_pager();
    context.output().text(table.text(table_width(context)));
  }
  return 0;
}

void print_moves(Context& context, std::uint64_t transaction, const Reversal& reversal,
                 const std::vector<ReversedMove>& moves) {
  const std::string_view verb = reversal.kind == RecordKind::undo ? "taken back" : "brought back";
  context.say(fmt::format("{}: {} (transaction {})", verb, printable(reversal.operation.command),
                          reversal.operation.number));
  Json refs = Json::array();
  for (const ReversedMove& move : moves) {
    refs.push_back({{"ref", move.name},
                    {"from", digest_json(move.from)},
                    {"to", digest_json(target_digest(move))}});
    if (context.wants_json()) continue;
    context.output().text(
        fmt::format("{} {}\n", printable(move.name), digest_text(target_digest(move))));
  }
  if (!context.wants_json()) return;
  Json body = Json::object();
  body["transaction"] = transaction == 0 ? Json(nullptr) : Json(transaction);
  body[reversal.kind == RecordKind::undo ? "undoes" : "redoes"] =
      operation_json(reversal.operation);
  body["refs"] = std::move(refs);
  print_document(context, "undo", body, "refs");
}

}  // namespace

void declare_undo(Declarations& declarations) {
  declarations.flag("redo", "bring back what was taken back last")
      .flag("list", "show what can be taken back and brought back, newest first")
      .flag("force", "move refs that have moved since all the same")
      .flag("dry-run,n", "tell what would move, write nothing");
}

int run_undo(const Options& options, Context& context) {
  Repository& repository = *context.selected_layout().repository();
  if (options.flag("list")) return print_stack(context, read_undo_stack(repository));
  const bool is_redo = options.flag("redo");
  const auto reversal = is_redo ? find_redo(repository) : find_undo(repository);
  if (!reversal) {
    context.say(is_redo ? "nothing to redo" : "nothing to undo");
    if (context.wants_json()) {
      print_document(context, "undo", Json{{"transaction", nullptr}, {"refs", Json::array()}},
                     "refs");
    }
    return 1;
  }
  const auto moves = reversed_moves(
      repository, *reversal, options.flag("force") ? MovedSince::overwrite : MovedSince::refuse);
  std::uint64_t transaction = 0;
  if (!options.flag("dry-run")) {
    transaction = reverse(repository, *reversal, moves, context.command_text(), context.now());
  }
  print_moves(context, transaction, *reversal, moves);
  return 0;
}

}  // namespace imgops::cli
