// What rebase, merge, cherry-pick, revert and edit share: trees merged with the choices of one run,
// and the difference between what a stack shows and what is wanted, written as a layer.
// Source: command-line §8.3.
#pragma once

#include "libimgops/diff/merge.hpp"
#include "libimgops/image/configuration_merge.hpp"
#include "libimgops/layer/layer_writer.hpp"
#include "libimgops/ops/operation.hpp"

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace imgops {

// Settles conflicts of one run. Drivers are tried in their order.
struct MergeChoices {
  MergePolicy policy = MergePolicy::fail;
  std::map<std::string, Resolution, std::less<>> paths;  // by canonical path
  SettingResolutions settings;                           // by key, "Env.PATH"
  std::vector<std::shared_ptr<const MergeDriver>> drivers;
};

// As merge().
MergeResult merge_trees(const Operation& operation, const Tree& base, const Tree& ours,
                        const Tree& theirs, const MergeChoices& choices,
                        std::span<const std::string> emptied = {});

// The directories of `base` that show in `ours` although a marker in one of its own layers, those
// above the base, emptied them: an opaque one, or a whiteout of a directory made again. By
// PathLess, unique.
std::vector<std::string> emptied_directories(
    const Tree& base, const Tree& ours, std::span<const std::shared_ptr<const LayerIndex>> own);

// Whether two trees are one to a merge: everything but times.
bool shows(const Operation& operation, const Tree& shown, const Tree& wanted);

// `lower` with layers that were made for another stack; nullopt where one cannot stand there, as a
// hard link whose target is missing. Says nothing about them.
std::optional<Tree> apply_elsewhere(const Tree& lower,
                                    std::span<const std::shared_ptr<const LayerIndex>> layers);

// The layer that makes `wanted` of what is `shown` below it; nullopt when there is nothing to do,
// times alone counting as nothing. Bytes depend on the two trees and the encoder.
std::optional<WrittenLayer> write_difference(const Operation& operation, const Tree& shown,
                                             const Tree& wanted, MediaFamily family);
// The same with times counting, as compress() does it: for what is known to be wanted as it is.
std::optional<WrittenLayer> write_exact_difference(const Operation& operation, const Tree& shown,
                                                   const Tree& wanted, MediaFamily family);

// One layer put on top of another stack than its own.
struct ReplayedLayer {
  std::optional<ImageLayer> layer;  // its own where its bytes do what they did, else a new one;
                                    // none when it changes nothing there
  Tree tree;                        // `current` with it; meaningless while a conflict is open
  std::vector<MergedPath> paths;
  bool is_open() const noexcept;
};

// Whose a replayed layer is, when what it did and `current` clash.
enum class LayerSide : std::uint8_t {
  ours,   // a rebase: `current` is the newcomer
  theirs  // a pick: the layer is
};

// What `layer` did to `before`, which made it `after`, done to `current`: merged with base
// `before`. `index` is that of `layer`.
ReplayedLayer replay(const Operation& operation, const Tree& before, const Tree& after,
                     const ImageLayer& layer, const std::shared_ptr<const LayerIndex>& index,
                     const Tree& current, const MergeChoices& choices, MediaFamily family,
                     LayerSide side = LayerSide::theirs);
// The same with nothing written: where there is no layer, the tree says what is wanted.
ReplayedLayer replay_unwritten(const Operation& operation, const Tree& before, const Tree& after,
                               const ImageLayer& layer,
                               const std::shared_ptr<const LayerIndex>& index, const Tree& current,
                               const MergeChoices& choices, LayerSide side = LayerSide::theirs);

}  // namespace imgops
