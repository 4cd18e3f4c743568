// Every path is judged alone first, by what each side did to it; parents come before children, so
// that a path can be looked at with what became of the directory around it. Then hard links are
// looked at together (merge_links.cpp). What stands below an open or settled conflict follows it
// without a line of its own.
#include "libimgops/diff/merge.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/diff/made_files.hpp"
#include "libimgops/diff/merge_contents.hpp"
#include "libimgops/diff/merge_links.hpp"
#include "libimgops/diff/merge_moves.hpp"
#include "libimgops/diff/merge_rows.hpp"
#include "libimgops/tree/resolve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace imgops {
namespace {

bool is_directory(const Node* node) {
  return node != nullptr && node->inode()->type() == FileType::directory;
}

bool is_regular(const Node* node) {
  return node != nullptr && node->inode()->type() == FileType::regular;
}

class Merger {
 public:
  Merger(const Tree& base, const Tree& ours, const Tree& theirs, LayerCache& cache,
         const MergeOptions& options, const std::stop_token& stop)
      : base_(base),
        ours_(ours),
        theirs_(theirs),
        likeness_(cache),
        options_(options),
        stop_(stop),
        rows_(align(base, ours, theirs)) {}

  MergeResult run() {
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      if (stop_.stop_requested()) throw Error(ErrorKind::cancelled, "interrupted");
      const MergeRow* const above = enter(row);
      judge(rows_[row]);
      if (above != nullptr) place(row, *above);
    }
    const SplitGroup split = [this](std::size_t row, const std::string& reason) {
      return settle_split(rows_[row], reason);
    };
    join_links(rows_, base_, ours_, theirs_, likeness_, made_, split);
    return finish();
  }

 private:
  // ---- one path ---------------------------------------------------------------------------------

  void judge(MergeRow& row) {
    if (Likeness::is_untouched(row.base, row.ours)) {
      row.chosen = row.theirs;
      const bool changed = !Likeness::is_untouched(row.base, row.theirs) &&
                           !Likeness::seems_alike(row.base, row.theirs);
      if (changed) note(row, Verdict::take_new);
      return;
    }
    if (Likeness::is_untouched(row.base, row.theirs)) {
      row.chosen = row.ours;
      if (!Likeness::seems_alike(row.base, row.ours)) note(row, Verdict::keep_app);
      return;
    }
    const bool ours_changed = !likeness_.is_alike(row.base, row.ours);
    const bool theirs_changed = !likeness_.is_alike(row.base, row.theirs);
    if (!ours_changed) {
      row.chosen = row.theirs;
      if (theirs_changed) note(row, Verdict::take_new);
    } else if (!theirs_changed) {
      row.chosen = row.ours;
      note(row, Verdict::keep_app);
    } else if (likeness_.is_alike(row.ours, row.theirs)) {
      row.chosen = row.ours;
      note(row, Verdict::same);
    } else {
      judge_both(row);
    }
  }

  void judge_both(MergeRow& row) {
    if (row.ours == nullptr || row.theirs == nullptr) {
      judge_deleted(row);
    } else if (row.ours->inode()->type() != row.theirs->inode()->type()) {
      clash(row, ConflictKind::type,
            fmt::format("ours has {}, theirs {}", kind_word(*row.ours), kind_word(*row.theirs)));
    } else if (is_directory(row.ours) && row.ours->inode()->implied()) {
      row.chosen = row.theirs;  // attributes nobody gave are no change (P02)
      note(row, Verdict::take_new);
    } else if (is_directory(row.ours) && row.theirs->inode()->implied()) {
      row.chosen = row.ours;
      note(row, Verdict::keep_app);
    } else if (!is_regular(row.ours) || !merge_contents(row)) {
      if (row.note == no_note) {
        clash(row, ConflictKind::content, "changed differently on both sides");
      }
    }
  }

  void judge_deleted(MergeRow& row) {
    const bool by_ours = row.ours == nullptr;
    const Node* const link = by_ours ? nullptr : link_above(theirs_, row.path);
    if (link != nullptr) {
      clash(row, ConflictKind::through_link, link_reason(*link));
      return;
    }
    clash(row, ConflictKind::deleted_changed,
          by_ours ? "ours removed it, theirs changed it" : "ours changed it, theirs removed it");
  }

  // ---- contents ---------------------------------------------------------------------------------

  // Whether a driver made one of the two, or said why not.
  bool merge_contents(MergeRow& row) {
    const auto found = std::ranges::find_if(
        options_.drivers, [&](const MergeDriver* driver) { return driver->handles(row.path); });
    if (found == options_.drivers.end() || options_.resolutions.contains(row.path)) return false;
    const std::optional<InodeFields> attributes = merge_attributes(row);
    if (!attributes) {
      clash(row, ConflictKind::content, "mode, owner or xattrs changed differently on both sides");
      return false;
    }
    DriverOutcome outcome = merge_texts(**found, row, likeness_.contents());
    if (!outcome.text) {
      clash(row, ConflictKind::driver, std::move(outcome.reason));
    } else {
      note(row, Verdict::merged).reason = std::move(outcome.reason);
      row.chosen = made_.file(row.path, std::move(*outcome.text), *attributes);
    }
    MergedPath& path = paths_[row.note];
    path.driver = (*found)->name();
    path.is_doubtful = outcome.is_doubtful;
    return outcome.text.has_value();
  }

