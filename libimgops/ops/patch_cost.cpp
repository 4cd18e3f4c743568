// A runtime names an unpacked layer by its whole chain, so whatever lies above a change is unpacked
// again, everywhere. What differs is what must be fetched for that: who keeps the compressed blobs
// needs the changed ones alone, who does not needs all of them from the change upwards. The
// configuration is always new; manifests are not counted, as in the measurements.
#include "libimgops/ops/patch_cost.hpp"

#include <algorithm>
#include <utility>

namespace imgops {
namespace {

std::vector<CostLayer> patched_layers(const CostSubject& subject, const CostOfPlaces& places,
                                      PatchPlace place) {
  std::vector<CostLayer> layers;
  for (const LayerSize& size : subject.layers) layers.push_back({size, false});
  const auto above_base = layers.begin() + static_cast<std::ptrdiff_t>(subject.base_layer_count);
  const CostLayer patch{places.layer, true};
  switch (place) {
    case PatchPlace::on_top:
      layers.push_back(patch);
      break;
    case PatchPlace::above_base:
      layers.insert(above_base, patch);
      break;
    case PatchPlace::in_place:
      layers.erase(layers.begin(), above_base);
      layers.insert(layers.begin(), places.base.begin(), places.base.end());
      layers.insert(layers.end(), places.upper.begin(), places.upper.end());
      break;
  }
  if (places.resolution) layers.push_back({*places.resolution, true});
  return layers;
}

NodeCost cost_of(const CostSubject& subject, const CostOfPlaces& places, PatchPlace place,
                 NodeKind node) {
  const std::vector<CostLayer> layers = patched_layers(subject, places, place);
  NodeCost cost{place, node, subject.document_bytes, 1, 0};
  bool has_changed = false;
  for (const CostLayer& layer : layers) {
    has_changed = has_changed || layer.is_new;
    if (has_changed) cost.unpacked_bytes += layer.size.unpacked_bytes;
    if (!layer.is_new && !(has_changed && node == NodeKind::by_chain)) continue;
    cost.fetched_bytes += layer.size.stored_bytes;
    ++cost.fetched_blobs;
  }
  return cost;
}

}  // namespace

std::string_view name(NodeKind kind) noexcept {
  return kind == NodeKind::keeps_blobs ? "containerd, podman" : "dockerd graph driver";
}

std::vector<NodeCost> node_costs(const CostSubject& subject, const CostOfPlaces& places) {
  std::vector<NodeCost> costs;
  for (const PatchPlace place :
       {PatchPlace::on_top, PatchPlace::above_base, PatchPlace::in_place}) {
    for (const NodeKind node : {NodeKind::keeps_blobs, NodeKind::by_chain}) {
      costs.push_back(cost_of(subject, places, place, node));
    }
  }
  return costs;
}

}  // namespace imgops
