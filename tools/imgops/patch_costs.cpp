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

bool has_layer(const Image& image, const ImageLayer& layer) {
  return std::ranges::find(image.layers(), layer.diff_id, &ImageLayer::diff_id) !=
         image.layers().end();
}

// The layers of the new base as they were written, or of the image in its place.
std::vector<CostLayer> written_base(const BasePatch& patch, const Operation& operation) {
  const auto layers = patch.new_image.layers();
  const std::vector<LayerSize> sizes =
      patch.is_exchange ? sizes_of(layers, operation) : std::vector<LayerSize>();
  std::vector<CostLayer> base;
  for (std::size_t number = 0; number < layers.size(); ++number) {
    // A dry run has forgotten what it wrote.
    const std::uint64_t unpacked =
        patch.is_exchange ? sizes[number].unpacked_bytes : patch.archive_bytes[number];
    base.push_back({{layers[number].descriptor.size_bytes(), unpacked},
                    !has_layer(patch.old_image, layers[number])});
  }
  return base;
}

// What they would be, guessed.
std::vector<CostLayer> guessed_base(const BasePatch& patch, const CostSubject& subject,
                                    const LayerSize& layer) {
  std::vector<CostLayer> base;
  for (std::size_t number = 0; number < subject.base_layer_count; ++number) {
    base.push_back({subject.layers[number], false});
  }
  for (const Change& change : patch.changes) {
    const bool is_provided = change.before != nullptr && change.before->entry() != nullptr;
    base[is_provided ? change.before->layer_number() : base.size() - 1].is_new = true;
  }
  for (CostLayer& changed : base) {
    if (!changed.is_new) continue;
    changed.size.stored_bytes += layer.stored_bytes;
    changed.size.unpacked_bytes += layer.unpacked_bytes;
  }
  return base;
}

void add_base(const BasePatch& patch, const OwnLayers& own, const CostSubject& subject,
              CostOfPlaces& places, const Operation& operation) {
  if (patch.place != PatchPlace::in_place) {
    places.base = guessed_base(patch, subject, places.layer);
    return;
  }
  places.base = written_base(patch, operation);
  const bool is_above_own = patch.keeps_formers() && !own.formers.empty() &&
                            own.formers.front() != patch.bare_layer_count();
  if (!is_above_own) return;
  const auto upper = places.base.begin() + static_cast<std::ptrdiff_t>(patch.bare_layer_count());
  places.upper.assign(upper, places.base.end());
  places.base.erase(upper, places.base.end());
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
           !(row.result.child.image.descriptor() == row.before.descriptor());
  });
  return found == run.rows.end() ? nullptr : &*found;
}

// Where the base has it already an image gets a resolution, and that wherever the patch is.
std::vector<NodeCost> costs_of_resolution(const BasePatch& patch, const CostSubject& subject,
                                          const CostOfPlaces& places) {
  CostOfPlaces as_it_is{{}, {}, {}, places.resolution};
  for (std::size_t number = 0; number < subject.base_layer_count; ++number) {
    as_it_is.base.push_back({subject.layers[number], false});
  }
  std::vector<NodeCost> costs = node_costs(subject, as_it_is);
  std::erase_if(costs, [](const NodeCost& cost) { return cost.place != PatchPlace::in_place; });
  for (NodeCost& cost : costs) cost.place = patch.place;
  return costs;
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
  const auto changed = std::ranges::find_if(run.patches, &BasePatch::changed);
  if (row == nullptr && changed == run.patches.end()) return costs;
  const BasePatch& patch = row == nullptr ? *changed : run.patches[*row->result.patch];
  const Operation operation = writer.operation();
  const Image& before = row == nullptr ? patch.old_image : row->before;
  const Image& after = row == nullptr ? patch.new_image : row->result.child.image;
  const OwnLayers own = *own_layers(before, patch);
  std::vector<ImageLayer> lasting(
      before.layers().begin(),
      before.layers().begin() + static_cast<std::ptrdiff_t>(patch.bare_layer_count()));
  lasting.insert(lasting.end(), own.layers.begin(), own.layers.end());
  CostSubject subject;
  subject.layers = sizes_of(lasting, operation);
  subject.base_layer_count = patch.bare_layer_count();
  subject.document_bytes = after.configuration_descriptor().size_bytes();
  CostOfPlaces places;
  if (row != nullptr) places.resolution = row->result.child.resolution;
  costs.name = row == nullptr ? run.target.revision.text : row->name;
  const bool has_patch =
      patch.place == PatchPlace::in_place || (patch.layer && has_layer(before, *patch.layer));
  if (!patch.changed() && has_patch) {
    costs.nodes = costs_of_resolution(patch, subject, places);
    return costs;
  }
  places.layer = size_of_patch_layer(patch, operation);
  add_base(patch, own, subject, places, operation);
  costs.is_estimated = patch.place != PatchPlace::in_place;
  costs.nodes = node_costs(subject, places);
  return costs;
}

}  // namespace imgops::cli
