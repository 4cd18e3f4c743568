// The own layers are applied to the base one by one, as for a view, and after each one every
// changed path is looked at: what a layer does to a name is told by the same code that makes trees,
// whatever way it is done (a file, a marker, a link in the place of a parent …).
#include "libimgops/ops/shadow.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/tree/resolve.hpp"
#include "libimgops/tree/union.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace imgops {
namespace {

using OwnLayers = std::span<const std::shared_ptr<const LayerIndex>>;
using Paths = std::set<std::string_view, PathLess>;

bool is_time_alone(const Change& change) {
  if (change.before == nullptr || change.after == nullptr) return false;
  Differences left = change.differences;
  left.mtime = false;
  return !left.any();
}

bool is_directory(const Inode& inode) {
  return inode.type() == FileType::directory;
}

void add_with_parents(Paths& paths, std::string_view path) {
  for (; paths.insert(path).second && !path.empty(); path = parent_path(path)) continue;
}

// Where an own layer may look in the base: targets of its links.
void add_link_targets(Paths& paths, const Tree& base, OwnLayers layers) {
  for (const auto& layer : layers) {
    for (const LayerEntry& entry : layer->entries) {
      if (entry.kind() != EntryKind::hard_link) continue;
      const Node* const target = resolve(base, entry.link_path(), LastComponent::keep);
      if (target != nullptr) add_with_parents(paths, target->path());
    }
  }
}

Tree cut_down(const Tree& tree, const Paths& paths) {
  std::vector<Node> nodes;
  for (const std::string_view path : paths) {
    const Node* const node = tree.find(path);
    if (node != nullptr) nodes.push_back(*node);
  }
  return {std::move(nodes), tree.owners()};
}

// What a path is after some layer.
struct Sight {
  const Inode* inode = nullptr;           // null: not there
  std::optional<std::size_t> changed_by;  // the last own layer that did something to it
};

struct Watched {
  Tree tree;
  std::vector<Sight> sights;  // of each change
  std::optional<HiddenPath> linked;
};

// The hard link of `layer` that wants a path which the patch removes.
std::optional<HiddenPath> find_link(const LayerIndex& layer, const Tree& before,
                                    std::span<const Change> changes) {
  for (const LayerEntry& entry : layer.entries) {
    if (entry.kind() != EntryKind::hard_link) continue;
    const Node* const target = resolve(before, entry.link_path(), LastComponent::keep);
    if (target == nullptr) continue;
    const auto change = std::ranges::find(changes, target->path(), &Change::path);
    if (change == changes.end() || change->after != nullptr) continue;
    return HiddenPath{std::string(target->path()), 0, HidingReason::linked,
                      std::string(std::string_view(entry.path))};
  }
  return std::nullopt;
}

// `base` with the layers on it, and what becomes of each of `changes` on the way.
Watched watch(const Tree& before, const Tree& base, OwnLayers layers,
              std::span<const Change> changes) {
  SilentObserver silent;
  std::vector<Sight> sights(changes.size());
  const auto look = [&](const Tree& tree, std::optional<std::size_t> layer) {
    for (std::size_t at = 0; at < changes.size(); ++at) {
      const Node* const node = tree.find(changes[at].path());
      const Inode* const inode = node == nullptr ? nullptr : node->inode();
      if (layer && inode == sights[at].inode) continue;
      sights[at] = {inode, layer};
    }
  };
  Tree tree = base;
  look(tree, std::nullopt);
  for (std::size_t number = 0; number < layers.size(); ++number) {
    try {
      tree = apply_layers(tree, layers.subspan(number, 1), number, silent);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::corrupt) throw;
      std::optional<HiddenPath> linked = find_link(*layers[number], before, changes);
      if (!linked) throw;
      linked->layer = number;
      return {std::move(tree), {}, std::move(linked)};
    }
    look(tree, number);
  }
  return {std::move(tree), std::move(sights), std::nullopt};
}

// Whether a path is gone because something above it is no directory any more.
bool is_behind_a_file(const Tree& tree, std::string_view path) {
  for (std::string_view at = parent_path(path); !at.empty(); at = parent_path(at)) {
    const Node* const node = tree.find(at);
    if (node != nullptr) return !is_directory(*node->inode());
  }
  return false;
}

}  // namespace

