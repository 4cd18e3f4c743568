#include "libimgops/ops/path_history.hpp"

#include "libimgops/diff/compare.hpp"
#include "libimgops/ops/view.hpp"
#include "libimgops/tree/union.hpp"

namespace imgops {
namespace {

std::uint64_t size_of(const Node& node) {
  return node.inode()->content().size_bytes;
}

// What a layer did to the path; nullopt for nothing. The node may be the same file under way.
std::optional<PathOperation> judge(const Node* before, const Node* after, LayerCache& layers) {
  if (before == nullptr && after == nullptr) return std::nullopt;
  if (before == nullptr) return PathOperation::added;
  if (after == nullptr) return PathOperation::deleted;
  if (before->inode() == after->inode()) return std::nullopt;
  const Tree none;
  const Node& root = none.nodes().front();
  const Tree one({root, *before}, {});
  const Tree other({root, *after}, {});
  const CompareOptions options{false, ContentProof::always};
  const ChangeSet changes = compare(one, other, layers, options);
  if (changes.empty()) return std::nullopt;
  return changes.front().differences.is_metadata_only() ? PathOperation::metadata
                                                        : PathOperation::modified;
}

std::vector<PathEvent> events_of(const Operation& operation, const Image& image,
                                 std::string_view path) {
  const auto layers =
      operation.layers.open(image.layers(), operation.workers, operation.observer, operation.stop);
  std::vector<PathEvent> events;
  Tree below;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    Tree tree = apply_layers(below, std::span(layers).subspan(i, 1), i, operation.observer);
    const Node* after = tree.find(path);
    if (const auto change = judge(below.find(path), after, operation.layers)) {
      events.push_back({i, *change, after == nullptr ? 0 : size_of(*after)});
    }
    below = std::move(tree);
  }
  report_runtime_paths(below, operation.observer);
  return events;
}

}  // namespace

std::string_view name(PathOperation operation) noexcept {
  switch (operation) {
    case PathOperation::added:
      return "added";
    case PathOperation::modified:
      return "modified";
    case PathOperation::metadata:
      return "metadata";
    case PathOperation::deleted:
      return "deleted";
  }
  return "";
}

std::vector<PathEvent> path_history(const Operation& operation, const Image& image,
                                    std::string_view path) {
  return of_image(operation, image, [&] { return events_of(operation, image, path); });
}

}  // namespace imgops
