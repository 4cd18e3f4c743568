// One walk up the stack with two trees: the view as it was, and, filtered, as it is to be. Only at
// layers with a hit is anything written.
#include "libimgops/ops/purge.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/glob.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/diff/compare.hpp"
#include "libimgops/image/exchange_layers.hpp"
#include "libimgops/ops/layer_members.hpp"
#include "libimgops/store/image_store.hpp"
#include "libimgops/tar/limits.hpp"
#include "libimgops/tree/resolve.hpp"
#include "libimgops/tree/union.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace imgops {
namespace {

using Layers = std::vector<std::shared_ptr<const LayerIndex>>;
using Plan = std::vector<PlannedMember>;

bool is_pattern(std::string_view text) {
  return text.find_first_of("*?[") != std::string_view::npos;
}

// Whether `path` or a directory above it matches.
bool matches(std::string_view pattern, std::string_view path) {
  if (path == pattern || is_below(path, pattern)) return true;
  if (!is_pattern(pattern)) return false;
  for (std::string_view at = path; !at.empty(); at = parent_path(at)) {
    if (matches_glob(pattern, at)) return true;
  }
  return false;
}

Tree without(const Tree& tree, const PurgedPaths& paths) {
  std::vector<Node> nodes;
  for (const Node& node : tree.nodes()) {
    if (!paths.contains(node.path())) nodes.push_back(node);
  }
  return {std::move(nodes), tree.owners()};
}

// The members that stay. When the one that holds a file's body goes, the first other name of the
// file becomes the file (L04).
Plan kept_members(const Plan& members, const PurgedPaths& paths) {
  Plan kept;
  std::unordered_map<const Inode*, std::string_view> first;  // by inode: its first kept name
  for (PlannedMember member : members) {
    if (paths.contains(member.path())) continue;
    const bool may_have_names =
        member.inode() != nullptr && member.inode()->type() != FileType::directory;
    if (may_have_names) {
      const auto [found, is_first] = first.emplace(member.inode(), member.path());
      if (member.kind() == EntryKind::hard_link && is_first) {
        member = member.unlinked();
      } else if (member.kind() == EntryKind::hard_link && paths.contains(member.link_path())) {
        member = member.linked_to(found->second);
      }
    }
    kept.push_back(member);
  }
  return kept;
}

// Whether directories that only the purged members made would be missed: those that no entry
// describes, nothing else in the layer needs, and that do not show below.
bool uncovers_something(const Plan& members, const Plan& kept, const PurgedPaths& paths,
                        const Tree& lower) {
  std::unordered_set<std::string_view> made;
  const auto add_above = [&made](std::string_view path) {
    for (std::string_view at = parent_path(path); !at.empty(); at = parent_path(at)) {
      if (!made.insert(at).second) return;
    }
  };
  for (const PlannedMember& member : kept) {
    if (member.kind() == EntryKind::whiteout) continue;
    add_above(member.path());
    made.insert(member.path());
  }
  const auto is_missed = [&](std::string_view directory) {
    if (paths.contains(directory) || made.contains(directory)) return false;
    const Node* const below = lower.find(directory);
    return below == nullptr || below->inode()->type() != FileType::directory;
  };
  return std::ranges::any_of(members, [&](const PlannedMember& member) {
    if (!paths.contains(member.path())) return false;
    for (std::string_view at = parent_path(member.path()); !at.empty(); at = parent_path(at)) {
      if (is_missed(at)) return true;
    }
    return false;
  });
}

class Purge {
 public:
  Purge(const Operation& operation, const Image& image, PurgedPaths paths)
      : operation_(operation),
        image_(image),
        paths_(std::move(paths)),
        result_{image, {}, {}, {}} {}

