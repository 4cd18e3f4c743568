// For every layer a table of what becomes of its entries is filled in. Afterwards the new layers
// are applied as entries, before a byte is written, and compared with what is wanted: whatever the
// layers did to each other that this plan does not know of, ends there.
#include "libimgops/ops/patch_in_place.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/diff/compare.hpp"
#include "libimgops/tree/union.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

namespace imgops {
namespace {

using Layers = std::span<const std::shared_ptr<const LayerIndex>>;

bool is_directory(const LayerEntry& entry) {
  return entry.kind() == EntryKind::file && entry.inode.type() == FileType::directory;
}

PlannedMember member_of(const Node& node) {
  return {node.path(), node.inode(), node.entry()};
}

class Planner {
 public:
  Planner(Layers layers, const Tree& lower, const Tree& upper, const ChangeSet& changes)
      : layers_(layers), lower_(lower), upper_(upper), changes_(changes), added_(layers.size()) {
    for (const auto& layer : layers) {
      splices_.push_back({layer, {}, {}});
      auto& positions = positions_.emplace_back();
      for (std::size_t at = 0; at < layer->entries.size(); ++at) {
        positions[std::string_view(layer->entries[at].path)].push_back(at);
      }
    }
  }

  std::vector<LayerSplice> run() {
    place_groups();
    for (const Change& change : changes_) {
      if (change.after == nullptr) {
        remove_everywhere(change.path());
      } else if (!is_grouped_.contains(change.path())) {
        write(*change.after, layer_of(change.path()), {});
      }
      if (change.before != nullptr && change.after != nullptr) exchange_copies(change);
    }
    for (std::size_t number = 0; number < splices_.size(); ++number) finish(number);
    return std::move(splices_);
  }

 private:
  std::size_t last() const { return layers_.size() - 1; }

  // The layer that provides a path; a new one goes into the last.
  std::size_t layer_of(std::string_view path) const {
    const Node* const node = lower_.find(path);
    return node == nullptr || node->entry() == nullptr ? last() : node->layer_number();
  }

  // All names of a file that has several, one of which changed, in one layer.
  void place_groups() {
    std::set<std::string_view, PathLess> changed;
    for (const Change& change : changes_) {
      if (change.after != nullptr) changed.insert(change.path());
    }
    for (const auto& group : link_groups(upper_)) {
      const bool concerns = std::ranges::any_of(
          group, [&](const Node* node) { return changed.contains(node->path()); });
      if (concerns) place_group(group);
    }
  }

  void place_group(const std::vector<const Node*>& group) {
    std::size_t number = 0;
    for (const Node* node : group) number = std::max(number, layer_of(node->path()));
    // In the order in which they will stand: what is exchanged by position, then what is new.
    std::vector<std::pair<std::size_t, const Node*>> names;
    for (const Node* node : group) {
      is_grouped_.insert(node->path());
      const Node* const old = lower_.find(node->path());
      const bool is_here =
          old != nullptr && old->entry() != nullptr && old->layer_number() == number;
      if (old != nullptr && old->entry() != nullptr && !is_here) leave(*old);
      names.emplace_back(is_here ? position_of(*old) : SIZE_MAX, node);
    }
    std::ranges::stable_sort(names, {}, &std::pair<std::size_t, const Node*>::first);
    const std::string_view first = names.front().second->path();
    for (const auto& [position, node] : names) {
      write(*node, number, node->path() == first ? std::string_view() : first);
    }
  }

  std::size_t position_of(const Node& node) const {
    return static_cast<std::size_t>(node.entry() - node.layer()->entries.data());
  }

  // `node` in layer `number`; with `link` as a second name of that.
  void write(const Node& node, std::size_t number, std::string_view link) {
    PlannedMember member = member_of(node);
    if (!link.empty()) {
      member = member.linked_to(link);
    }
    const Node* const old = lower_.find(node.path());
    if (old == nullptr || old->entry() == nullptr || old->layer_number() != number) {
      added_[number].push_back(member);
      return;
    }
    const std::size_t position = position_of(*old);
    splices_[number].exchanged[position] = member;
    drop_repetitions(number, position);
  }