  // ---- the directory around a path --------------------------------------------------------------

  // Whatever was chosen must find a directory above it.
  void place(std::size_t number, const MergeRow& above) {
    MergeRow& row = rows_[number];
    if (above.note != no_note && follows(row, above)) return;
    if (row.chosen == nullptr) return;
    const bool is_new_of_theirs = row.base == nullptr && row.ours == nullptr;
    if (is_directory(above.chosen)) {
      if (is_new_of_theirs && is_emptied(row.path)) {
        clash(row, ConflictKind::hidden,
              fmt::format("ours emptied /{}", printable(parent_path(row.path))));
      }
    } else if (row.chosen == row.theirs) {
      clash(row, ConflictKind::hidden,
            fmt::format("ours has no directory /{} any more", printable(above.path)));
    } else if (const Node* const link = link_above(theirs_, row.path)) {
      clash(row, ConflictKind::through_link, link_reason(*link));
    } else if (above.theirs == nullptr) {
      revive(number);
    } else {
      clash(row, ConflictKind::type,
            fmt::format("/{} is {} in theirs", printable(above.path), kind_word(*above.theirs)));
    }
  }

  // The row of the directory around `number`, null for the root; rows come in path order.
  const MergeRow* enter(std::size_t number) {
    while (!open_.empty() && !is_below(rows_[number].path, rows_[open_.back()].path)) {
      open_.pop_back();
    }
    const MergeRow* const above = open_.empty() ? nullptr : &rows_[open_.back()];
    open_.push_back(number);
    return above;
  }

  // Below a conflict of directory against something else, and below what would be hidden, the side
  // that was chosen there is chosen here, silently.
  bool follows(MergeRow& row, const MergeRow& above) {
    const MergedPath& path = paths_[above.note];
    if (path.verdict != Verdict::conflict) return false;
    if (is_directory(above.ours) && is_directory(above.theirs)) return false;
    // A directory that came back for a content that is given brings nothing else.
    if (path.settlement == Settlement::given && is_directory(above.chosen)) return false;
    // A file of ours that goes through a link is looked at one by one.
    if (path.kind == ConflictKind::through_link && row.ours != nullptr) return false;
    if (row.note != no_note) forget(row);
    row.note = above.note;
    row.chosen = nullptr;
    if (path.settlement == Settlement::ours) row.chosen = row.ours;
    if (path.settlement == Settlement::theirs) row.chosen = row.theirs;
    return true;
  }

  void forget(MergeRow& row) {
    moved_.forget(row.path);
    if (row.note + 1 == paths_.size()) paths_.pop_back();
    row.note = no_note;
  }

  // Theirs removed the directories around what ours keeps: they stay.
  void revive(std::size_t number) {
    for (std::size_t at = open_.size() - 1; at-- > 0;) {
      MergeRow& above = rows_[open_[at]];
      if (is_directory(above.chosen)) return;
      above.chosen = above.ours;
      MergedPath& path =
          above.note == no_note ? note(above, Verdict::keep_app) : paths_[above.note];
      path.verdict = Verdict::keep_app;
      path.reason = fmt::format("ours needs it for /{}", printable(rows_[number].path));
    }
  }

  bool is_emptied(std::string_view path) const {
    for (std::string_view at = parent_path(path);; at = parent_path(at)) {
      if (std::ranges::binary_search(options_.emptied, at, PathLess())) return true;
      if (at.empty()) return false;
    }
  }

  // ---- verdicts ---------------------------------------------------------------------------------

  MergedPath& note(MergeRow& row, Verdict verdict) {
    row.note = static_cast<std::uint32_t>(paths_.size());
    MergedPath& path = paths_.emplace_back();
    path.path = row.path;
    path.verdict = verdict;
    return path;
  }

  // A conflict, settled if somebody said how.
  void clash(MergeRow& row, ConflictKind kind, std::string reason) {
    MergedPath& path = row.note == no_note ? note(row, Verdict::conflict) : paths_[row.note];
    path.verdict = Verdict::conflict;
    path.kind = kind;
    path.reason = std::move(reason);
    path.settlement.reset();
    row.chosen = nullptr;
    const auto given = options_.resolutions.find(row.path);
    if (given != options_.resolutions.end()) {
      settle(row, path, given->second);
    } else if (options_.policy != MergePolicy::fail) {
      const bool ours = options_.policy == MergePolicy::ours;
      settle(row, path, {ours ? Settlement::ours : Settlement::theirs, {}});
    }
  }

