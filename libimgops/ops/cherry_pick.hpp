// Steps of one image done to another: their layers on top of it, their settings merged into its
// own. Source: command-line §8.3.
#pragma once

#include "libimgops/image/configuration_merge.hpp"
#include "libimgops/image/image.hpp"
#include "libimgops/ops/edit_layers.hpp"
#include "libimgops/ops/operation.hpp"
#include "libimgops/ops/three_way.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace imgops {

// The steps of `image` from `first_step` on. `below` is the image before them: its settings, and
// its layers, which are the lowest of `image`. `name` is that of `image` in messages, printable;
// empty: its digest tells.
struct PickedSteps {
  Image below;
  Image image;
  std::size_t first_step = 0;
  std::string name = {};
};

struct CherryPickResult {
  Image image;  // stored; the given one when nothing was to do or a conflict is open
  bool changed = false;
  std::vector<LayerVerdicts> verdicts;   // by layer of the picked image; ends with an open one
  std::vector<SettingVerdict> settings;  // by key; empty when no picked step sets any
  bool is_open() const noexcept;
};

// Each picked layer does to the stack ("ours") what it did to the one below it ("theirs"), and
// keeps its bytes where they do that. What it did is there already: it becomes no layer, and when
// nothing else is to do, the image stays as it is. Settings are merged key by key, when a step
// without a layer was picked. Layers of `image` keep their blobs; the picked steps follow its own.
CherryPickResult cherry_pick(const Operation& operation, const Image& image,
                             const PickedSteps& picked, const MergeChoices& choices);

}  // namespace imgops
