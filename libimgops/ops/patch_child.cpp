#include "libimgops/ops/patch_child.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/image/configuration_merge.hpp"
#include "libimgops/image/image_edit.hpp"
#include "libimgops/image/layer_edit.hpp"
#include "libimgops/image/replace_base.hpp"
#include "libimgops/ops/patch_merge.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace imgops {
namespace {

// On top the layer also says what the directories above its files are like.
ChangeSet with_parents(const BasePatch& patch) {
  std::set<std::string_view, PathLess> changed;
  std::set<std::string_view, PathLess> parents;
  for (const Change& change : patch.changes) changed.insert(change.path());
  for (const std::string_view path : changed) {
    for (std::string_view at = parent_path(path); !at.empty(); at = parent_path(at)) {
      if (!changed.contains(at)) parents.insert(at);
    }
  }
  ChangeSet all = patch.changes;
  for (const std::string_view path : parents) {
    Change stays{patch.bare_view.find(path), patch.new_view.find(path), {}};
    if (stays.before == nullptr || stays.after == nullptr) continue;
    stays.differences.mode = true;  // it is written, so it counts
    all.push_back(stays);
  }
  std::ranges::sort(all, PathLess(), &Change::path);
  return all;
}

PatchConflict conflict_of(const HiddenPath& hidden) {
  switch (hidden.reason) {
    case HidingReason::deleted:
      return {hidden.path, ConflictKind::deleted_changed, hidden.layer,
              "the image removes it, the patch would bring it back"};
    case HidingReason::replaced:
      return {hidden.path, ConflictKind::type, hidden.layer,
              "the image has another kind of file in its place"};
    case HidingReason::copied:
    case HidingReason::rewritten:
    case HidingReason::restored:
      break;
  }
  return {hidden.path, ConflictKind::content, hidden.layer,
          "the image has its own, which the patch would override"};
}

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

// The image on another base that has history and settings of its own; what both changed of the
// settings stays the image's.
Image exchange_base(const Image& image, const BasePatch& patch) {
  const Image& old_base = patch.old_image;
  const Image moved = replace_base(image, old_base.layers().size(), patch.new_image, &old_base);
  return with_config(moved,
                     merge_settings(old_base, image, patch.new_image, MergePolicy::ours).config);
}

}  // namespace

std::string_view name(PatchStatus status) noexcept {
  switch (status) {
    case PatchStatus::patched:
      return "patched";
    case PatchStatus::shadowed:
      return "shadowed";
    case PatchStatus::conflict:
      return "conflict";
    case PatchStatus::unchanged:
      break;
  }
  return "unchanged";
}

std::size_t OwnLayers::position(std::size_t number) const {
  const std::size_t at = first + number;
  return former && *former <= at ? at + 1 : at;
}

std::optional<OwnLayers> own_layers(const Image& image, const BasePatch& patch) {
  const std::size_t bare = patch.bare_layer_count();
  const auto layers = image.layers();
  if (layers.size() < bare) return std::nullopt;
  if (shared_layer_count(image, patch.old_image) < bare) return std::nullopt;
  OwnLayers own;
  own.first = bare;
  own.layers.assign(layers.begin() + static_cast<std::ptrdiff_t>(bare), layers.end());
  own.has_resolution = !own.layers.empty() && has_patch_resolution(image);
  if (!patch.former) return own;
  const auto former = std::ranges::find(own.layers, patch.former->diff_id, &ImageLayer::diff_id);
  if (former == own.layers.end()) return own;
  own.former = bare + static_cast<std::size_t>(former - own.layers.begin());
  own.layers.erase(former);
  return own;
}

ChildPatcher::ChildPatcher(const Operation& operation, const BasePatch& patch,
                           const ChildOptions& options)
    : operation_(operation), patch_(patch), options_(options) {
  judged_changes_ = patch.place == PatchPlace::on_top ? with_parents(patch) : patch.changes;
  judge_ = std::make_unique<ShadowJudge>(patch.bare_view, patch.new_view, judged_changes_,
                                         operation.layers);
}

ChildPatcher::Judgement ChildPatcher::judge(const Image& image, const OwnLayers& own) const {
  const auto layers = operation_.layers.open(own.layers, operation_.workers, operation_.observer,
                                             operation_.stop, own.first);
  Judgement judgement;
  if (patch_.place == PatchPlace::on_top) {
    for (const HiddenPath& path : judge_->overridden_below(layers)) {
      judgement.overridden.push_back(path.path);
      if (path.reason == HidingReason::copied || options_.overrides) continue;
      judgement.conflicts.push_back(conflict_of(path));
    }
  } else {
    for (HiddenPath& path : judge_->hidden_above(layers)) {
      if (path.reason == HidingReason::replaced) {
        judgement.conflicts.push_back(conflict_of(path));
      } else {
        judgement.shadowed.push_back(std::move(path));
      }
    }
  }
  const bool is_hindered = !judgement.shadowed.empty() || !judgement.conflicts.empty();
  if (options_.merge != nullptr && (is_hindered || own.has_resolution)) {
    merge(image, own, judgement);
  }
  return judgement;
}

