// What a patch costs: a registry in new blobs, a node that has the old image in bytes to fetch and
// to unpack again. A model of three runtimes, held against measurements of them (real-parts §10).
#pragma once

#include "libimgops/image/image.hpp"
#include "libimgops/ops/patch_base.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace imgops {

enum class NodeKind : std::uint8_t {
  keeps_blobs,  // containerd, podman: a layer known by its digest is not fetched again
  by_chain      // dockerd's graph drivers: everything from the first change upwards is
};
std::string_view name(NodeKind kind) noexcept;  // "containerd, podman", "dockerd graph driver"

struct LayerSize {
  std::uint64_t stored_bytes = 0;
  std::uint64_t unpacked_bytes = 0;  // of the archive
};

// A child as a node sees it, before the patch, without what earlier patches put above the base.
struct CostSubject {
  std::vector<LayerSize> layers;  // bottom first
  std::size_t base_layer_count = 0;
  std::uint64_t document_bytes = 0;  // of its configuration, which is fetched anew
};

struct CostLayer {
  LayerSize size;
  bool is_new = false;  // a node has no blob of it
};

// The patch as sizes: its layer, and what the base's layers are after a patch in place.
struct CostOfPlaces {
  LayerSize layer;
  std::vector<CostLayer> base;  // bottom first
  // Patch layers above the child's own that stay in place.
  std::vector<CostLayer> upper = {};
  std::optional<LayerSize> resolution = {};  // the child's new one, uppermost wherever the patch is
};

struct NodeCost {
  PatchPlace place = PatchPlace::in_place;
  NodeKind node = NodeKind::keeps_blobs;
  std::uint64_t fetched_bytes = 0;
  std::size_t fetched_blobs = 0;
  std::uint64_t unpacked_bytes = 0;  // layers that get another chain, and so are unpacked again
};

// Every place with every kind of node, places in the order on top, above the base, in place.
std::vector<NodeCost> node_costs(const CostSubject& subject, const CostOfPlaces& places);

}  // namespace imgops
