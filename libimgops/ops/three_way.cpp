#include "libimgops/ops/three_way.hpp"

#include "libimgops/base/path.hpp"
#include "libimgops/diff/compare.hpp"
#include "libimgops/diff/layer_plan.hpp"
#include "libimgops/tree/union.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace imgops {
namespace {

ChangeSet real_changes(const Operation& operation, const Tree& shown, const Tree& wanted) {
  CompareOptions options;
  options.ignore_mtime = true;
  return compare(shown, wanted, operation.layers, options, operation.stop);
}

std::optional<WrittenLayer> write_changes(const Operation& operation, const Tree& wanted,
                                          const ChangeSet& changes, MediaFamily family) {
  if (changes.empty()) return std::nullopt;
  const std::vector<PlannedMember> plan = plan_layer(wanted, changes);
  return write_layer(operation.blobs, plan, operation.layers, operation.workers, operation.observer,
                     operation.encoder, family, operation.stop);
}

bool is_directory(const Tree& tree, std::string_view path) {
  const Node* const node = tree.find(path);
  return node != nullptr && node->inode()->type() == FileType::directory;
}

}  // namespace

MergeResult merge_trees(const Operation& operation, const Tree& base, const Tree& ours,
                        const Tree& theirs, const MergeChoices& choices,
                        std::span<const std::string> emptied) {
  std::vector<const MergeDriver*> drivers;
  for (const auto& driver : choices.drivers) drivers.push_back(driver.get());
  const MergeOptions options{choices.policy, choices.paths, drivers, emptied};
  return merge(base, ours, theirs, operation.layers, options, operation.stop);
}

std::vector<std::string> emptied_directories(
    const Tree& base, const Tree& ours, std::span<const std::shared_ptr<const LayerIndex>> own) {
  std::set<std::string, PathLess> emptied;
  for (const auto& layer : own) {
    for (const LayerEntry& entry : layer->entries) {
      if (entry.kind() != EntryKind::opaque && entry.kind() != EntryKind::whiteout) continue;
      if (is_directory(base, entry.path) && is_directory(ours, entry.path)) {
        emptied.emplace(entry.path);
      }
    }
  }
  return {emptied.begin(), emptied.end()};
}

bool shows(const Operation& operation, const Tree& shown, const Tree& wanted) {
  return real_changes(operation, shown, wanted).empty();
}

std::optional<WrittenLayer> write_difference(const Operation& operation, const Tree& shown,
                                             const Tree& wanted, MediaFamily family) {
  return write_changes(operation, wanted, real_changes(operation, shown, wanted), family);
}

std::optional<WrittenLayer> write_exact_difference(const Operation& operation, const Tree& shown,
                                                   const Tree& wanted, MediaFamily family) {
  return write_changes(operation, wanted,
                       compare(shown, wanted, operation.layers, {}, operation.stop), family);
}

bool ReplayedLayer::is_open() const noexcept {
  return std::ranges::any_of(paths, &MergedPath::is_open);
}

std::optional<Tree> apply_elsewhere(const Tree& lower,
                                    std::span<const std::shared_ptr<const LayerIndex>> layers) {
  SilentObserver silent;
  try {
    return apply_layers(lower, layers, 0, silent);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt) throw;
    return std::nullopt;
  }
}

ReplayedLayer replay_unwritten(const Operation& operation, const Tree& before, const Tree& after,
                               const ImageLayer& layer,
                               const std::shared_ptr<const LayerIndex>& index, const Tree& current,
                               const MergeChoices& choices, LayerSide side) {
  const std::span<const std::shared_ptr<const LayerIndex>> own(&index, 1);
  MergeResult merged = side == LayerSide::theirs
                           ? merge_trees(operation, before, current, after, choices)
                           : merge_trees(operation, before, after, current, choices,
                                         emptied_directories(before, after, own));
  ReplayedLayer result{std::nullopt, Tree(), std::move(merged.paths)};
  if (result.is_open()) return result;
  // The layer's own tree where its bytes do: its times are right, and nothing is written.
  std::optional<Tree> as_it_is = apply_elsewhere(current, own);
  if (as_it_is && shows(operation, *as_it_is, merged.tree)) {
    result.layer = layer;
    result.tree = std::move(*as_it_is);
    return result;
  }
  result.tree = std::move(merged.tree);
  return result;
}

ReplayedLayer replay(const Operation& operation, const Tree& before, const Tree& after,
                     const ImageLayer& layer, const std::shared_ptr<const LayerIndex>& index,
                     const Tree& current, const MergeChoices& choices, MediaFamily family,
                     LayerSide side) {
  ReplayedLayer result =
      replay_unwritten(operation, before, after, layer, index, current, choices, side);
  if (result.layer || result.is_open()) return result;
  const auto written = write_difference(operation, current, result.tree, family);
  if (written) result.layer = written->layer;
  return result;
}

}  // namespace imgops
