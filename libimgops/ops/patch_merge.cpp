#include "libimgops/ops/patch_merge.hpp"

#include "libimgops/base/path.hpp"
#include "libimgops/diff/layer_plan.hpp"
#include "libimgops/ops/view.hpp"
#include "libimgops/tree/union.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

namespace imgops {
namespace {

constexpr std::string_view resolution_comment = "imgops patch --merge";

using Layers = std::vector<std::shared_ptr<const LayerIndex>>;

// The patch layer as entries: its blob may be forgotten already, in a dry run.
std::shared_ptr<const LayerIndex> patch_entries(const BasePatch& patch) {
  auto index = std::make_shared<LayerIndex>(DiffId{digest_of({})});
  index->origin = Origin::memory;
  for (const PlannedMember& member : plan_layer(patch.new_view, patch.changes)) {
    LayerEntry entry;
    entry.kind = member.kind;
    entry.path = index->keep(member.path);
    entry.link_path = index->keep(member.link_path);
    if (member.inode != nullptr) entry.inode = *member.inode;
    index->entries.push_back(entry);
  }
  return index;
}

// What the image shows once it is patched and nothing else is done.
Tree shown_tree(const BasePatch& patch, const Layers& own) {
  SilentObserver silent;
  if (patch.place != PatchPlace::on_top) return apply_layers(patch.new_view, own, 0, silent);
  Layers stack = own;
  stack.push_back(patch_entries(patch));
  return apply_layers(patch.bare_view, stack, 0, silent);
}

}  // namespace

bool PatchMerge::makes_effective(std::string_view path) const {
  return std::ranges::none_of(paths, [path](const MergedPath& merged) {
    const bool is_kept =
        merged.verdict == Verdict::keep_app ||
        (merged.verdict == Verdict::conflict && merged.settlement != Settlement::theirs);
    return is_kept && (merged.path == path || is_below(path, merged.path));
  });
}

PatchMerge merge_patch(const Operation& operation, const BasePatch& patch, const Image& image,
                       bool has_former, std::span<const ImageLayer> own,
                       const MergeChoices& choices) {
  const Tree& base = has_former ? patch.old_view : patch.bare_view;
  const Tree ours = view(operation, image);
  const Layers layers =
      operation.layers.open(own, operation.workers, operation.observer, operation.stop);
  const std::vector<std::string> emptied = emptied_directories(base, ours, layers);
  MergeResult merged = merge_trees(operation, base, ours, patch.new_view, choices, emptied);
  PatchMerge result{std::nullopt, std::move(merged.paths)};
  const auto written =
      write_difference(operation, shown_tree(patch, layers), merged.tree, image.family());
  if (written) result.layer = written->layer;
  return result;
}

bool has_patch_resolution(const Image& image) {
  const PairedHistory paired = pair_history(image.history(), image.layers().size());
  return std::ranges::any_of(paired.steps, [&](const HistoryStep& step) {
    return step.layer == image.layers().size() - 1 && step.entry &&
           image.history()[*step.entry].comment == resolution_comment;
  });
}

HistoryEntry resolution_history_entry(const PatchOptions& options) {
  return HistoryEntry::make(options.created, "MERGE of " + options.message,
                            std::string(resolution_comment), false);
}

}  // namespace imgops
