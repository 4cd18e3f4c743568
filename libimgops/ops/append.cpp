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
    if (node->path.empty()) {
      throw Error(ErrorKind::conflict, "the root cannot be removed");
    }
    LayerEntry entry;
    entry.kind = EntryKind::whiteout;
    entry.path = layer->keep(node->path);
    layer->entries.push_back(entry);
  }
  return layer;
}

// The entries of a source under the names they really get in the image: directories of the source
// that are links to directories in the image lead where the links lead (P12).
class Relocation {
 public:
  Relocation(const Tree& tree, const LayerIndex& source)
      : tree_(tree), source_(source), layer_(std::make_shared<LayerIndex>(no_diff_id())) {
    layer_->origin = Origin::memory;
  }

  std::shared_ptr<const LayerIndex> run() {
    layer_->entries.reserve(source_.entries.size());
    for (const LayerEntry& entry : source_.entries) add(entry);
    return layer_;
  }

 private:
  void add(const LayerEntry& entry) {
    LayerEntry moved = entry;
    moved.verbatim = false;
    const bool directory = entry.kind == EntryKind::file && entry.inode.type == FileType::directory;
    if (directory) {
      const Node* there = resolve(tree_, entry.path, LastComponent::follow);
      const bool exists = there != nullptr && there->inode->type == FileType::directory;
      // A directory of this machine only says where its files go; an archive's says what it is.
      if (exists && (source_.origin == Origin::host_files || there->path != entry.path)) return;
    }
    moved.path = real(entry.path);
    if (entry.kind == EntryKind::hard_link) moved.link_path = real(entry.link_path);
    layer_->entries.push_back(moved);
  }

  KeptText real(KeptText path) {
    if (path.empty()) return path;
    const std::string_view parent = parent_path(path);
    if (parent != last_parent_ || !last_known_) {
      last_parent_ = parent;
      last_known_ = true;
      last_real_ = layer_->keep(parent_path(real_path(tree_, path)));
    }
    if (last_real_ == parent) return path;
    return layer_->keep(join(last_real_, file_name(path)));
  }

  const Tree& tree_;
  const LayerIndex& source_;
  std::shared_ptr<LayerIndex> layer_;
  std::string_view last_parent_;
  std::string_view last_real_;
  bool last_known_ = false;
};

// Passes on what is said about a source where it is laid over the image. A source is no layer yet:
// what is written has all its parents as the image has them, so nothing is said of those it lacks;
// and it has no DiffId that anybody could look up.
class SourceObserver final : public Observer {
 public:
  explicit SourceObserver(Observer& observer) : observer_(observer) {}

  void diagnose(const Diagnostic& diagnostic) override {
    if (diagnostic.code == DiagnosticCode::implied_dir) return;
    if (diagnostic.code == DiagnosticCode::implied_parent) return;
    Diagnostic told = diagnostic;
    told.layer.clear();
    observer_.diagnose(told);
  }
  void progress(std::string_view operation, std::string_view subject, std::uint64_t done,
                std::uint64_t total) override {
    observer_.progress(operation, subject, done, total);
  }

 private:
  Observer& observer_;
};

Tree lay_over(const Tree& lower, const std::shared_ptr<const LayerIndex>& layer, std::size_t number,
              SourceObserver& observer) {
  try {
    return apply_layers(lower, std::span(&layer, 1), number, observer);
  } catch (const Error& error) {
    if (error.diagnostic() == nullptr) throw;
    Diagnostic diagnostic = *error.diagnostic();
    diagnostic.layer.clear();
    throw Error(std::move(diagnostic));
  }
}

AppendResult append_above(const Operation& operation, const Image& image, const Tree& lower,
                          std::span<const std::shared_ptr<const LayerIndex>> sources,
                          const AppendOptions& options) {
  SilentObserver silent;
  SourceObserver source_observer(operation.observer);
  const std::size_t number = image.layers().size();
  Tree upper = lower;
  if (!options.removed.empty()) {
    const auto layer = removal(lower, options.removed);
    upper = apply_layers(upper, std::span(&layer, 1), number, silent);
  }
  for (const auto& source : sources) {
    for (const Diagnostic& diagnostic : source->diagnostics)
      operation.observer.diagnose(diagnostic);
    const auto layer = Relocation(upper, *source).run();
    upper = lay_over(upper, layer, number, source_observer);
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