  void leave(const Node& old) {
    const std::size_t position = position_of(old);
    splices_[old.layer_number()].exchanged[position] = std::nullopt;
    drop_repetitions(old.layer_number(), position);
  }

  // Earlier entries of the same name do not show, but hold what is to be gone (N01).
  void drop_repetitions(std::size_t number, std::size_t position) {
    const std::vector<LayerEntry>& entries = layers_[number]->entries;
    if (is_directory(entries[position])) return;
    for (const std::size_t other : positions_[number].at(entries[position].path)) {
      const bool is_marker = entries[other].kind() == EntryKind::whiteout ||
                             entries[other].kind() == EntryKind::opaque;
      if (other != position && !is_marker) splices_[number].exchanged[other] = std::nullopt;
    }
  }

  void remove_everywhere(std::string_view path) {
    const Node* const old = lower_.find(path);
    if (old->entry() != nullptr) leave(*old);
    for (std::size_t number = 0; number < layers_.size(); ++number) {
      const auto found = positions_[number].find(path);
      if (found != positions_[number].end()) remove_all(number, found->second);
      // What other layers had hidden inside a directory would show again.
      if (old->inode()->type() == FileType::directory) remove_below(number, path);
    }
  }

  // A layer that did but change a file's mode has a copy of what a layer below it has: both go.
  void exchange_copies(const Change& change) {
    const Content old = change.before->inode()->content();
    if (old.origin == nullptr) return;
    for (std::size_t number = 0; number < layers_.size(); ++number) {
      const auto found = positions_[number].find(change.path());
      if (found == positions_[number].end()) continue;
      for (const std::size_t at : found->second) {
        const LayerEntry& entry = layers_[number]->entries[at];
        const Content content = entry.inode.content();
        const bool is_copy = content.origin != nullptr && content.size_bytes == old.size_bytes &&
                             content.fingerprint == old.fingerprint;
        if (is_copy) splices_[number].exchanged.try_emplace(at, member_of(*change.after));
      }
    }
  }

  void remove_all(std::size_t number, const std::vector<std::size_t>& positions) {
    for (const std::size_t at : positions) splices_[number].exchanged[at] = std::nullopt;
  }

  void remove_below(std::size_t number, std::string_view directory) {
    for (const auto& [path, positions] : positions_[number]) {
      if (is_below(path, directory)) remove_all(number, positions);
    }
  }

  void finish(std::size_t number) {
    LayerSplice& splice = splices_[number];
    for (const PlannedMember& member : added_[number]) drop_whiteout(number, member);
    keep_other_names(splice);
    std::ranges::stable_sort(added_[number], [](const auto& left, const auto& right) {
      if (left.kind() != right.kind()) return left.kind() == EntryKind::file;
      return PathLess()(left.path(), right.path());
    });
    splice.added = std::move(added_[number]);
    add_parents(splice);
  }

  // A layer that removed a path and now brings it has no use for the marker (W05).
  void drop_whiteout(std::size_t number, const PlannedMember& member) {
    const std::vector<LayerEntry>& entries = layers_[number]->entries;
    const auto found = positions_[number].find(member.path());
    if (found == positions_[number].end()) return;
    for (const std::size_t at : found->second) {
      if (entries[at].kind() != EntryKind::whiteout) continue;
      if (member.inode()->type() == FileType::directory) {
        refuse(member.path(), "the base's layer " + std::to_string(number + 1) +
                                  " removes a directory of that name");
      }
      splices_[number].exchanged[at] = std::nullopt;
    }
  }

