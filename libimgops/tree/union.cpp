// One layer at a time: its change tree, sorted by path, is merged with the sorted lower view. A
// path that hides what is below it (a whiteout, an opaque marker, anything that is no directory)
// opens a hidden range, which ends with its subtree; since both lists are in component order, one
// such range is open at a time.
#include "libimgops/tree/union.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/tar/limits.hpp"
#include "libimgops/tree/change_tree.hpp"
#include "libimgops/tree/implied.hpp"
#include "libimgops/tree/link_group.hpp"
#include "libimgops/tree/marker_findings.hpp"
#include "libimgops/tree/resolve.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace imgops {
namespace {

class Merger {
 public:
  Merger(const Tree& lower, ChangeTree& change, const LayerIndex& layer, std::uint32_t number,
         const Report& report)
      : lower_(lower), change_(change), layer_(layer), number_(number), report_(report) {}

  std::vector<Node> run() {
    // Of no layers only the tree of no layers is.
    const bool is_bottom = lower_.owners().empty();
    add_broken_links(judge_markers(lower_, change_, is_bottom, report_));
    bind_pending_links();
    merge();
    return std::move(result_);
  }

 private:
  // Directories that markers put in the place of lower links (P09), among the layer's own nodes.
  void add_broken_links(const std::vector<std::string>& paths) {
    if (paths.empty()) return;
    for (const std::string& path : paths) {
      ChangeNode node(change_.made_paths.emplace_back(path));
      node.is_implied = true;
      node.is_directory = true;
      made_by_markers_.push_back(node);
    }
    std::vector<ChangeNode> merged;
    merged.reserve(change_.nodes.size() + made_by_markers_.size());
    std::merge(
        change_.nodes.begin(), change_.nodes.end(), made_by_markers_.begin(),
        made_by_markers_.end(), std::back_inserter(merged),
        [](const auto& left, const auto& right) { return PathLess()(left.path(), right.path()); });
    change_.nodes = std::move(merged);
  }

  // ---- hard links to lower files (L02, L06–L08, L18–L20) ---------------------------------------

  void bind_pending_links() {
    std::unordered_map<std::uint32_t, const Inode*> bound;  // number -> the lower tree's own
    for (const PendingLink& link : change_.pending) {
      if (!link.target.empty()) bound[link.file] = lower_target(link).inode();
      const Inode* original = bound.at(link.file);
      if (const Inode* joined =
              join_group(change_, *replacement_of(original), *link.entry, report_, "L20")) {
        replaced_[original] = joined;
      }
    }
    // Only now: a later link may have changed a file that an earlier one joined.
    for (const auto& [number, original] : bound)
      change_.linked_files[number] = replacement_of(original);
  }

  const Node& lower_target(const PendingLink& link) const {
    const std::string_view path = link.entry->path;
    const bool comes_later = change_.find(link.target) != nullptr;
    const Node* target = find_lower_target(link.target);
    if (target == nullptr) {
      throw Error(comes_later ? reject(DiagnosticCode::hl_order, "L06", "link before its target",
                                       std::string(path))
                              : reject(DiagnosticCode::hl_target, "L08", "no such file to link to",
                                       std::string(path)));
    }
    report_(comes_later ? DiagnosticCode::hl_order : DiagnosticCode::hl_lower,
            DiagnosticLevel::warning, comes_later ? "L07" : "L02", path);
    return *target;
  }

  const Node* find_lower_target(const std::string& path) const {
    const Node* node = resolve(lower_, path, LastComponent::keep);
    if (node == nullptr || node->inode()->type() == FileType::directory) return nullptr;
    return is_hidden_by_markers(change_, node->path()) ? nullptr : node;
  }

  const Inode* replacement_of(const Inode* inode) const {
    if (replaced_.empty()) return inode;
    const auto found = replaced_.find(inode);
    return found == replaced_.end() ? inode : found->second;
  }

  // ---- the merge -------------------------------------------------------------------------------

