// The patch is a comparison of two views of the base. In place it is spread over the layers that
// provide its paths; otherwise it is planned as one layer above the base without its former patch
// layers, so that patching again never adds one.
#include "libimgops/ops/patch_base.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/path.hpp"
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
#include "libimgops/tree/union.hpp"

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

Image write_in_place(const Operation& operation, BasePatch& patch, const PatchOptions& options) {
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
      patch.archive_bytes.push_back(layers[number]->archive_bytes);
      continue;
    }
    const WrittenLayer layer = write_spliced_layer(
        operation.blobs, splices[number], operation.layers, operation.workers, operation.observer,
        encoder_for(operation, old, options), base.family(), operation.stop);
    written.push_back(layer.layer);
    patch.archive_bytes.push_back(layer.archive_bytes);
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

Change* find_change(ChangeSet& changes, std::string_view path) {
  const auto found = std::ranges::lower_bound(changes, path, PathLess(), &Change::path);
  return found == changes.end() || found->path() != path ? nullptr : &*found;
}

// The changes, and the files that the sources laid over what was the same already.
ChangeSet with_wanted_again(const BasePatch& patch) {
  ChangeSet fix = patch.changes;
  ChangeSet again;
  for (const Node& node : patch.new_view.nodes()) {
    if (node.inode()->type() == FileType::directory) continue;
    const Node* const old = patch.old_view.find(node.path());
    if (old == nullptr || old->inode() == node.inode()) continue;
    if (find_change(fix, node.path()) == nullptr) again.push_back({nullptr, &node, {}});
  }
  fix.insert(fix.end(), again.begin(), again.end());
  std::ranges::sort(fix, PathLess(), &Change::path);
  return fix;
}

// The base with the patch layers uppermost in it, as a patch in place has it.
BasePatch compare_base(const Operation& operation, const Image& base, Tree old_view, Tree new_view,
                       const PatchOptions& options) {
  const std::size_t count = base.layers().size();
  if (count == 0) throw Error(ErrorKind::conflict, "the base has no layers");
  BasePatch patch{options.place,
                  base,
                  base,
                  {},
                  {},
                  old_view,
                  std::move(old_view),
                  std::move(new_view),
                  {},
                  {},
                  {},
                  {},
                  {},
                  {},
                  {}};
  patch.changes = compare_views(operation, patch.bare_view, patch.new_view);
  patch.is_needed = !patch.changes.empty();
  std::size_t bare = count;
  while (bare > 1 && is_patch_layer(base, bare - 1)) --bare;
  patch.formers.assign(base.layers().begin() + static_cast<std::ptrdiff_t>(bare),
                       base.layers().end());
  return patch;
}

// The former layers go: what they did is a part of the patch.
void count_from_bare(const Operation& operation, BasePatch& patch) {
  if (patch.formers.empty()) return;
  if (patch.formers.size() == 1) patch.layer = patch.formers.front();
  patch.is_needed = patch.is_needed || patch.formers.size() > 1;
  patch.bare_view = view(operation, patch.old_image, patch.bare_layer_count());
  patch.changes = compare_views(operation, patch.bare_view, patch.new_view);
}

// Images have the former layers above layers of their own, perhaps, and are judged by what the
// patch makes of each.
void plan_formers(const Operation& operation, BasePatch& patch) {
  std::vector<std::shared_ptr<const LayerIndex>> layers = operation.layers.open(
      patch.old_image.layers(), operation.workers, operation.observer, operation.stop);
  if (patch.is_needed) {
    const std::vector<LayerSplice> splices =
        plan_in_place(layers, patch.bare_view, patch.new_view, patch.changes, operation.layers);
    for (std::size_t number = 0; number < layers.size(); ++number) {
      if (!splices[number].is_empty()) layers[number] = spliced_entries(splices[number]);
    }
  }
  const auto bare = static_cast<std::ptrdiff_t>(patch.bare_layer_count());
  SilentObserver silent;
  patch.bare_new_view =
      apply_layers(Tree(), std::span(layers).first(patch.bare_layer_count()), 0, silent);
  patch.planned_formers.assign(layers.begin() + bare, layers.end());
}

// One earlier patch, the newest first: what it removed, and what it changed of the fix.
void join_step(BasePatch& patch, const ChangeSet& step, bool takes_all) {
  ChangeSet joining;
  for (const Change& change : step) {
    const Node* const now = patch.new_view.find(change.path());
    if (Change* const known = find_change(patch.fix, change.path())) {
      if (known->before == nullptr && known->after != nullptr && change.before != nullptr) {
        known->before = change.before;
        known->differences = change.differences;
      }
    } else if (now == nullptr ? change.before != nullptr : takes_all) {
      joining.push_back({change.before, now, change.differences});
    }
  }
  patch.fix.insert(patch.fix.end(), joining.begin(), joining.end());
  std::ranges::sort(patch.fix, PathLess(), &Change::path);
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

bool is_patch_layer(const Image& image, std::size_t layer) {
  const PairedHistory paired = pair_history(image.history(), image.layers().size());
  return std::ranges::any_of(paired.steps, [&](const HistoryStep& step) {
    if (step.layer != layer || !step.entry) return false;
    const std::string& comment = image.history()[*step.entry].comment;
    return comment == comment_of(PatchPlace::above_base) ||
           comment == comment_of(PatchPlace::on_top);
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
  BasePatch patch =
      compare_base(operation, base, std::move(old_view), std::move(new_view), options);
  patch.fix = with_wanted_again(patch);
  if (patch.keeps_formers()) {
    if (!patch.formers.empty()) plan_formers(operation, patch);
  } else {
    count_from_bare(operation, patch);
    patch.fix = with_wanted_again(patch);
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
      compare_base(operation, base, view(operation, base), view(operation, patched), options);
  if (options.place == PatchPlace::in_place) {
    patch.new_image = patched;
    patch.is_exchange = true;
  }
  count_from_bare(operation, patch);
  patch.fix = patch.changes;
  return patch;
}

void add_earlier(const Operation& operation, BasePatch& patch, std::vector<Tree> earlier) {
  patch.earlier = std::move(earlier);
  if (patch.is_needed) return;
  const bool takes_all = patch.fix.empty();
  const Tree* after = &patch.old_view;
  for (const Tree& before : patch.earlier) {
    const ChangeSet step = compare_views(operation, before, *after);
    const bool concerns = takes_all || std::ranges::any_of(step, [&](const Change& change) {
                            return find_change(patch.fix, change.path()) != nullptr;
                          });
    if (concerns) join_step(patch, step, takes_all);
    if (takes_all) return;
    after = &before;
  }
}

void write_patch(const Operation& operation, BasePatch& patch, const PatchOptions& options) {
  if (!patch.is_needed || patch.is_exchange) return;
  patch.new_image = options.place == PatchPlace::in_place
                        ? write_in_place(operation, patch, options)
                        : write_layer_above(operation, patch, options);
  store_image(operation.blobs, patch.new_image);
}

}  // namespace imgops
