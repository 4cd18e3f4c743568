// The layers of an image above its base edited by a plan: kept, reordered, combined, dropped, and
// their instructions changed. Source: command-line §8.2, §8.6.
#pragma once

#include "libimgops/image/image.hpp"
#include "libimgops/ops/edit_plan.hpp"
#include "libimgops/ops/operation.hpp"
#include "libimgops/ops/three_way.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace imgops {

// What merging one layer said: conflicts, open or settled, and what drivers made; the rest is what
// the plan asks for.
struct LayerVerdicts {
  std::size_t layer = 0;  // position in the image before
  std::vector<MergedPath> paths;
};

struct EditResult {
  Image image;  // stored; the given one when nothing was to do or a conflict is open
  bool changed = false;
  std::vector<std::size_t> tag_steps;   // for each tag of the plan: how many steps of `image`
  std::vector<LayerVerdicts> verdicts;  // in the order of the plan; ends with an open one
  bool is_open() const noexcept;        // then nothing is to be used but the verdicts
};

// Walks the plan from the bottom. As long as it is what the image is, layers keep their bytes
// unread. From the first difference on each layer does to the stack built so far ("ours") what it
// did to the one below it ("theirs"), and keeps its bytes where they still do that. Steps without a
// layer follow the layer below them, and stay when that is dropped: the settings of the image do
// not change. Combined steps stay too, marked empty but for the last. Times of combined layers are
// kept. Throws Error(conflict) when no layer would be left.
EditResult edit_layers(const Operation& operation, const Image& image, std::size_t first,
                       const EditPlan& plan, const MergeChoices& choices);

struct RevertResult {
  EditResult edit;
  // What the dropped layers hid and shows again, canonical, by path; not what lies below a
  // directory that is named itself.
  std::vector<std::string> returned;
};

// The image without these layers, positions in it: edit_layers() with a plan that drops them.
RevertResult revert_layers(const Operation& operation, const Image& image,
                           std::span<const std::size_t> dropped, const MergeChoices& choices);

}  // namespace imgops