  void merge() {
    const auto lower = lower_.nodes();
    const auto& nodes = change_.nodes;
    result_.reserve(lower.size() + nodes.size());
    std::size_t below = 0;
    std::size_t own = 0;
    std::size_t whiteout = 0;
    std::size_t opaque = 0;
    while (below < lower.size() || !is_done(own, whiteout, opaque)) {
      if (!hidden_ && replaced_.empty()) {
        below = keep_run(below, own, whiteout, opaque);
        if (below == lower.size() && is_done(own, whiteout, opaque)) break;
      }
      path_ = least(below, own, whiteout, opaque);
      if (hidden_ && path_ != hidden_root_ && !is_below(path_, hidden_root_)) hidden_ = false;
      const Node* lower_node = take(lower, below);
      const ChangeNode* own_node = take(std::span<const ChangeNode>(nodes), own);
      const bool removed =
          take(std::span<const ChangeMarker>(change_.whiteouts), whiteout) != nullptr;
      const bool cleared = take(std::span<const ChangeMarker>(change_.opaques), opaque) != nullptr;
      const bool was_hidden = hidden_;
      if (removed) hide();
      if (own_node != nullptr && own_node->removes) {
        hide();
        own_node = nullptr;
      }
      if (was_hidden || hidden_) lower_node = nullptr;
      if (own_node != nullptr) {
        merge_own(*own_node, lower_node);
      } else if (lower_node != nullptr) {
        keep(*lower_node);
      }
      if (cleared) hide();
    }
    if (result_.size() > limits::view_nodes) {
      throw Error(
          reject(DiagnosticCode::meta_size, "T25", "tree has too many names", std::string()));
    }
  }

  // Whether the layer has nothing more to say.
  bool is_done(std::size_t own, std::size_t whiteout, std::size_t opaque) const {
    return own >= change_.nodes.size() && whiteout >= change_.whiteouts.size() &&
           opaque >= change_.opaques.size();
  }

  std::string_view least(std::size_t below, std::size_t own, std::size_t whiteout,
                         std::size_t opaque) const {
    std::string_view path;
    bool any = false;
    const auto consider = [&](std::string_view candidate) {
      if (!any || compare_paths(candidate, path) < 0) path = candidate;
      any = true;
    };
    if (below < lower_.nodes().size()) consider(lower_.nodes()[below].path());
    if (own < change_.nodes.size()) consider(change_.nodes[own].path());
    if (whiteout < change_.whiteouts.size()) consider(change_.whiteouts[whiteout].path());
    if (opaque < change_.opaques.size()) consider(change_.opaques[opaque].path());
    return path;
  }

  // Keeps the lower nodes before the next path that the layer speaks of: all but a few, copied at
  // once. Returns where the others begin.
  std::size_t keep_run(std::size_t below, std::size_t own, std::size_t whiteout,
                       std::size_t opaque) {
    const auto lower = lower_.nodes();
    const std::size_t end =
        is_done(own, whiteout, opaque)
            ? lower.size()
            : first_not_before(below, least(lower.size(), own, whiteout, opaque));
    const auto run = lower.subspan(below, end - below);
    result_.insert(result_.end(), run.begin(), run.end());
    return end;
  }

  // In doubling steps: such runs are short between siblings and long otherwise.
  std::size_t first_not_before(std::size_t from, std::string_view path) const {
    const auto lower = lower_.nodes();
    const auto is_before = [&](const Node& node) { return PathLess()(node.path(), path); };
    std::size_t step = 1;
    while (from + step < lower.size() && is_before(lower[from + step])) {
      from += step;
      step *= 2;
    }
    const auto searched = lower.subspan(from, std::min(step, lower.size() - from));
    return from + static_cast<std::size_t>(std::ranges::partition_point(searched, is_before) -
                                           searched.begin());
  }

  template <class Item>
  const Item* take(std::span<const Item> items, std::size_t& at) const {
    if (at >= items.size() || items[at].path() != path_) return nullptr;
    return &items[at++];
  }

  // Lower nodes from here on, down to the end of this subtree, do not show.
  void hide() {
    if (hidden_) return;
    hidden_ = true;
    hidden_root_ = path_;
  }

  void keep(const Node& node) {
    const Inode* const inode = replacement_of(node.inode());
    if (inode == node.inode()) {
      result_.push_back(node);
    } else {
      add_linked(node.path(), node.entry(), *inode, node.layer_number());
    }
  }

  void merge_own(const ChangeNode& own, const Node* lower_node) {
    const bool lower_directory =
        lower_node != nullptr && lower_node->inode()->type() == FileType::directory;
    if (own.is_directory && own.is_implied) {
      judge_implied(own, lower_node);
      if (lower_directory) return keep(*lower_node);  // E1: never overridden by invented metadata
    }
    if (own.is_directory && !own.is_implied && lower_directory) judge_xattrs(own, *lower_node);
    if (own.is_implied) {
      result_.emplace_back(own.path(), implied_directory(), number_);
    } else if (own.file == ChangeNode::no_file) {
      result_.emplace_back(own.path(), *change_.entry_of(own), number_);
    } else {
      add_linked(own.path(), change_.entry_of(own), *change_.inode_of(own), number_);
    }
    if (!own.is_directory) hide();
  }

  void add_linked(std::string_view path, const LayerEntry* entry, const Inode& inode,
                  std::uint32_t number) {
    result_.emplace_back(path, change_.linked_names.emplace_back(LinkedName{entry, &inode}),
                         number);
  }

