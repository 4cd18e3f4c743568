#include "libimgops/ops/patch_child.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/image/image_edit.hpp"
#include "libimgops/image/layer_edit.hpp"
#include "libimgops/ops/merge_drivers.hpp"
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
    case HidingReason::linked:
      return {hidden.path, ConflictKind::deleted_changed, hidden.layer,
              "the patch removes it, and the image's /" + printable(hidden.link) +
                  " is a hard link to it",
              true};
    case HidingReason::copied:
    case HidingReason::rewritten:
    case HidingReason::restored:
      break;
  }
  return {hidden.path, ConflictKind::content, hidden.layer,
          "the image has its own, which the patch would override"};
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

ChildPatcher::ChildPatcher(const Operation& operation, const BasePatch& patch,
                           const ChildOptions& options)
    : operation_(operation), patch_(patch), options_(options) {
  usual_.policy = MergePolicy::ours;
  usual_.drivers = standard_merge_drivers({{}, MergePolicy::ours});
  ChangeSet hideable = patch.fix;
  if (patch.place == PatchPlace::on_top) {
    top_changes_ = with_parents(patch);
    top_judge_ = std::make_unique<ShadowJudge>(patch.bare_view, patch.new_view, top_changes_,
                                               operation.layers);
    std::erase_if(hideable, [&](const Change& change) {
      return std::ranges::binary_search(patch.changes, change.path(), PathLess(), &Change::path);
    });
  }
  judge_ =
      std::make_unique<ShadowJudge>(patch.bare_view, tree_below(patch), hideable, operation.layers);
}

// Nothing is to be done in the base, and the patch layer is where it belongs.
bool ChildPatcher::is_there_already(const Image& image, const OwnLayers& own) const {
  if (patch_.is_needed || patch_.place != PatchPlace::on_top || !own.has_formers) return false;
  const std::size_t top = image.layers().size() - (own.resolution ? 1 : 0);
  return own.formers.size() == 1 && own.formers.front() + 1 == top;
}

// Paths of the image's own that the patch layer overrides.
void ChildPatcher::judge_on_top(const OwnLayers& own, Judgement& judgement) const {
  const LayersAbove above = layers_above(operation_, patch_, own);
  for (HiddenPath& path : top_judge_->overridden_below(above.layers)) {
    judgement.overridden.push_back(path.path);
    if (path.reason == HidingReason::copied || options_.overrides) continue;
    path.layer = above.positions[path.layer];
    judgement.conflicts.push_back(conflict_of(path));
  }
}

void ChildPatcher::add_hidden(std::vector<HiddenPath> found, const LayersAbove& above,
                              Judgement& judgement) {
  for (HiddenPath& path : found) {
    path.layer = above.positions[path.layer];
    if (path.reason == HidingReason::replaced || path.reason == HidingReason::linked) {
      judgement.conflicts.push_back(conflict_of(path));
    } else {
      judgement.shadowed.push_back(std::move(path));
    }
  }
}

ChildPatcher::Judgement ChildPatcher::judge(const Image& image, const OwnLayers& own) const {
  Judgement judgement;
  const bool is_on_top = patch_.place == PatchPlace::on_top;
  if (is_on_top && !is_there_already(image, own)) judge_on_top(own, judgement);
  LayersAbove above = layers_above(operation_, patch_, own);
  const auto add_resolution = [&](LayersAbove& layers) {
    layers.layers.push_back(operation_.layers
                                .open(std::span(&*own.resolution, 1), operation_.workers,
                                      operation_.observer, operation_.stop,
                                      image.layers().size() - 1)
                                .front());
    layers.positions.push_back(image.layers().size() - 1);
  };
  if (own.resolution) add_resolution(above);
  add_hidden(judge_->hidden_above(above.layers), above, judgement);
  if (is_on_top && own.resolution) {
    LayersAbove uppermost;
    add_resolution(uppermost);
    add_hidden(top_judge_->hidden_above(uppermost.layers), uppermost, judgement);
  }
  const bool is_hindered = !judgement.shadowed.empty() || !judgement.conflicts.empty();
  if (options_.merge != nullptr && (is_hindered || own.resolution)) {
    merge(image, own, judgement);
  } else if (!judgement.shadowed.empty() && (own.resolution || !patch_.is_needed)) {
    leave_out_settled(own, judgement);
  }
  return judgement;
}

