// A layer written again by itself: its own members as a plan, for edits that leave the rest of it
// alone whatever lies below. Source: semantics W01–W13.
#pragma once

#include "libimgops/image/image.hpp"
#include "libimgops/layer/layer_entry.hpp"
#include "libimgops/ops/operation.hpp"
#include "libimgops/tree/tree.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace imgops {

// The members of `layer` in archive order, to be left out, changed or reordered. Nullopt where a
// list of members would not say the same or would not be written: opaque markers (W04), a name
// twice, a whiteout beside an entry of its name or in disguise (N01, U10–U14, M16), a path through
// something that is no directory here, a hard link to another layer or with other metadata than its
// file (L02, L13). What such a layer means is only told by the trees below and above it:
// plan_difference(). The plan points into the index.
std::optional<std::vector<PlannedMember>> own_members(const LayerIndex& layer);

// The members of the layer that makes `upper` out of `lower`, as compress writes it.
std::vector<PlannedMember> plan_difference(const Operation& operation, const Tree& lower,
                                           const Tree& upper);

enum class Packing : std::uint8_t { spliced, canonical };

// `plan` as a layer in place of `old`: compressed as the bytes of that are, in the family of
// `image`. With Packing::canonical its bytes are a function of the archive alone.
ImageLayer write_in_place_of(const Operation& operation, const Image& image, const ImageLayer& old,
                             std::span<const PlannedMember> plan,
                             Packing packing = Packing::spliced);

}  // namespace imgops
