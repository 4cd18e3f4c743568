// The union of a stack: layers applied one after the other, each first alone, then merged onto the
// view below as the kernel's overlay merges directories. Source: semantics §2, rows U, P, L.
#pragma once

#include "libimgops/base/observer.hpp"
#include "libimgops/layer/layer_entry.hpp"
#include "libimgops/tree/tree.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <stop_token>

namespace imgops {

// `lower` with `layers` on top, bottom first. The first of them has position `first_number` in the
// image's stack, which is for messages and Node::layer_number; it is the bottom layer when `lower`
// is of no layers. Diagnostics of the layers and of their merging go to `observer` with layer_index
// and layer (DiffId) filled in. Throws Error(corrupt) with a diagnostic for what is rejected (L06,
// L08, L19, P14, P17, P18, U18, U23 …). Linear in entries and nodes.
Tree apply_layers(const Tree& lower, std::span<const std::shared_ptr<const LayerIndex>> layers,
                  std::size_t first_number, Observer& observer);

}  // namespace imgops
