#include "libimgops/ops/patch_fleet.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/lineage/base_match.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <numeric>
#include <utility>

namespace imgops {
namespace {

std::optional<std::size_t> patch_of(const Image& image, std::span<const BasePatch> patches) {
  std::optional<std::size_t> found;
  for (std::size_t number = 0; number < patches.size(); ++number) {
    if (!own_layers(image, patches[number])) continue;
    if (patches[number].old_image.platform() == image.platform()) return number;
    if (!found) found = number;
  }
  return found;
}

// The layers of an image but for those of earlier patches, which lie at other places in every
// image.
std::vector<DiffId> lasting_layers(const Image& image, const BasePatch& patch) {
  std::vector<DiffId> layers = image.diff_ids();
  const std::optional<OwnLayers> own = own_layers(image, patch);
  if (!own) return layers;
  for (auto at = own->formers.rbegin(); at != own->formers.rend(); ++at) {
    layers.erase(layers.begin() + static_cast<std::ptrdiff_t>(*at));
  }
  return layers;
}

// The images a base annotation may mean, by their layers before the patch.
class NestedBases {
 public:
  void add(std::vector<DiffId> before, std::string name, const Image& after) {
    by_layers_.try_emplace(std::move(before), NamedImage{std::move(name), after});
  }

  // The longest one that an image with these layers stands on.
  const NamedImage* find(std::vector<DiffId> layers) const {
    while (!layers.empty()) {
      layers.pop_back();
      const auto found = by_layers_.find(layers);
      if (found != by_layers_.end()) return &found->second;
    }
    return nullptr;
  }

 private:
  std::map<std::vector<DiffId>, NamedImage> by_layers_;
};

// From the bottom up, since the digest of a base is in the annotations of what stands on it. Images
// with the patch on top stand on what they stood on.
void state_bases(std::span<const FleetImage> images, std::span<const BasePatch> patches,
                 std::string_view base_name, std::vector<FleetResult>& results) {
  NestedBases bases;
  for (const BasePatch& patch : patches) {
    if (patch.place == PatchPlace::on_top) return;
    bases.add(lasting_layers(patch.old_image, patch), std::string(base_name), patch.new_image);
  }
  std::vector<std::size_t> order(images.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(
      order, {}, [&](std::size_t number) { return images[number].image.layers().size(); });
  for (const std::size_t number : order) {
    FleetResult& result = results[number];
    const Image& before = images[number].image;
    if (!result.patch || result.child.image.descriptor() == before.descriptor()) continue;
    std::vector<DiffId> layers = lasting_layers(before, patches[*result.patch]);
    const NamedImage* const base = bases.find(layers);
    if (!result.is_base && base != nullptr) {
      BaseMatch match;
      match.layer_count = base->image.layers().size();
      match.names = {base->name};
      match.image = base->image;
      result.child.image = state_base(result.child.image, &match);
    }
    bases.add(std::move(layers), images[number].name, result.child.image);
  }
}

}  // namespace

FleetPatcher::FleetPatcher(const Operation& operation, std::span<const BasePatch> patches,
                           const ChildOptions& options)
    : operation_(operation), patches_(patches) {
  for (const BasePatch& patch : patches) {
    patchers_.push_back(std::make_unique<ChildPatcher>(operation, patch, options));
  }
}

std::vector<FleetResult> FleetPatcher::judge(std::span<const FleetImage> images) {
  return run(images, Work::judge);
}

std::vector<FleetResult> FleetPatcher::patch(std::span<const FleetImage> images,
                                             std::string_view base_name) {
  std::vector<FleetResult> results = run(images, Work::patch);
  state_bases(images, patches_, base_name, results);
  return results;
}

std::vector<FleetResult> FleetPatcher::run(std::span<const FleetImage> images, Work work) {
  std::vector<std::optional<FleetResult>> found(images.size());
  operation_.workers.for_each_index(
      images.size(),
      [&](std::size_t number) {
        const Image& image = images[number].image;
        FleetResult result{patch_of(image, patches_), false, {PatchStatus::unchanged, image}};
        if (result.patch) {
          ChildPatcher& patcher = *patchers_[*result.patch];
          result.is_base = own_layers(image, patches_[*result.patch])->layers.empty();
          result.child = with_context(printable(images[number].name), [&] {
            return work == Work::judge ? patcher.judge(image) : patcher.patch(image);
          });
        }
        found[number] = std::move(result);
      },
      operation_.stop);
  std::vector<FleetResult> results;
  for (auto& result : found) results.push_back(std::move(*result));
  return results;
}

}  // namespace imgops
