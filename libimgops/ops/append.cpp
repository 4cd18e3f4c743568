// Sources are not put into the layer as they are: they are laid over the image's view, and the
// layer is the difference. So it has every parent directory with the image's metadata, holds
// nothing that was there already, and no name in it passes through a link.
#include "libimgops/ops/append.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/diff/compare.hpp"
#include "libimgops/diff/layer_plan.hpp"
#include "libimgops/image/image_edit.hpp"
#include "libimgops/layer/layer_writer.hpp"
#include "libimgops/ops/lay_over.hpp"
#include "libimgops/ops/view.hpp"
#include "libimgops/store/image_store.hpp"
#include "libimgops/tree/resolve.hpp"
#include "libimgops/tree/union.hpp"

#include <utility>

namespace imgops {
namespace {

DiffId no_diff_id() {
  return {digest_of({})};
}

// A layer of whiteouts.
std::shared_ptr<const LayerIndex> removal(const Tree& tree, std::span<const std::string> paths) {
  auto layer = std::make_shared<LayerIndex>(no_diff_id());
  layer->origin = Origin::memory;
  for (const std::string& path : paths) {
    const Node* node = resolve(tree, path, LastComponent::keep);
    if (node == nullptr) {
      throw Error(ErrorKind::not_found, "/" + printable(path) + ": not in the image");
    }
    if (node->path().empty()) {
      throw Error(ErrorKind::conflict, "the root cannot be removed");
    }
    EntryFields entry;
    entry.kind = EntryKind::whiteout;
    entry.path = layer->keep(node->path());
    layer->entries.push_back(layer->keep(entry));
  }
  return layer;
}

AppendResult append_above(const Operation& operation, const Image& image, const Tree& lower,
                          std::span<const std::shared_ptr<const LayerIndex>> sources,
                          const AppendOptions& options) {
  SilentObserver silent;
  const std::size_t number = image.layers().size();
  Tree upper = lower;
  if (!options.removed.empty()) {
    const auto layer = removal(lower, options.removed);
    upper = apply_layers(upper, std::span(&layer, 1), number, silent);
  }
  for (const auto& source : sources) {
    for (const Diagnostic& diagnostic : source->diagnostics)
      operation.observer.diagnose(diagnostic);
    upper = lay_over(upper, relocate(upper, *source), number, operation.observer);
  }
  report_runtime_paths(upper, operation.observer);
  const ChangeSet changes = compare(lower, upper, operation.layers, {}, operation.stop);
  if (changes.empty() && number > 0) return {image, false, {image.layers().back()}};
  const std::vector<PlannedMember> plan = plan_layer(upper, changes);
  const WrittenLayer written =
      write_layer(operation.blobs, plan, operation.layers, operation.workers, operation.observer,
                  operation.encoder, image.family(), operation.stop);
  const HistoryEntry entry = HistoryEntry::make(options.created, options.message, "", false);
  const Image result = append_layer(image, written.layer, entry);
  store_image(operation.blobs, result);
  return {result, true, written.layer};
}

}  // namespace

AppendResult append(const Operation& operation, const Image& image,
                    std::span<const std::shared_ptr<const LayerIndex>> sources,
                    const AppendOptions& options) {
  const Tree lower = view(operation, image);
  return of_image(operation, image,
                  [&] { return append_above(operation, image, lower, sources, options); });
}

}  // namespace imgops