// A resolution of an earlier patch is made anew, so that patching again adds none.
void ChildPatcher::merge(const Image& image, const OwnLayers& own, Judgement& judgement) const {
  if (std::ranges::any_of(judgement.conflicts, &PatchConflict::is_lasting)) return;
  std::vector<std::string> paths;
  for (const HiddenPath& path : judgement.shadowed) paths.push_back(path.path);
  for (const PatchConflict& path : judgement.conflicts) paths.push_back(path.path);
  const PatchMerge merged = merge_patch(operation_, patch_, own, paths, *options_.merge);
  judgement.clashes = merged.clashes;
  judgement.problems = problems_of(operation_, patch_, image, merged);
  judgement.resolution = write_resolution(operation_, patch_, own, image.family(), merged);
  judgement.replaces_resolution = own.resolution.has_value();
  const auto settle = [&](const auto& path) {
    if (!merged.effective.contains(path.path)) return false;
    judgement.merged.push_back(path.path);
    return true;
  };
  std::erase_if(judgement.shadowed, settle);
  std::erase_if(judgement.conflicts, settle);
  std::ranges::sort(judgement.merged, PathLess());
}

// A database, say, that an earlier run merged hides that of the base and has all of the patch.
void ChildPatcher::leave_out_settled(const OwnLayers& own, Judgement& judgement) const {
  std::vector<std::string> paths;
  for (const HiddenPath& path : judgement.shadowed) paths.push_back(path.path);
  const PatchMerge merged = merge_patch(operation_, patch_, own, paths, usual_);
  const std::set<std::string> shown = shown_already(operation_, merged);
  std::erase_if(judgement.shadowed,
                [&](const HiddenPath& path) { return shown.contains(path.path); });
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

// A resolution of an earlier patch, the uppermost layer, goes before the patch is placed.
Image ChildPatcher::resolved(const Image& image, const OwnLayers& own,
                             const Judgement& judgement) const {
  if (is_there_already(image, own) && !judgement.replaces_resolution && !judgement.resolution) {
    return image;
  }
  const HistoryEntry entry = patch_history_entry(options_.patch);
  if (!judgement.replaces_resolution) {
    const Image placed = place_patch(image, patch_, own, entry);
    return judgement.resolution ? with_resolution(placed, *judgement.resolution) : placed;
  }
  OwnLayers staying = own;
  staying.resolution.reset();
  const Image below = remove_layer(image, image.layers().size() - 1);
  const Image placed = place_patch(below, patch_, staying, entry);
  if (!judgement.resolution) return placed;
  const bool is_the_same = judgement.resolution->layer.diff_id == own.resolution->diff_id;
  if (is_the_same && placed.descriptor() == below.descriptor()) return image;
  return with_resolution(placed, *judgement.resolution);
}

Image ChildPatcher::with_resolution(const Image& image, const WrittenLayer& resolution) const {
  return append_layer(image, resolution.layer, resolution_history_entry(options_.patch));
}

PatchedChild ChildPatcher::judge(const Image& image) {
  PatchedChild child{PatchStatus::unchanged, image};
  const std::optional<OwnLayers> own = own_layers(image, patch_);
  if (!own) return child;
  const auto judgement = judgement_of(image, *own);
  child.shadowed = judgement->shadowed;
  child.conflicts = judgement->conflicts;
  child.overridden = judgement->overridden;
  child.merged = judgement->merged;
  child.clashes = judgement->clashes;
  child.problems = judgement->problems;
  if (judgement->resolution) {
    child.resolution = {judgement->resolution->layer.descriptor.size_bytes(),
                        judgement->resolution->archive_bytes};
  }
  child.status = PatchStatus::patched;
  if (!child.shadowed.empty()) child.status = PatchStatus::shadowed;
  const bool is_refused = !child.problems.empty() && !options_.forces;
  if (!child.conflicts.empty() || is_refused) child.status = PatchStatus::conflict;
  return child;
}

PatchedChild ChildPatcher::patch(const Image& image) {
  PatchedChild child = judge(image);
  if (child.status != PatchStatus::patched && child.status != PatchStatus::shadowed) return child;
  const OwnLayers own = *own_layers(image, patch_);
  child.image = resolved(image, own, *judgement_of(image, own));
  if (!(child.image.descriptor() == image.descriptor())) return child;
  child.merged.clear();
  child.resolution.reset();
  if (child.shadowed.empty()) child.status = PatchStatus::unchanged;
  return child;
}

}  // namespace imgops
