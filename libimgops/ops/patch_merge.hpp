// A patch made effective where an image's own layers hide it: what both sides changed is merged,
// and the difference becomes a small layer on top. Source: command-line §8.4 "--merge", §8.3.
#pragma once

#include "libimgops/image/image.hpp"
#include "libimgops/ops/package_sense.hpp"
#include "libimgops/ops/patch_base.hpp"
#include "libimgops/ops/patch_stack.hpp"
#include "libimgops/ops/three_way.hpp"

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace imgops {

struct PatchMerge {
  Tree shown;   // the image on the patched base, with the resolution it has, if any
  Tree merged;  // as it would be
  Tree base;    // what both were taken to come from
  std::vector<std::string> clashes;  // paths that both changed two ways, settled or not
  std::set<std::string> effective;   // those of the paths asked for that show the patch in `merged`
};

// The image, whose layers `own` tells, merged with the patched base. Of what the base was, and was
// before earlier patches, that is taken for the common ancestor which makes the most of `paths`
// effective; the latest of equals. Whatever nothing of the image hides is as in the patched base.
// Conflicts that nothing settles stay the image's. Throws as merge().
PatchMerge merge_patch(const Operation& operation, const BasePatch& patch, const OwnLayers& own,
                       std::span<const std::string> paths, const MergeChoices& choices);

// Those of its effective paths that are in the image as they would be merged.
std::set<std::string> shown_already(const Operation& operation, const PatchMerge& merge);

// The layer that makes the patched image show what was merged; absent when it does so already.
std::optional<WrittenLayer> write_resolution(const Operation& operation, const BasePatch& patch,
                                             const OwnLayers& own, MediaFamily family,
                                             const PatchMerge& merge);

// What packages of the image would miss once it is merged.
std::vector<PackageProblem> problems_of(const Operation& operation, const BasePatch& patch,
                                        const Image& image, const PatchMerge& merge);

}  // namespace imgops
