// A base changed in its own layers: each path in the layer that provides it, so that old contents
// are in no layer any more and the number of layers stays. Source: command-line §8.4.
#pragma once

#include "libimgops/diff/change.hpp"
#include "libimgops/layer/layer_splice.hpp"
#include "libimgops/tree/tree.hpp"

#include <memory>
#include <span>
#include <vector>

namespace imgops {

// What becomes of each of `layers` (bottom first, at least one), whose view is `lower`, so that
// they amount to `upper`; `changes` is the comparison of the two. A changed path is exchanged in
// the layer that provides it, all names of one file in the highest of their layers; a new one goes
// behind the last layer's members, with the directories above it that this layer lacks; a deleted
// one leaves every layer. Everything else is kept.
// Throws Error(conflict), naming the first path, where that does not give `upper`: a layer has made
// a link to what changes, say. Reaches into `upper` and the layers.
std::vector<LayerSplice> plan_in_place(std::span<const std::shared_ptr<const LayerIndex>> layers,
                                       const Tree& lower, const Tree& upper,
                                       const ChangeSet& changes, LayerCache& cache);

}  // namespace imgops