  void judge_implied(const ChangeNode& own, const Node* lower_node) const {
    if (own.sequence == 0) return;  // made by a marker, told already
    const std::string_view cause = layer_.entries[own.sequence - 1].path;
    if (own.path().empty()) return;
    if (lower_node == nullptr) {
      if (own.through_link) {
        report_(DiagnosticCode::symlink_parent, DiagnosticLevel::warning, "P13", cause,
                "parent is a symlink to " + std::string(own.path()) + ", which does not exist");
      } else {
        report_(DiagnosticCode::implied_dir, DiagnosticLevel::note, "P02", own.path());
      }
    } else if (lower_node->inode()->type() == FileType::directory) {
      if (own.through_link) {
        report_(
            DiagnosticCode::symlink_parent, DiagnosticLevel::warning, "P11", cause,
            "parent is a symlink to " + std::string(own.path()) + ", which only lower layers have");
      }
      if (!is_like_implied(*lower_node->inode())) {
        report_(DiagnosticCode::implied_parent, DiagnosticLevel::warning,
                is_opaque(own.path()) ? "U06" : "P01", own.path());
      }
    } else if (lower_node->inode()->type() == FileType::symlink) {
      report_(DiagnosticCode::symlink_parent, DiagnosticLevel::warning, row_of_link(own.path()),
              cause,
              "lower \"" + std::string(own.path()) + "\" is a symlink to " +
                  std::string(lower_node->inode()->link_target()));
    } else {
      report_(DiagnosticCode::file_to_dir, DiagnosticLevel::warning,
              is_opaque(own.path()) ? "U08" : "P07", own.path());
    }
  }

  bool is_opaque(std::string_view path) const {
    return find_marker(change_.opaques, path) != nullptr;
  }

  // By where a lower link leads: a directory, nowhere, or in circles or to a file.
  const char* row_of_link(std::string_view path) const {
    const Node* target = resolve(lower_, path, LastComponent::follow);
    if (target != nullptr) return target->inode()->type() == FileType::directory ? "P08" : "P14";
    return leads_in_circles(lower_, path) ? "P14" : "P13";
  }

  // Pv and Cn keep a lower directory's xattrs that the upper entry lacks (P04).
  void judge_xattrs(const ChangeNode& own, const Node& lower_node) const {
    if (lower_node.inode()->xattrs() == nullptr) return;
    const ExtendedAttributes* kept = change_.inode_of(own)->xattrs();
    for (const ExtendedAttribute& xattr : *lower_node.inode()->xattrs()) {
      const bool there = kept != nullptr &&
                         std::any_of(kept->begin(), kept->end(),
                                     [&](const auto& other) { return other.name == xattr.name; });
      if (there) continue;
      report_(DiagnosticCode::dir_xattr, DiagnosticLevel::warning, "P04", own.path());
      return;
    }
  }

  const Tree& lower_;
  ChangeTree& change_;
  const LayerIndex& layer_;
  std::uint32_t number_;
  const Report& report_;
  std::vector<Node> result_;
  std::vector<ChangeNode> made_by_markers_;
  std::unordered_map<const Inode*, const Inode*> replaced_;
  std::string_view path_;
  std::string_view hidden_root_;
  bool hidden_ = false;
};

}  // namespace

Tree apply_layers(const Tree& lower, std::span<const std::shared_ptr<const LayerIndex>> layers,
                  std::size_t first_number, Observer& observer) {
  if (layers.empty()) return lower;
  Tree tree;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Tree& below = i == 0 ? lower : tree;
    const LayerIndex& layer = *layers[i];
    const std::size_t number = first_number + i;
    const auto locate = [&](Diagnostic diagnostic) {
      diagnostic.layer_index = number;
      diagnostic.layer = layer.diff_id.digest.to_string();
      return diagnostic;
    };
    for (const Diagnostic& diagnostic : layer.diagnostics) observer.diagnose(locate(diagnostic));
    const Report report(
        [&](Diagnostic diagnostic) { observer.diagnose(locate(std::move(diagnostic))); });
    try {
      const std::shared_ptr<ChangeTree> change = build_change_tree(layer, report);
      std::vector<Node> nodes =
          Merger(below, *change, layer, static_cast<std::uint32_t>(number), report).run();
      std::vector<std::shared_ptr<const void>> owners = below.owners();
      owners.push_back(layers[i]);
      // The change tree's own lists are done with; what links and odd names made lives on.
      change->forget_lists();
      owners.push_back(change);
      tree = Tree(std::move(nodes), std::move(owners));
    } catch (const Error& error) {
      if (error.diagnostic() == nullptr || error.diagnostic()->layer_index) throw;
      throw Error(locate(*error.diagnostic()));
    }
  }
  return tree;
}

}  // namespace imgops
