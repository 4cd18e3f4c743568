// The patch is a comparison of two views of the base. In place it is spread over the layers that
// provide its paths; otherwise it is planned as one layer above the base without its former patch
// layer, so that patching again never adds one.
#include "libimgops/ops/patch_base.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/diff/compare.hpp"
#include "libimgops/diff/layer_plan.hpp"
#include "libimgops/image/image_edit.hpp"
#include "libimgops/image/layer_edit.hpp"
#include "libimgops/layer/layer_writer.hpp"
#include "libimgops/ops/lay_over.hpp"
#include "libimgops/ops/patch_in_place.hpp"
#include "libimgops/ops/patch_refusals.hpp"
#include "libimgops/ops/view.hpp"
#include "libimgops/store/image_store.hpp"

#include <algorithm>
#include <utility>

namespace imgops {
namespace {

std::string comment_of(PatchPlace place) {
  return "imgops patch --" + std::string(name(place));
}

EncoderOptions encoder_for(const Operation& operation, const ImageLayer& layer,
                           const PatchOptions& options) {
  EncoderOptions encoder = operation.encoder;
  const auto type = parse_media_type(layer.descriptor.media_type());
  if (!options.keeps_compression || !type || type->compression == encoder.compression) {
    return encoder;
  }
  return {type->compression, 0, encoder.splices};
}

Image write_in_place(const Operation& operation, const BasePatch& patch,
                     const PatchOptions& options) {
  const Image& base = patch.old_image;
  const auto layers =
      operation.layers.open(base.layers(), operation.workers, operation.observer, operation.stop);
  const std::vector<LayerSplice> splices =
      plan_in_place(layers, patch.bare_view, patch.new_view, patch.changes, operation.layers);
  std::vector<ImageLayer> written;
  for (std::size_t number = 0; number < splices.size(); ++number) {
    const ImageLayer& old = base.layers()[number];
    if (splices[number].is_empty()) {
      written.push_back(old);
      continue;
    }
    written.push_back(write_spliced_layer(operation.blobs, splices[number], operation.layers,
                                          operation.workers, operation.observer,
                                          encoder_for(operation, old, options), base.family(),
                                          operation.stop)
                          .layer);
  }
  return exchange_lowest_layers(base, written);
}

Image write_layer_above(const Operation& operation, BasePatch& patch, const PatchOptions& options) {
  const Image& base = patch.old_image;
  const std::vector<PlannedMember> plan = plan_layer(patch.new_view, patch.changes);
  patch.layer = write_layer(operation.blobs, plan, operation.layers, operation.workers,
                            operation.observer, operation.encoder, base.family(), operation.stop)
                    .layer;
  const std::size_t bare = patch.bare_layer_count();
  return replace_layers(base, {bare, base.layers().size()}, &*patch.layer,
                        patch_history_entry(options), HistoryMode::one);
}

ChangeSet compare_views(const Operation& operation, const Tree& before, const Tree& after) {
  // Files of this machine have no fingerprint, and another time does not tell that the bytes
  // differ: what is but a time is no change for those who judge what hides it.
  CompareOptions options;
  options.proof = ContentProof::always;
  return compare(before, after, operation.layers, options, operation.stop);
}

}  // namespace

std::string_view name(PatchPlace place) noexcept {
  switch (place) {
    case PatchPlace::in_place:
      return "in-place";
    case PatchPlace::above_base:
      return "above-base";
    case PatchPlace::on_top:
      break;
  }
  return "on-top";
}

bool is_patch_layer(const Image& image, std::size_t layer, PatchPlace place) {
  if (place == PatchPlace::in_place) return false;
  const PairedHistory paired = pair_history(image.history(), image.layers().size());
  return std::ranges::any_of(paired.steps, [&](const HistoryStep& step) {
    return step.layer == layer && step.entry &&
           image.history()[*step.entry].comment == comment_of(place);
  });
}

HistoryEntry patch_history_entry(const PatchOptions& options) {
  return HistoryEntry::make(options.created, options.message, comment_of(options.place), false);
}

Tree patched_view(const Operation& operation, const Image& base, const Tree& view,
                  std::span<const PatchSource> sources) {
  Tree upper = view;
  for (const PatchSource& source : sources) {
    for (const Diagnostic& diagnostic : source.files->diagnostics) {
      operation.observer.diagnose(diagnostic);
    }
    refuse_unsafe_patch(upper, *source.files, printable(source.name));
    upper = with_context(printable(source.name), [&] {
      return lay_over(upper, relocate(upper, *source.files), base.layers().size(),
                      operation.observer);
    });
  }
  report_runtime_paths(upper, operation.observer);
  return upper;
}

BasePatch plan_patch(const Operation& operation, const Image& base, Tree old_view, Tree new_view,
                     const PatchOptions& options) {
  const std::size_t count = base.layers().size();
  if (count == 0) throw Error(ErrorKind::conflict, "the base has no layers");
  BasePatch patch{options.place,       base, base, {}, {}, old_view, std::move(old_view),
                  std::move(new_view), {}};
  patch.changes = compare_views(operation, patch.bare_view, patch.new_view);
  patch.is_needed = !patch.changes.empty();
  if (count > 1 && is_patch_layer(base, count - 1, options.place)) {
    patch.former = base.layers().back();
    patch.layer = patch.former;
    patch.bare_view = view(operation, base, count - 1);
    patch.changes = compare_views(operation, patch.bare_view, patch.new_view);
  }
  return patch;
}

BasePatch plan_patch_to(const Operation& operation, const Image& base, const Image& patched,
                        const PatchOptions& options) {
  if (!(base.platform() == patched.platform())) {
    throw Error(ErrorKind::invalid_argument, "the patched image is for " +
                                                 patched.platform().to_string() +
                                                 ", the base for " + base.platform().to_string());
  }
  BasePatch patch =
      plan_patch(operation, base, view(operation, base), view(operation, patched), options);
  if (options.place != PatchPlace::in_place) return patch;
  patch.new_image = patched;
  patch.is_exchange = true;
  return patch;
}

void write_patch(const Operation& operation, BasePatch& patch, const PatchOptions& options) {
  if (!patch.is_needed || patch.is_exchange) return;
  patch.new_image = options.place == PatchPlace::in_place
                        ? write_in_place(operation, patch, options)
                        : write_layer_above(operation, patch, options);
  store_image(operation.blobs, patch.new_image);
}

}  // namespace imgops
