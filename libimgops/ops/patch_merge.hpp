// A patch made effective where an image's own layers hide it: what both sides changed is merged,
// and the difference becomes a small layer on top. Source: command-line §8.4 "--merge", §8.3.
#pragma once

#include "libimgops/image/image.hpp"
#include "libimgops/ops/patch_base.hpp"
#include "libimgops/ops/three_way.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace imgops {

struct PatchMerge {
  std::optional<ImageLayer> layer;  // the resolution; absent when there is nothing to resolve
  std::vector<MergedPath> paths;    // verdicts, by path
  // Whether `path` is as the patch or a driver wants it now.
  bool makes_effective(std::string_view path) const;
};

// `image` as it is, and the layers of its own that stay, bottom first; they lie above the patched
// base, or below a patch on top. `has_former` tells that it has the former patch layer. Conflicts
// that nothing settles stay the image's. Throws as merge().
PatchMerge merge_patch(const Operation& operation, const BasePatch& patch, const Image& image,
                       bool has_former, std::span<const ImageLayer> own,
                       const MergeChoices& choices);

// Whether the uppermost layer of `image` is a resolution of an earlier patch.
bool has_patch_resolution(const Image& image);
HistoryEntry resolution_history_entry(const PatchOptions& options);

}  // namespace imgops
