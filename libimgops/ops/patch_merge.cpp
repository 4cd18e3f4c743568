// An image may have made its files of any state of the base, so each is tried as the ancestor. A
// wrong one is noticed: its conflicts stay open, or packages of the patch are not in the merged
// database as the patched base has them. The image's side is not the image as it is, but what it
// shows once the base below is patched: so both sides agree about all that nothing hides, and no
// ancestor can bring back what the base was.
#include "libimgops/ops/patch_merge.hpp"

#include "libimgops/base/path.hpp"
#include "libimgops/diff/compare.hpp"
#include "libimgops/diff/layer_plan.hpp"
#include "libimgops/ops/package_database.hpp"
#include "libimgops/ops/removed_packages.hpp"
#include "libimgops/ops/view.hpp"
#include "libimgops/tree/union.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace imgops {
namespace {

using Layers = std::vector<std::shared_ptr<const LayerIndex>>;

// The patch layer as entries: its blob may be forgotten already, in a dry run.
std::shared_ptr<const LayerIndex> patch_entries(const BasePatch& patch) {
  auto index = std::make_shared<LayerIndex>(DiffId{digest_of({})});
  index->origin = Origin::memory;
  for (const PlannedMember& member : plan_layer(patch.new_view, patch.changes)) {
    EntryFields entry;
    entry.kind = member.kind();
    entry.path = index->keep(member.path());
    entry.link_path = index->keep(member.link_path());
    if (member.inode() != nullptr) entry.inode = fields_of(*member.inode());
    index->entries.push_back(index->keep(entry));
  }
  return index;
}

// What the image shows once it is patched and has no resolution.
Tree without_resolution(const Operation& operation, const BasePatch& patch, const OwnLayers& own) {
  SilentObserver silent;
  Layers stack = layers_above(operation, patch, own).layers;
  if (patch.place == PatchPlace::on_top) stack.push_back(patch_entries(patch));
  return apply_layers(tree_below(patch), stack, 0, silent);
}

// What the image makes of the patched base. A patch on top is below it for that, else there would
// be nothing to merge.
std::vector<Tree> sides_of(const Operation& operation, const BasePatch& patch,
                           const OwnLayers& own) {
  SilentObserver silent;
  const Layers stack = layers_above(operation, patch, own).layers;
  const Tree& below = patch.place == PatchPlace::on_top ? patch.new_view : tree_below(patch);
  std::vector<Tree> sides{apply_layers(below, stack, 0, silent)};
  if (!own.resolution) return sides;
  const Layers resolution = operation.layers.open(std::span(&*own.resolution, 1), operation.workers,
                                                  operation.observer, operation.stop);
  sides.insert(sides.begin(), apply_layers(sides.front(), resolution, stack.size(), silent));
  return sides;
}

// Newest first. What has the patch already tells nothing.
std::vector<const Tree*> ancestors_of(const BasePatch& patch) {
  const bool is_bare_another = !patch.keeps_formers() && !patch.formers.empty();
  std::vector<const Tree*> ancestors;
  if (patch.is_needed) ancestors.push_back(&patch.old_view);
  if (is_bare_another) ancestors.push_back(&patch.bare_view);
  for (const Tree& earlier : patch.earlier) ancestors.push_back(&earlier);
  return ancestors;
}

// Whether `path` is the image's alone, where the patch wanted something: by a verdict about it, or
// since it is one file with a name that stays the image's.
bool is_left(const MergeResult& result, std::string_view path) {
  const Node* const node = result.tree.find(path);
  return std::ranges::any_of(result.paths, [&](const MergedPath& merged) {
    const bool is_conflict =
        merged.verdict == Verdict::conflict && merged.settlement != Settlement::theirs;
    if (!is_conflict && merged.verdict != Verdict::keep_app) return false;
    if (merged.path == path || is_below(path, merged.path)) return true;
    const Node* const other = is_conflict ? result.tree.find(merged.path) : nullptr;
    return node != nullptr && other != nullptr && node->inode() == other->inode();
  });
}

std::vector<std::string> clashes_of(const std::vector<MergedPath>& paths) {
  std::vector<std::string> clashes;
  for (const MergedPath& path : paths) {
    if (path.verdict == Verdict::conflict) clashes.push_back(path.path);
  }
  return clashes;
}

std::optional<PackageManager> manager_of(std::string_view path) {
  if (path == "var/lib/dpkg/status" || is_below(path, "var/lib/dpkg/status.d")) {
    return PackageManager::dpkg;
  }
  if (path == "lib/apk/db/installed" || path == "usr/lib/apk/db/installed") {
    return PackageManager::apk;
  }
  return std::nullopt;
}

std::optional<KnownPackages> read_database(const Tree& tree, PackageManager manager,
                                           ContentReader& contents) {
  try {
    return read_packages(tree, manager, contents);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt && error.kind() != ErrorKind::unsupported) throw;
    return std::nullopt;
  }
}

