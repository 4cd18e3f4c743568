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

// The base's layers after a patch in place: as they are, or guessed where they were not written.
std::vector<CostLayer> base_in_place(const BasePatch& patch, const std::vector<LayerSize>& old,
                                     const LayerSize& layer, const Operation& operation) {
  std::vector<CostLayer> base;
  if (patch.place == PatchPlace::in_place) {
    const auto layers = patch.new_image.layers();
    const std::size_t shared = shared_layer_count(patch.old_image, patch.new_image);
    // A dry run has forgotten what it wrote: a layer written anew unpacks as the old one does.
    const std::vector<LayerSize> sizes =
        patch.is_exchange ? sizes_of(layers, operation) : std::vector<LayerSize>();
    for (std::size_t number = 0; number < layers.size(); ++number) {
      const bool is_new = patch.is_exchange
                              ? number >= shared
                              : layers[number].diff_id != patch.old_image.layers()[number].diff_id;
      const std::uint64_t unpacked =
          patch.is_exchange ? sizes[number].unpacked_bytes : old[number].unpacked_bytes;
      base.push_back({{layers[number].descriptor.size_bytes(), unpacked}, is_new});
    }
    return base;
  }
  for (std::size_t number = 0; number < patch.bare_layer_count(); ++number) {
    base.push_back({old[number], false});
  }
  for (const Change& change : patch.changes) {
    const bool is_provided = change.before != nullptr && change.before->entry != nullptr;
    base[is_provided ? change.before->layer_number : base.size() - 1].is_new = true;
  }
  for (CostLayer& changed : base) {
    if (!changed.is_new) continue;
    changed.size.stored_bytes += layer.stored_bytes;
    changed.size.unpacked_bytes += layer.unpacked_bytes;
  }
  return base;
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
  places.base = base_in_place(patch, subject.layers, places.layer, operation);
  costs.name = row == nullptr ? run.target.name : row->name;
  costs.is_estimated = patch.place != PatchPlace::in_place;
  costs.nodes = node_costs(subject, places);
  return costs;
}

}  // namespace imgops::cli
