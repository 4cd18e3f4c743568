#include "libimgops/tree/marker_findings.hpp"

#include "libimgops/base/path.hpp"

#include <algorithm>
#include <optional>
#include <set>

namespace imgops {
namespace {

// A whiteout of `path` or of a directory above it, in either spelling.
bool is_removed(const ChangeTree& change, std::string_view path) {
  if (change.whiteouts.empty()) return false;
  while (!path.empty()) {
    if (find_marker(change.whiteouts, path) != nullptr) return true;
    path = parent_path(path);
  }
  return false;
}

// An opaque marker in a directory strictly above `path`.
bool is_under_opaque(const ChangeTree& change, std::string_view path) {
  if (change.opaques.empty()) return false;
  while (!path.empty()) {
    path = parent_path(path);
    if (find_marker(change.opaques, path) != nullptr) return true;
  }
  return false;
}

// What the lower tree and the layer's other markers say about the directory a marker stands in.
struct DirectoryFacts {
  std::string_view path;
  bool removed = false;
  bool opaque = false;
  bool under_opaque = false;
  const Node* nearest = nullptr;  // the deepest lower node at or above the directory
  bool is_there() const {
    return nearest->path() == path && nearest->inode()->type() == FileType::directory;
  }
  bool is_behind_link() const { return nearest->inode()->type() == FileType::symlink; }
  bool is_behind_file() const {
    return nearest->inode()->type() != FileType::directory && !is_behind_link();
  }
};

class Judge {
 public:
  Judge(const Tree& lower, const ChangeTree& change, bool is_lowest_layer, const Report& report)
      : lower_(lower), change_(change), is_lowest_(is_lowest_layer), report_(report) {}

  std::vector<std::string> run() {
    for (const ChangeMarker& marker : change_.opaques) judge_opaque(marker);
    for (const ChangeMarker& marker : change_.whiteouts) judge_whiteout(marker);
    return {made_.begin(), made_.end()};
  }

 private:
  const DirectoryFacts& facts_of(std::string_view directory) {
    if (facts_ && facts_->path == directory) return *facts_;
    DirectoryFacts facts;
    facts.path = directory;
    facts.removed = is_removed(change_, directory);
    facts.opaque = find_marker(change_.opaques, directory) != nullptr;
    facts.under_opaque = is_under_opaque(change_, directory);
    std::string_view at = directory;
    while ((facts.nearest = lower_.find(at)) == nullptr) at = parent_path(at);
    facts_ = facts;
    return *facts_;
  }

  void useless(std::string_view path, DiagnosticLevel level, const char* row) const {
    report_(DiagnosticCode::wh_useless, level, row, path);
  }

  void judge_whiteout(const ChangeMarker& marker) {
    if (const ChangeNode* node = change_.find(marker.path())) {
      judge_same_name(marker, *node);
      return;
    }
    const DirectoryFacts facts = facts_of(parent_path(marker.path()));
    if (is_lowest_) return useless(marker.path(), DiagnosticLevel::note, "U24");
    if (facts.removed) return useless(marker.path(), DiagnosticLevel::warning, "U16");
    if (facts.opaque) return useless(marker.path(), DiagnosticLevel::warning, "U05");
    if (facts.under_opaque) return useless(marker.path(), DiagnosticLevel::warning, "U27");
    if (facts.is_behind_link()) return break_link(facts, marker.path());
    if (facts.is_behind_file()) return useless(marker.path(), DiagnosticLevel::warning, "U17");
    if (!facts.is_there()) return useless(marker.path(), DiagnosticLevel::warning, "U15");
    report_unlisted_parents(facts.path);
    if (lower_.find(marker.path()) == nullptr) useless(marker.path(), DiagnosticLevel::note, "U15");
  }

  void judge_same_name(const ChangeMarker& marker, const ChangeNode& node) const {
    const bool whiteout_first = marker.sequence < node.sequence;
    if (node.is_directory) {
      const char* row = whiteout_first ? "U12" : "U13";
      report_(DiagnosticCode::wh_same, DiagnosticLevel::warning, node.is_implied ? "U14" : row,
              marker.path());
    } else if (whiteout_first) {
      report_(DiagnosticCode::wh_same, DiagnosticLevel::note, "U10", marker.path());
    } else {
      report_(DiagnosticCode::wh_same, DiagnosticLevel::warning, "U11", marker.path());
    }
  }