// Whether the packages of the patch are in the merged database as the patched base has them, but
// for those that the image has not.
class DatabaseJudge {
 public:
  DatabaseJudge(const Operation& operation, const BasePatch& patch)
      : contents_(operation.layers), patch_(patch) {}

  bool agrees(const Tree& merged, const Tree& side, PackageManager manager) {
    if (patch_.packages.empty()) return true;
    const auto wanted = read_database(patch_.new_view, manager, contents_);
    if (!wanted) return true;
    const auto found = read_database(merged, manager, contents_);
    const auto own = read_database(side, manager, contents_);
    return found && std::ranges::all_of(patch_.packages, [&](const std::string& name) {
             const auto package = wanted->packages.find(name);
             if (package == wanted->packages.end()) return true;
             const auto here = found->packages.find(name);
             const bool is_removed = own && !own->packages.contains(name);
             if (is_removed && here == found->packages.end()) return true;
             return here != found->packages.end() &&
                    here->second.version == package->second.version;
           });
  }

 private:
  ContentReader contents_;
  const BasePatch& patch_;
};

bool shows_same(const Node* left, const Node* right, LayerCache& cache) {
  if (left == nullptr || right == nullptr) return left == right;
  if (left->inode() == right->inode()) return true;
  FileAttributes one = attributes_of(*left->inode());
  FileAttributes other = attributes_of(*right->inode());
  one.mtime = {};
  other.mtime = {};
  if (one != other) return false;
  return left->inode()->type() != FileType::regular ||
         ContentReader(cache).equal(left->inode()->content(), right->inode()->content());
}

}  // namespace

PatchMerge merge_patch(const Operation& operation, const BasePatch& patch, const OwnLayers& own,
                       std::span<const std::string> paths, const MergeChoices& choices) {
  const std::vector<Tree> sides = sides_of(operation, patch, own);
  PatchMerge best{sides.front(), sides.front(), sides.front(), {}, {}};
  const Layers layers =
      operation.layers.open(own.layers, operation.workers, operation.observer, operation.stop);
  DatabaseJudge databases(operation, patch);
  bool is_first = true;
  for (const Tree* ancestor : ancestors_of(patch)) {
    for (const Tree& side : sides) {
      const std::vector<std::string> emptied = emptied_directories(*ancestor, side, layers);
      const WithoutRemoved without =
          leave_removed_out(operation, *ancestor, side, patch.new_view, choices);
      MergeResult result =
          merge_trees(operation, *ancestor, without.ours, without.theirs, without.choices, emptied);
      std::set<std::string> effective;
      for (const std::string& path : paths) {
        if (is_left(result, path)) continue;
        const auto manager = manager_of(path);
        if (!manager || databases.agrees(result.tree, side, *manager)) effective.insert(path);
      }
      if (is_first || effective.size() > best.effective.size()) {
        best.merged = std::move(result.tree);
        best.base = *ancestor;
        best.effective = std::move(effective);
        best.clashes = clashes_of(result.paths);
      }
      is_first = false;
      if (best.effective.size() == paths.size()) return best;
    }
  }
  return best;
}

std::set<std::string> shown_already(const Operation& operation, const PatchMerge& merge) {
  std::set<std::string> shown;
  for (const std::string& path : merge.effective) {
    if (shows_same(merge.shown.find(path), merge.merged.find(path), operation.layers)) {
      shown.insert(path);
    }
  }
  return shown;
}

std::optional<WrittenLayer> write_resolution(const Operation& operation, const BasePatch& patch,
                                             const OwnLayers& own, MediaFamily family,
                                             const PatchMerge& merge) {
  return write_difference(operation, without_resolution(operation, patch, own), merge.merged,
                          family);
}

std::vector<PackageProblem> problems_of(const Operation& operation, const BasePatch& patch,
                                        const Image& image, const PatchMerge& merge) {
  const Tree ours = view(operation, image);
  return package_problems(operation, {merge.base, ours, patch.new_view, merge.merged});
}

}  // namespace imgops