// A resolution of an earlier patch is made anew, so that patching again adds none.
void ChildPatcher::merge(const Image& image, const OwnLayers& own, Judgement& judgement) const {
  std::vector<ImageLayer> staying = own.layers;
  if (own.has_resolution) staying.pop_back();
  const PatchMerge merged =
      merge_patch(operation_, patch_, image, own.former.has_value(), staying, *options_.merge);
  judgement.resolution = merged.layer;
  judgement.replaces_resolution = own.has_resolution;
  const auto settle = [&](const auto& path) {
    if (!merged.makes_effective(path.path)) return false;
    judgement.merged.push_back(path.path);
    return true;
  };
  std::erase_if(judgement.shadowed, settle);
  std::erase_if(judgement.conflicts, settle);
  std::ranges::sort(judgement.merged, PathLess());
}

std::shared_ptr<const ChildPatcher::Judgement> ChildPatcher::judgement_of(const Image& image,
                                                                          const OwnLayers& own) {
  std::vector<DiffId> key = image.diff_ids();
  {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(key);
    if (found != known_.end()) return found->second;
  }
  auto judgement = std::make_shared<const Judgement>(judge(image, own));
  const std::lock_guard lock(mutex_);
  return known_.emplace(std::move(key), std::move(judgement)).first->second;
}

Image ChildPatcher::place(const Image& image, const OwnLayers& own) const {
  if (patch_.is_exchange) return exchange_base(image, patch_);
  if (patch_.place == PatchPlace::in_place) {
    return exchange_lowest_layers(image, patch_.new_image.layers());
  }
  if (!patch_.layer) return image;
  const HistoryEntry entry = patch_history_entry(options_.patch);
  const std::size_t bare = patch_.bare_layer_count();
  const bool is_above = patch_.place == PatchPlace::above_base;
  const std::size_t place = is_above ? bare : image.layers().size() - 1;
  if (own.former && *own.former == place) {
    if (image.layers()[place].diff_id == patch_.layer->diff_id) return image;
    return replace_layers(image, {place, place + 1}, &*patch_.layer, entry, HistoryMode::one);
  }
  const Image bare_image = own.former ? remove_layer(image, *own.former) : image;
  if (!is_above) return append_layer(bare_image, *patch_.layer, entry);
  return insert_layer(bare_image, bare, *patch_.layer,
                      line_above(bare_image, patch_.old_image, bare), entry);
}

// A resolution of an earlier patch, the uppermost layer, goes before the patch is placed.
Image ChildPatcher::resolved(const Image& image, const OwnLayers& own,
                             const Judgement& judgement) const {
  OwnLayers staying = own;
  Image below = image;
  if (judgement.replaces_resolution) {
    staying.layers.pop_back();
    below = remove_layer(image, image.layers().size() - 1);
  }
  const Image placed = place(below, staying);
  if (!judgement.resolution) return placed;
  return append_layer(placed, *judgement.resolution, resolution_history_entry(options_.patch));
}

PatchedChild ChildPatcher::judge(const Image& image) {
  PatchedChild child{PatchStatus::unchanged, image};
  const std::optional<OwnLayers> own = own_layers(image, patch_);
  if (!own) return child;
  const auto judgement = judgement_of(image, *own);
  for (HiddenPath path : judgement->shadowed) {
    path.layer = own->position(path.layer);
    child.shadowed.push_back(std::move(path));
  }
  for (PatchConflict conflict : judgement->conflicts) {
    if (conflict.layer) conflict.layer = own->position(*conflict.layer);
    child.conflicts.push_back(std::move(conflict));
  }
  child.overridden = judgement->overridden;
  child.merged = judgement->merged;
  child.status = PatchStatus::patched;
  if (!child.shadowed.empty()) child.status = PatchStatus::shadowed;
  if (!child.conflicts.empty()) child.status = PatchStatus::conflict;
  return child;
}

PatchedChild ChildPatcher::patch(const Image& image) {
  PatchedChild child = judge(image);
  if (child.status != PatchStatus::patched && child.status != PatchStatus::shadowed) return child;
  const OwnLayers own = *own_layers(image, patch_);
  child.image = resolved(image, own, *judgement_of(image, own));
  const bool is_as_before = child.image.descriptor() == image.descriptor();
  if (is_as_before && child.shadowed.empty()) child.status = PatchStatus::unchanged;
  return child;
}

}  // namespace imgops