  void judge_opaque(const ChangeMarker& marker) {
    if (marker.path().empty()) {
      report_(DiagnosticCode::opq_root, DiagnosticLevel::warning, "U04", marker.path());
    }
    report_late_opaque(marker);
    const DirectoryFacts facts = facts_of(marker.path());
    if (is_lowest_ || marker.path().empty()) return;
    const bool has_node = change_.find(marker.path()) != nullptr;
    if (facts.removed) return useless(marker.path(), DiagnosticLevel::warning, "U16");
    if (facts.under_opaque) return useless(marker.path(), DiagnosticLevel::warning, "U27");
    if (facts.is_behind_link()) return break_link(facts, marker.path());
    if (facts.is_behind_file()) {
      // With children the file becomes a directory, and FILE-TO-DIR tells about it (U08).
      if (!has_node) useless(marker.path(), DiagnosticLevel::warning, "U17");
      return;
    }
    if (!facts.is_there()) {
      if (!has_node) useless(marker.path(), DiagnosticLevel::warning, "U07");
      return;
    }
    report_unlisted_parents(marker.path());
  }

  // Some drivers delete what a late opaque marker finds in directories without an entry (U03).
  void report_late_opaque(const ChangeMarker& marker) const {
    const auto first = std::upper_bound(change_.nodes.begin(), change_.nodes.end(), marker.path(),
                                        [](std::string_view wanted, const ChangeNode& node) {
                                          return PathLess()(wanted, node.path());
                                        });
    for (auto node = first; node != change_.nodes.end() && is_below(node->path(), marker.path());
         ++node) {
      if (node->is_implied && node->sequence < marker.sequence) {
        report_(DiagnosticCode::opq_order, DiagnosticLevel::warning, "U03", marker.path());
        return;
      }
    }
  }

  void break_link(const DirectoryFacts& facts, std::string_view path) {
    const std::string_view link = facts.nearest->path();
    if (is_hidden_by_markers(change_, link)) {
      return useless(path, DiagnosticLevel::warning, "U16");
    }
    if (change_.find(link) != nullptr || is_replaced_above(link)) {
      return useless(path, DiagnosticLevel::warning, "U15");
    }
    report_(DiagnosticCode::symlink_parent, DiagnosticLevel::warning, "P09", path,
            "lower \"" + std::string(link) + "\" is a symlink to " +
                std::string(facts.nearest->inode()->link_target()));
    for (std::string_view at = facts.path; at.size() >= link.size(); at = parent_path(at)) {
      made_.emplace(at);
      if (at == link) break;
    }
  }

  // Whether the layer puts something that is no directory above `path`.
  bool is_replaced_above(std::string_view path) const {
    while (!path.empty()) {
      path = parent_path(path);
      const ChangeNode* node = change_.find(path);
      if (node != nullptr) return !node->is_directory;
    }
    return false;
  }

  // Lower directories above a marker that the layer has no entry for: some runtimes reset them
  // (P01).
  void report_unlisted_parents(std::string_view directory) {
    for (std::string_view at = directory; !at.empty(); at = parent_path(at)) {
      if (!seen_.insert(std::string(at)).second || change_.find(at) != nullptr) return;
      const Node* node = lower_.find(at);
      if (node != nullptr && node->inode()->type() == FileType::directory &&
          !is_like_implied(*node->inode())) {
        report_(DiagnosticCode::implied_parent, DiagnosticLevel::warning,
                find_marker(change_.opaques, at) != nullptr ? "U06" : "P01", at);
      }
    }
  }

  const Tree& lower_;
  const ChangeTree& change_;
  bool is_lowest_;
  const Report& report_;
  std::optional<DirectoryFacts> facts_;
  std::set<std::string, PathLess> made_;
  std::set<std::string, std::less<>> seen_;
};

}  // namespace

const ChangeMarker* find_marker(const std::vector<ChangeMarker>& markers, std::string_view path) {
  const auto position = std::lower_bound(markers.begin(), markers.end(), path,
                                         [](const ChangeMarker& marker, std::string_view wanted) {
                                           return PathLess()(marker.path(), wanted);
                                         });
  return position != markers.end() && position->path() == path ? &*position : nullptr;
}

bool is_hidden_by_markers(const ChangeTree& change, std::string_view path) {
  return is_removed(change, path) || is_under_opaque(change, path);
}

bool is_like_implied(const Inode& directory) noexcept {
  return directory.mode() == 0755 && directory.uid() == 0 && directory.gid() == 0 &&
         directory.xattrs() == nullptr;
}

std::vector<std::string> judge_markers(const Tree& lower, const ChangeTree& change,
                                       bool is_lowest_layer, const Report& report) {
  return Judge(lower, change, is_lowest_layer, report).run();
}

}  // namespace imgops
