// Costs of all three places, whichever was chosen: the patch layer is measured by writing it to
// nowhere; layers written anew elsewhere are taken to grow by as much.
#include "libimgops/diff/layer_plan.hpp"
#include "libimgops/layer/layer_writer.hpp"
#include "libimgops/store/overlay_blobs.hpp"
#include "tools/imgops/patch_run.hpp"

#include <algorithm>
#include <set>

namespace imgops::cli {
namespace {

LayerSize size_of_patch_layer(const BasePatch& patch, const Operation& operation) {
  OverlayBlobs nowhere(operation.blobs);
  const std::vector<PlannedMember> plan = plan_layer(patch.new_view, patch.changes);
  const WrittenLayer written =
      write_layer(nowhere, plan, operation.layers, operation.workers, operation.observer,
                  operation.encoder, patch.old_image.family(), operation.stop);
  return {written.layer.descriptor.size_bytes(), written.archive_bytes};
}

std::vector<LayerSize> sizes_of(std::span<const ImageLayer> layers, const Operation& operation) {
  const auto indexes =
      operation.layers.open(layers, operation.workers, operation.observer, operation.stop);
  std::vector<LayerSize> sizes;
  for (std::size_t number = 0; number < layers.size(); ++number) {
    sizes.push_back({layers[number].descriptor.size_bytes(), indexes[number]->archive_bytes});
  }
  return sizes;
}

// The base layers that a patch in place writes anew: as they are now, or as they were made.
std::vector<std::pair<std::size_t, LayerSize>> rewritten_layers(const BasePatch& patch,
                                                                const std::vector<LayerSize>& sizes,
                                                                const LayerSize& layer) {
  std::vector<std::pair<std::size_t, LayerSize>> rewritten;
  const std::size_t last = patch.bare_layer_count() - 1;
  if (patch.place == PatchPlace::in_place) {
    const auto before = patch.old_image.layers();
    const auto after = patch.new_image.layers();
    for (std::size_t number = 0; number < std::min(before.size(), after.size()); ++number) {
      if (before[number].diff_id == after[number].diff_id || number >= sizes.size()) continue;
      rewritten.push_back(
          {number, {after[number].descriptor.size_bytes(), sizes[number].unpacked_bytes}});
    }
    return rewritten;
  }
  std::set<std::size_t> positions;
  for (const Change& change : patch.changes) {
    const bool is_provided = change.before != nullptr && change.before->entry != nullptr;
    positions.insert(is_provided ? change.before->layer_number : last);
  }
  for (const std::size_t position : positions) {
    rewritten.push_back({position,
                         {sizes[position].stored_bytes + layer.stored_bytes,
                          sizes[position].unpacked_bytes + layer.unpacked_bytes}});
  }
  return rewritten;
}

// What of an image is not in any image of before.
void add_new_blobs(const Image& image, std::set<Digest>& known, PatchCosts& costs) {
  const auto add = [&](const Descriptor& blob) {
    if (!known.insert(blob.digest()).second) return;
    costs.registry_bytes += blob.size_bytes();
    ++costs.registry_blobs;
  };
  for (const ImageLayer& layer : image.layers()) add(layer.descriptor);
  add(image.configuration_descriptor());
  add(image.descriptor());
}

void know_blobs(const Image& image, std::set<Digest>& known) {
  for (const ImageLayer& layer : image.layers()) known.insert(layer.descriptor.digest());
  known.insert(image.configuration_descriptor().digest());
  known.insert(image.descriptor().digest());
}

const PatchRow* costly_row(const PatchRun& run) {
  const auto found = std::ranges::find_if(run.rows, [](const PatchRow& row) {
    return row.result.patch && !row.result.is_base &&
           row.result.child.status != PatchStatus::unchanged;
  });
  return found == run.rows.end() ? nullptr : &*found;
}

}  // namespace

PatchCosts patch_costs(const PatchRun& run, ResultWriter& writer) {
  PatchCosts costs;
  std::set<Digest> known;
  for (const BasePatch& patch : run.patches) know_blobs(patch.old_image, known);
  for (const PatchRow& row : run.rows) know_blobs(row.before, known);
  for (const BasePatch& patch : run.patches) add_new_blobs(patch.new_image, known, costs);
  for (const PatchRow& row : run.rows) add_new_blobs(row.result.child.image, known, costs);

  const PatchRow* const row = costly_row(run);
  const BasePatch& patch = run.patches[row == nullptr ? 0 : *row->result.patch];
  if (patch.changes.empty()) return costs;
  const Operation operation = writer.operation();
  const Image& before = row == nullptr ? patch.old_image : row->before;
  CostSubject subject;
  subject.layers = sizes_of(before.layers(), operation);
  subject.base_layer_count = patch.bare_layer_count();
  subject.document_bytes = before.configuration_descriptor().size_bytes();
  CostOfPlaces places;
  places.layer = size_of_patch_layer(patch, operation);
  places.rewritten = rewritten_layers(patch, subject.layers, places.layer);
  costs.name = row == nullptr ? run.target.name : row->name;
  costs.is_estimated = patch.place != PatchPlace::in_place;
  costs.nodes = node_costs(subject, places);
  return costs;
}

}  // namespace imgops::cli