std::string_view name(HidingReason reason) noexcept {
  switch (reason) {
    case HidingReason::copied:
      return "copied";
    case HidingReason::rewritten:
      return "rewritten";
    case HidingReason::deleted:
      return "deleted";
    case HidingReason::restored:
      return "restored";
    case HidingReason::linked:
      return "linked";
    case HidingReason::replaced:
      break;
  }
  return "replaced";
}

ShadowJudge::ShadowJudge(const Tree& before, const Tree& after, const ChangeSet& changes,
                         LayerCache& cache)
    : before_(before), after_(after), cache_(cache) {
  Paths paths{std::string_view()};  // a tree has its root even where nothing changed
  for (const Change& change : changes) {
    if (is_time_alone(change)) continue;
    changes_.push_back(change);
    add_with_parents(paths, change.path());
  }
  // Through links a link's target may be found.
  for (const Tree* tree : {&before, &after}) {
    for (const Node& node : tree->nodes()) {
      if (node.inode()->type() == FileType::symlink) add_with_parents(paths, node.path());
    }
  }
  part_before_ = cut_down(before, paths);
  part_after_ = cut_down(after, paths);
}

std::vector<HiddenPath> ShadowJudge::hidden_above(OwnLayers own_layers) const {
  return judge(own_layers, Standing::above);
}

std::vector<HiddenPath> ShadowJudge::overridden_below(OwnLayers own_layers) const {
  return judge(own_layers, Standing::below);
}

// Everything but the time.
bool ShadowJudge::is_equal(const Inode& left, const Inode& right) const {
  if (&left == &right) return true;
  FileAttributes one = attributes_of(left);
  FileAttributes other = attributes_of(right);
  one.mtime = {};
  other.mtime = {};
  if (one != other) return false;
  return left.type() != FileType::regular ||
         ContentReader(cache_).equal(left.content(), right.content());
}

HidingReason ShadowJudge::reason_of(const Change& change, const Inode* seen,
                                    const Tree& tree) const {
  const Inode* const old = change.before == nullptr ? nullptr : change.before->inode();
  const Inode* const wanted = change.after == nullptr ? nullptr : change.after->inode();
  if (seen == nullptr) {
    return is_behind_a_file(tree, change.path()) ? HidingReason::replaced : HidingReason::deleted;
  }
  if (is_directory(*seen) != is_directory(wanted == nullptr ? *old : *wanted)) {
    return HidingReason::replaced;
  }
  const bool is_old = old != nullptr && old->type() == seen->type() &&
                      (seen->type() == FileType::regular
                           ? ContentReader(cache_).equal(old->content(), seen->content())
                           : is_equal(*seen, *old));
  if (is_old) return HidingReason::copied;
  return wanted == nullptr ? HidingReason::restored : HidingReason::rewritten;
}

Tree ShadowJudge::part_below(OwnLayers own_layers, Standing standing) const {
  const Tree& whole = standing == Standing::above ? after_ : before_;
  const Tree& part = standing == Standing::above ? part_after_ : part_before_;
  Paths targets;
  add_link_targets(targets, whole, own_layers);
  std::erase_if(targets, [&](std::string_view path) { return part.find(path) != nullptr; });
  if (targets.empty()) return part;
  for (const Node& node : part.nodes()) targets.insert(node.path());
  return cut_down(whole, targets);
}

std::vector<HiddenPath> ShadowJudge::judge(OwnLayers own_layers, Standing standing) const {
  const Watched watched = watch(before_, part_below(own_layers, standing), own_layers, changes_);
  if (watched.linked) return {*watched.linked};
  std::vector<HiddenPath> hidden;
  for (std::size_t at = 0; at < changes_.size(); ++at) {
    const Change& change = changes_[at];
    const Sight& sight = watched.sights[at];
    if (!sight.changed_by) continue;
    const Inode* const wanted = change.after == nullptr ? nullptr : change.after->inode();
    const bool has_it = sight.inode == nullptr || wanted == nullptr
                            ? sight.inode == wanted
                            : is_equal(*sight.inode, *wanted);
    if (has_it) continue;
    // What layers brought and took away again overrides nothing.
    const bool was_never_there = change.before == nullptr && sight.inode == nullptr;
    if (standing == Standing::below && was_never_there) continue;
    hidden.push_back({std::string(change.path()), *sight.changed_by,
                      reason_of(change, sight.inode, watched.tree)});
  }
  return hidden;
}

}  // namespace imgops