  // Links to a member that goes or changes: the first that stays becomes the file.
  static void keep_other_names(LayerSplice& splice) {
    const std::vector<LayerEntry>& entries = splice.layer->entries;
    std::unordered_map<std::string_view, std::size_t> gone;  // stored path -> its file
    for (const auto& [position, member] : splice.exchanged) {
      const LayerEntry& entry = entries[position];
      if (entry.kind() != EntryKind::file || is_directory(entry)) continue;
      gone[entry.path] = position;
    }
    if (gone.empty()) return;
    std::unordered_map<std::string_view, std::string_view> heirs;
    for (std::size_t at = 0; at < entries.size(); ++at) {
      const LayerEntry& entry = entries[at];
      if (entry.kind() != EntryKind::hard_link || splice.exchanged.contains(at)) continue;
      const auto file = gone.find(entry.link_path());
      if (file == gone.end()) continue;
      const Inode* const inode = &entries[file->second].inode;
      const auto [heir, is_first] = heirs.try_emplace(entry.link_path(), entry.path);
      PlannedMember member(entry.path, inode, nullptr);
      if (!is_first && heir->second == entry.path) {  // the same link again (N01)
        splice.exchanged[at] = std::nullopt;
        continue;
      }
      if (!is_first) {
        member = member.linked_to(heir->second);
      }
      splice.exchanged[at] = member;
    }
  }

  // Runtimes invent the attributes of a directory that a layer needs and does not have (P01).
  void add_parents(LayerSplice& splice) const {
    if (splice.added.empty()) return;
    std::set<std::string_view, PathLess> there;
    for (const LayerEntry& entry : splice.layer->entries) {
      if (is_directory(entry)) there.insert(std::string_view(entry.path));
    }
    for (const PlannedMember& member : splice.added) {
      if (member.inode()->type() == FileType::directory) there.insert(member.path());
    }
    std::set<std::string_view, PathLess> missing;
    for (const PlannedMember& member : splice.added) {
      for (std::string_view at = parent_path(member.path()); !at.empty(); at = parent_path(at)) {
        if (!there.contains(at)) missing.insert(at);
      }
    }
    std::vector<PlannedMember> parents;
    for (const std::string_view path : missing) {
      const Node& node = *upper_.find(path);
      if (!node.inode()->implied()) parents.push_back(member_of(node));
    }
    splice.added.insert(splice.added.begin(), parents.begin(), parents.end());
  }

  [[noreturn]] static void refuse(std::string_view path, const std::string& reason) {
    throw Error(ErrorKind::conflict,
                "/" + printable(path) + ": cannot be changed in place: " + reason,
                "--above-base and --on-top leave the layers of the base as they are");
  }

  Layers layers_;
  const Tree& lower_;
  const Tree& upper_;
  const ChangeSet& changes_;
  std::vector<LayerSplice> splices_;
  std::vector<std::unordered_map<std::string_view, std::vector<std::size_t>>> positions_;
  std::vector<std::vector<PlannedMember>> added_;
  std::set<std::string_view, PathLess> is_grouped_;
};

// The new layers as entries must amount to what is wanted.
void prove(std::span<const LayerSplice> splices, const Tree& upper, LayerCache& cache) {
  std::vector<std::shared_ptr<const LayerIndex>> layers;
  for (const LayerSplice& splice : splices) {
    layers.push_back(splice.is_empty() ? splice.layer : spliced_entries(splice));
  }
  SilentObserver silent;
  const Tree result = apply_layers(Tree(), layers, 0, silent);
  CompareOptions options;
  options.proof = ContentProof::never;
  const ChangeSet left = compare(upper, result, cache, options);
  if (left.empty()) return;
  throw Error(ErrorKind::conflict,
              "/" + printable(left.front().path()) +
                  ": cannot be changed in place: another layer of the base depends on it",
              "--above-base and --on-top leave the layers of the base as they are");
}

}  // namespace

std::vector<LayerSplice> plan_in_place(Layers layers, const Tree& lower, const Tree& upper,
                                       const ChangeSet& changes, LayerCache& cache) {
  std::vector<LayerSplice> splices = Planner(layers, lower, upper, changes).run();
  prove(splices, upper, cache);
  return splices;
}

}  // namespace imgops