  PurgeResult run() {
    const Layers layers = operation_.layers.open(image_.layers(), operation_.workers,
                                                 operation_.observer, operation_.stop);
    for (const auto& layer : layers) indexes_.emplace(layer.get(), layer);
    std::vector<ImageLayer> written(image_.layers().begin(), image_.layers().end());
    SilentObserver silent;
    paths_.add_real_paths(apply_layers(Tree(), layers, 0, silent));
    Tree lower;
    for (std::size_t number = 0; number < layers.size(); ++number) {
      Tree upper = apply_layers(lower, std::span(&layers[number], 1), number, operation_.observer);
      if (take_hits(number, layers[number], lower, upper)) {
        const Tree kept_lower = without(lower, paths_);
        const Tree kept_upper = without(upper, paths_);
        const Plan plan = plan_of(*layers[number], kept_lower, kept_upper);
        written[number] = write_in_place_of(operation_, image_, written[number], plan);
        result_.layers.push_back({number, image_.layers()[number], written[number]});
      }
      lower = std::move(upper);
    }
    result_.image = exchange_layers(image_, written);
    if (!result_.layers.empty()) {
      store_image(operation_.blobs, result_.image);
      prove(without(lower, paths_));
    }
    return std::move(result_);
  }

 private:
  // Whether layer `number` says anything about the paths. What it has of them is noted.
  bool take_hits(std::size_t number, const std::shared_ptr<const LayerIndex>& layer,
                 const Tree& lower, const Tree& upper) {
    bool is_hit = false;
    std::unordered_set<const LayerEntry*> taken;
    const auto take = [&](const LayerEntry& entry, const Inode& inode) {
      if (!taken.insert(&entry).second) return;
      const bool has_body =
          entry.kind() != EntryKind::whiteout && inode.type() == FileType::regular;
      const std::uint64_t bytes = has_body ? inode.content().size_bytes : 0;
      result_.hits.push_back({number, std::string(entry.path), entry.kind(), bytes});
      if (bytes > 0) take_body(entry.path, inode.content());
      is_hit = true;
    };
    std::unordered_map<const LayerEntry*, const Node*> shown;
    for (const Node& node : upper.nodes()) {
      if (node.layer() == layer.get()) shown.emplace(node.entry(), &node);
    }
    for (const LayerEntry& entry : layer->entries) {
      const auto found = shown.find(&entry);
      const Node* const node = found == shown.end() ? nullptr : found->second;
      const bool is_meant =
          paths_.contains(entry.path) || (node != nullptr && paths_.contains(node->path()));
      if (is_meant) take(entry, node == nullptr ? entry.inode : *node->inode());
      const bool is_link_to_it = entry.kind() == EntryKind::hard_link && links_to_it(entry, lower);
      is_hit = is_hit || is_link_to_it;
    }
    return is_hit;
  }

  // Also one to a lower layer, through links there (L18).
  bool links_to_it(const LayerEntry& link, const Tree& lower) const {
    if (paths_.contains(link.link_path())) return true;
    const Node* const target = resolve(lower, link.link_path(), LastComponent::keep);
    return target != nullptr && paths_.contains(target->path());
  }

  // A hard link's body may be of a layer below (L02).
  void take_body(std::string_view path, const Content& content) {
    const std::pair place(content.origin, content.offset_bytes);
    if (content.origin == nullptr || !bodies_.insert(place).second) return;
    result_.bodies.push_back({std::string(path), content, indexes_.at(content.origin)});
  }

  Plan plan_of(const LayerIndex& layer, const Tree& lower, const Tree& upper) const {
    const std::optional<Plan> own = own_members(layer);
    if (own) {
      Plan kept = kept_members(*own, paths_);
      if (!uncovers_something(*own, kept, paths_, lower)) return kept;
    }
    return plan_difference(operation_, lower, upper);
  }