  void settle(MergeRow& row, MergedPath& path, const Resolution& resolution) {
    path.settlement = resolution.by;
    switch (resolution.by) {
      case Settlement::theirs:
        row.chosen = row.theirs;
        if (row.chosen != nullptr) bring_directories(row, &MergeRow::theirs, resolution.by);
        return;
      case Settlement::ours:
        row.chosen = row.ours;
        if (path.kind == ConflictKind::through_link) {
          move_through_link(row, path);
        } else if (row.chosen != nullptr) {
          bring_directories(row, &MergeRow::ours, resolution.by);
        }
        return;
      case Settlement::given:
        row.chosen = made_.file(row.path, resolution.text, attributes_for_given(row));
        bring_directories(row, row.ours != nullptr ? &MergeRow::ours : &MergeRow::theirs,
                          resolution.by);
    }
  }

  // What a side wins with shows only in directories of that side; whatever else is there gives way.
  void bring_directories(const MergeRow& row, const Node* MergeRow::*side, Settlement by) {
    for (std::size_t at = open_.size(); at-- > 0;) {
      MergeRow& above = rows_[open_[at]];
      if (!is_below(row.path, above.path)) continue;
      if (is_directory(above.chosen)) return;
      above.chosen = above.*side;
      if (above.note == no_note) note(above, Verdict::conflict);
      MergedPath& path = paths_[above.note];
      path.verdict = Verdict::conflict;
      path.kind = ConflictKind::type;
      path.settlement = by;
      path.reason = fmt::format("a directory for /{}", printable(row.path));
    }
  }

  // Ours wins: its file goes where the link of theirs leads, unless something else is there.
  void move_through_link(MergeRow& row, MergedPath& path) {
    const std::string target = real_path(theirs_, row.path);
    row.chosen = nullptr;
    const Node* const there = theirs_.find(target);
    const bool is_same =
        likeness_.is_alike(there, row.ours) || (is_directory(there) && is_directory(row.ours));
    if (is_same) return;
    const Node* const mine = ours_.find(target);
    const std::string_view around = parent_path(target);
    const Node* const moved = moved_.find(around);
    const Node* const above = moved != nullptr ? moved : theirs_.find(around);
    if (there != nullptr || mine != nullptr || !is_directory(above)) {
      path.settlement.reset();
      path.needs_more = true;
      path.reason += fmt::format("; something else is at /{}, so only theirs can stay here",
                                 printable(target));
      return;
    }
    moved_.add(row.path, made_.moved(target, *row.ours));
  }

  // Only now is it known what becomes of the directories that links of theirs lead to.
  void settle_moves() {
    for (const auto& [path, file] : moved_.files()) {
      const std::string_view around = parent_path(file->path());
      const MergeRow* const above = find_row(around);
      if (is_directory(moved_.find(around))) continue;
      if (above != nullptr && is_directory(above->chosen)) continue;
      MergedPath& note = paths_[find_row(path)->note];
      note.settlement.reset();
      note.needs_more = true;
      note.reason += fmt::format("; /{} is no directory", printable(around));
    }
  }

  const MergeRow* find_row(std::string_view path) const {
    const auto found = std::ranges::lower_bound(rows_, path, PathLess(), &MergeRow::path);
    return found != rows_.end() && found->path == path ? &*found : nullptr;
  }

  const Settlement* settle_split(MergeRow& row, const std::string& reason) {
    if (row.note != no_note && paths_[row.note].verdict == Verdict::conflict) return nullptr;
    const Node* const chosen = row.chosen;
    clash(row, ConflictKind::hardlink, reason);
    row.chosen = chosen;
    const auto& settlement = paths_[row.note].settlement;
    return settlement ? &*settlement : nullptr;
  }

  // ---- the result -------------------------------------------------------------------------------

  MergeResult finish() {
    settle_moves();
    MergeResult result;
    std::ranges::stable_sort(paths_, PathLess(), &MergedPath::path);
    result.paths = std::move(paths_);
    if (result.is_open()) return result;
    std::vector<Node> nodes;
    nodes.reserve(rows_.size() + moved_.files().size());
    for (const MergeRow& row : rows_) {
      if (row.chosen == nullptr) continue;
      nodes.push_back(*row.chosen);
    }
    for (const auto& [path, node] : moved_.files()) nodes.push_back(*node);
    if (!moved_.files().empty()) std::ranges::sort(nodes, PathLess(), &Node::path);
    std::vector<std::shared_ptr<const void>> owners = made_.owners();
    for (const Tree* tree : {&base_, &ours_, &theirs_}) {
      owners.insert(owners.end(), tree->owners().begin(), tree->owners().end());
    }
    result.tree = Tree(std::move(nodes), std::move(owners));
    return result;
  }

  const Tree& base_;
  const Tree& ours_;
  const Tree& theirs_;
  Likeness likeness_;
  const MergeOptions& options_;
  const std::stop_token& stop_;
  std::vector<MergeRow> rows_;
  std::vector<std::size_t> open_;  // the row being placed and those of the directories around it
  std::vector<MergedPath> paths_;
  MovedFiles moved_;
  MadeFiles made_;
};

}  // namespace

bool MergeResult::is_open() const noexcept {
  return std::ranges::any_of(paths, &MergedPath::is_open);
}

MergeResult merge(const Tree& base, const Tree& ours, const Tree& theirs, LayerCache& cache,
                  const MergeOptions& options, const std::stop_token& stop) {
  return Merger(base, ours, theirs, cache, options, stop).run();
}

}  // namespace imgops
