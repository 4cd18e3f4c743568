// imgops reflog: where names have been.
#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/repository/name_past.hpp"
#include "libimgops/repository/sidecar.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/ref_selection.hpp"
#include "tools/imgops/table.hpp"

#include <fmt/format.h>

#include <set>

namespace imgops::cli {
namespace {

// Every name there is or was, in order of their bytes.
std::set<std::string> all_names(Place& place) {
  std::set<std::string> names;
  for (const NamedDescriptor& named : place.names()) names.insert(named.name);
  const auto state_directory = place.repository()->state_directory();
  if (judge_sidecar(state_directory) == SidecarState::usable) {
    for (std::string& name : logged_names(state_directory)) names.insert(std::move(name));
  }
  return names;
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

class Rows {
 public:
  void add_all_of(const SelectedRef& ref) {
    NamePast past(*ref.place->repository(), ref.name, digest_now(ref));
    for (std::uint64_t number = 0; auto move = past.next(); ++number) add(ref.name, number, *move);
  }
  bool empty() const { return entries_.empty(); }
  Table& table() { return table_; }
  Json& entries() { return entries_; }

 private:
  void add(const std::string& name, std::uint64_t number, const NameMove& move) {
    const bool is_ours = move.transaction != 0;
    Json entry = Json::object();
    put_bytes(entry, "ref", name);
    entry["n"] = number;
    entry["old"] = digest_json(move.old_digest);
    entry["new"] = digest_json(move.new_digest);
    entry["when"] = text_or_null(move.when);
    entry["command"] = text_or_null(move.command);
    entry["transaction"] = is_ours ? Json(move.transaction) : Json(nullptr);
    entries_.push_back(std::move(entry));
    const std::string digest = move.new_digest ? move.new_digest->short_text() : "-";
    table_.add({fmt::format("{}@{{{}}}", printable(name), number), digest,
                is_ours ? time_text(move.when) : "-",
                is_ours ? printable(move.command) : "(another program)"});
  }

  Table table_ = Table({{"REF"}, {"DIGEST"}, {"WHEN"}, {"COMMAND"}});
  Json entries_ = Json::array();
};

}  // namespace

void declare_reflog(Declarations& declarations) {
  declarations.operand("REF");
}

int run_reflog(const Options& options, Context& context) {
  const auto word = options.text("REF");
  SelectedRef wanted{nullptr, ""};
  if (word) wanted = select_ref(context, *word);
  if (wanted.place == nullptr) wanted.place = &context.selected_layout();
  Rows rows;
  if (wanted.name.empty()) {
    for (const std::string& name : all_names(*wanted.place)) rows.add_all_of({wanted.place, name});
  } else {
    rows.add_all_of(wanted);
    if (rows.empty()) static_cast<void>(require_ref(wanted));
  }
  if (context.wants_json()) {
    print_document(context, "reflog", Json{{"entries", rows.entries()}}, "entries");
    return 0;
  }
  context.start_pager();
  context.output().text(rows.table().text(table_width(context)));
  return 0;
}

}  // namespace imgops::cli