  // Reads back what was written (C12). Contents were checked against their fingerprints while they
  // were copied.
  void prove(const Tree& expected) const {
    SilentObserver silent;  // what there is to say was said of the layers that went in
    const Layers layers =
        operation_.layers.open(result_.image.layers(), operation_.workers, silent, operation_.stop);
    Tree tree;
    for (std::size_t number = 0; number < layers.size(); ++number) {
      for (const LayerEntry& entry : layers[number]->entries) check_gone(entry.path, number);
      tree = apply_layers(tree, std::span(&layers[number], 1), number, silent);
      for (const Node& node : tree.nodes()) {
        if (node.layer() == layers[number].get()) check_gone(node.path(), number);
      }
    }
    const CompareOptions unread{false, ContentProof::never};
    for (const Change& change :
         compare(expected, tree, operation_.layers, unread, operation_.stop)) {
      Differences left = change.differences;
      if (change.before != nullptr && is_clamped(*change.before->inode())) left.mtime = false;
      if (change.before != nullptr && change.after != nullptr && !left.any()) continue;
      throw Error(ErrorKind::conflict, "verification failed: /" + printable(change.path()) +
                                           " is not what it was before");
    }
  }

  void check_gone(std::string_view path, std::size_t layer) const {
    if (!paths_.contains(path)) return;
    throw Error(ErrorKind::conflict, "verification failed: layer " + std::to_string(layer + 1) +
                                         " still has /" + printable(path));
  }

  static bool is_clamped(const Inode& inode) {
    return inode.mtime().seconds < 0 || inode.mtime().seconds > limits::largest_mtime_seconds;
  }

  const Operation& operation_;
  const Image& image_;
  PurgedPaths paths_;
  PurgeResult result_;
  std::map<const LayerIndex*, std::shared_ptr<const LayerIndex>> indexes_;
  std::set<std::pair<const LayerIndex*, std::uint64_t>> bodies_;  // those that were taken
};

}  // namespace

PurgedPaths::PurgedPaths(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    auto path = canonical_path(word);
    if (!path || path->empty()) {
      throw Error(ErrorKind::invalid_argument,
                  printable(word) + (path ? ": is the root" : ": leads out of the image"));
    }
    paths_.push_back(std::move(*path));
  }
}

bool PurgedPaths::contains(std::string_view path) const {
  return std::ranges::any_of(paths_,
                             [path](const std::string& word) { return matches(word, path); });
}

void PurgedPaths::add_real_paths(const Tree& tree) {
  const std::size_t count = paths_.size();
  for (std::size_t number = 0; number < count; ++number) {
    if (is_pattern(paths_[number])) continue;
    const std::string_view name = file_name(paths_[number]);
    const Node* const parent = resolve(tree, parent_path(paths_[number]), LastComponent::follow);
    if (parent == nullptr) continue;
    std::string real = join(parent->path(), name);
    if (std::ranges::find(paths_, real) == paths_.end()) paths_.push_back(std::move(real));
  }
}

PurgeResult purge(const Operation& operation, const Image& image, const PurgedPaths& paths) {
  return of_image(operation, image, [&] { return Purge(operation, image, paths).run(); });
}

std::vector<StillHeld> find_bodies(const Operation& operation, const Image& image,
                                   const std::vector<PurgedBody>& bodies) {
  std::vector<StillHeld> found;
  if (bodies.empty()) return found;
  std::multimap<std::pair<std::uint64_t, Fingerprint>, const PurgedBody*> wanted;
  for (const PurgedBody& body : bodies) {
    wanted.emplace(std::pair(body.content.size_bytes, body.content.fingerprint), &body);
  }
  SilentObserver silent;
  const Layers layers =
      operation.layers.open(image.layers(), operation.workers, silent, operation.stop);
  ContentReader reader(operation.layers);
  for (std::size_t number = 0; number < layers.size(); ++number) {
    for (const LayerEntry& entry : layers[number]->entries) {
      const Content& content = entry.inode.content();
      if (entry.kind() != EntryKind::file || content.origin == nullptr) continue;
      const auto [first, end] =
          wanted.equal_range(std::pair(content.size_bytes, content.fingerprint));
      const auto same = std::find_if(first, end, [&](const auto& candidate) {
        return reader.equal(content, candidate.second->content);
      });
      if (same != end) found.push_back({number, std::string(entry.path), same->second->path});
    }
  }
  return found;
}

}  // namespace imgops
