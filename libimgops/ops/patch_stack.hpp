// The layers of an image as a patch of its base sees them: what lies below, what is the image's
// own, and what earlier patches put there. Source: command-line §8.4.
#pragma once

#include "libimgops/image/image.hpp"
#include "libimgops/ops/patch_base.hpp"
#include "libimgops/tree/tree.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

namespace imgops {

// The layers of an image above the bare base.
struct OwnLayers {
  std::vector<ImageLayer> layers;        // bottom first, without those of earlier patches
  std::vector<std::size_t> positions;    // of `layers` in the image
  std::vector<std::size_t> formers;      // positions of the base's former patch layers
  std::optional<ImageLayer> resolution;  // uppermost in the image, of an earlier patch
  bool has_formers = false;              // all of them
};
// Nullopt when the image does not stand on the bare base, or when it lacks a patch layer that stays
// in the base; the base itself has no own layers.
std::optional<OwnLayers> own_layers(const Image& image, const BasePatch& patch);

// What will lie above tree_below() once the patch is there, without a resolution and without a
// patch layer on top: own layers, and former patch layers that stay, as they will be.
struct LayersAbove {
  std::vector<std::shared_ptr<const LayerIndex>> layers;  // bottom first
  std::vector<std::size_t> positions;                     // in the image as it is
};
// Throws Error(corrupt) for own layers that cannot be read.
LayersAbove layers_above(const Operation& operation, const BasePatch& patch, const OwnLayers& own);
const Tree& tree_below(const BasePatch& patch);

// Whether the uppermost layer of `image` is a resolution of an earlier patch.
bool has_patch_resolution(const Image& image);
HistoryEntry resolution_history_entry(const PatchOptions& options);

// `image`, whose layers `own` tells, with the patch, which is written. A resolution stays
// uppermost. `entry` is that of a patch layer.
Image place_patch(const Image& image, const BasePatch& patch, const OwnLayers& own,
                  const HistoryEntry& entry);

}  // namespace imgops
