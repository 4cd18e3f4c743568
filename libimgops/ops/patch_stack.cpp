// Patch layers of earlier runs are known by the base: those uppermost in it, by the comments of its
// history. An image built before such a layer came has it elsewhere, right above the base or on
// top, and still stands on that base.
#include "libimgops/ops/patch_stack.hpp"

#include "libimgops/image/configuration_merge.hpp"
#include "libimgops/image/image_edit.hpp"
#include "libimgops/image/layer_edit.hpp"
#include "libimgops/image/replace_base.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace imgops {
namespace {

constexpr std::string_view comment_of_resolution = "imgops patch --merge";

// Where the history entry of a layer right above the base goes: behind those of the base.
std::size_t line_above(const Image& image, const Image& base, std::size_t layer_count) {
  const auto steps = pair_history(image.history(), image.layers().size()).steps;
  const auto of_base = pair_history(base.history(), base.layers().size()).steps;
  std::size_t line = 0;
  for (std::size_t at = 0; at < steps.size(); ++at) {
    if (steps[at].layer && *steps[at].layer < layer_count) line = at + 1;
  }
  // The base's last steps may have no layer.
  const auto is_shared = [&](std::size_t at) {
    if (at >= steps.size() || at >= of_base.size() || steps[at].layer) return false;
    if (!steps[at].entry || !of_base[at].entry) return false;
    return image.history()[*steps[at].entry].json == base.history()[*of_base[at].entry].json;
  };
  while (is_shared(line)) ++line;
  return line;
}

Image without_layers(Image image, const std::vector<std::size_t>& positions) {
  for (auto at = positions.rbegin(); at != positions.rend(); ++at) image = remove_layer(image, *at);
  return image;
}

// On another base that has history and settings of its own; what both changed of the settings stays
// the image's.
Image exchange_base(const Image& image, const BasePatch& patch, const OwnLayers& own) {
  std::vector<std::size_t> uppermost;
  for (std::size_t at = patch.bare_layer_count(); at < patch.old_image.layers().size(); ++at) {
    uppermost.push_back(at);
  }
  const Image bare_base = without_layers(patch.old_image, uppermost);
  const Image moved = replace_base(without_layers(image, own.formers), patch.bare_layer_count(),
                                   patch.new_image, &bare_base);
  return with_config(
      moved, merge_settings(patch.old_image, image, patch.new_image, MergePolicy::ours).config);
}

// Each layer of the base where the image has it.
Image exchange_in_place(const Image& image, const BasePatch& patch, const OwnLayers& own) {
  std::vector<ImageLayer> layers(image.layers().begin(), image.layers().end());
  const auto exchanged = patch.new_image.layers();
  const std::size_t bare = patch.bare_layer_count();
  std::copy_n(exchanged.begin(), bare, layers.begin());
  for (std::size_t number = 0; number < own.formers.size(); ++number) {
    layers[own.formers[number]] = exchanged[bare + number];
  }
  const std::size_t count = own.formers.empty() ? bare : own.formers.back() + 1;
  return exchange_lowest_layers(image, std::span(layers).first(count));
}

}  // namespace

bool has_patch_resolution(const Image& image) {
  const PairedHistory paired = pair_history(image.history(), image.layers().size());
  return std::ranges::any_of(paired.steps, [&](const HistoryStep& step) {
    return step.layer == image.layers().size() - 1 && step.entry &&
           image.history()[*step.entry].comment == comment_of_resolution;
  });
}

HistoryEntry resolution_history_entry(const PatchOptions& options) {
  return HistoryEntry::make(options.created, "MERGE of " + options.message,
                            std::string(comment_of_resolution), false);
}

std::optional<OwnLayers> own_layers(const Image& image, const BasePatch& patch) {
  const std::size_t bare = patch.bare_layer_count();
  const auto layers = image.layers();
  if (layers.size() < bare || shared_layer_count(image, patch.old_image) < bare) {
    return std::nullopt;
  }
  OwnLayers own;
  std::size_t sought = 0;  // formers keep their order in every image
  for (std::size_t at = bare; at < layers.size(); ++at) {
    if (sought < patch.formers.size() && layers[at].diff_id == patch.formers[sought].diff_id) {
      own.formers.push_back(at);
      ++sought;
      continue;
    }
    own.layers.push_back(layers[at]);
    own.positions.push_back(at);
  }
  own.has_formers = sought == patch.formers.size();
  if (patch.keeps_formers() && !own.has_formers) return std::nullopt;
  const bool is_own_uppermost = !own.positions.empty() && own.positions.back() == layers.size() - 1;
  if (is_own_uppermost && has_patch_resolution(image)) {
    own.resolution = own.layers.back();
    own.layers.pop_back();
    own.positions.pop_back();
  }
  return own;
}

LayersAbove layers_above(const Operation& operation, const BasePatch& patch, const OwnLayers& own) {
  LayersAbove above;
  above.layers = operation.layers.open(own.layers, operation.workers, operation.observer,
                                       operation.stop, patch.bare_layer_count());
  above.positions = own.positions;
  if (!patch.keeps_formers()) return above;
  for (std::size_t number = 0; number < own.formers.size(); ++number) {
    const auto place = std::ranges::lower_bound(above.positions, own.formers[number]);
    above.layers.insert(above.layers.begin() + (place - above.positions.begin()),
                        patch.planned_formers[number]);
    above.positions.insert(place, own.formers[number]);
  }
  return above;
}

const Tree& tree_below(const BasePatch& patch) {
  if (patch.place == PatchPlace::on_top) return patch.bare_view;
  return patch.keeps_formers() && !patch.formers.empty() ? patch.bare_new_view : patch.new_view;
}

Image place_patch(const Image& image, const BasePatch& patch, const OwnLayers& own,
                  const HistoryEntry& entry) {
  if (patch.is_exchange) return exchange_base(image, patch, own);
  if (patch.place == PatchPlace::in_place) return exchange_in_place(image, patch, own);
  if (!patch.layer) return image;
  const std::size_t bare = patch.bare_layer_count();
  const bool is_above = patch.place == PatchPlace::above_base;
  // A resolution that stays lies above the patch that it resolves.
  const std::size_t top = image.layers().size() - (own.resolution ? 1 : 0);
  const std::size_t place = is_above ? bare : top - 1;
  if (own.formers.size() == 1 && own.formers.front() == place) {
    if (image.layers()[place].diff_id == patch.layer->diff_id) return image;
    return replace_layers(image, {place, place + 1}, &*patch.layer, entry, HistoryMode::one);
  }
  const Image bare_image = without_layers(image, own.formers);
  if (is_above) {
    return insert_layer(bare_image, bare, *patch.layer,
                        line_above(bare_image, patch.old_image, bare), entry);
  }
  if (!own.resolution) return append_layer(bare_image, *patch.layer, entry);
  const std::size_t below = bare_image.layers().size() - 1;
  return insert_layer(bare_image, below, *patch.layer, line_above(bare_image, bare_image, below),
                      entry);
}

}  // namespace imgops
