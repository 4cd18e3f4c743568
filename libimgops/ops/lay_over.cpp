#include "libimgops/ops/lay_over.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/tree/resolve.hpp"
#include "libimgops/tree/union.hpp"

#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace imgops {
namespace {

DiffId no_diff_id() {
  return {digest_of({})};
}

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
    EntryFields moved = fields_of(entry);
    moved.verbatim = false;
    const bool directory =
        entry.kind() == EntryKind::file && entry.inode.type() == FileType::directory;
    if (directory) {
      const Node* there = resolve(tree_, entry.path, LastComponent::follow);
      const bool exists = there != nullptr && there->inode()->type() == FileType::directory;
      if (exists && (source_.origin == Origin::host_files || there->path() != entry.path)) return;
    }
    moved.path = real(entry.path);
    if (entry.kind() == EntryKind::hard_link) moved.link_path = real(entry.link_path());
    layer_->entries.push_back(layer_->keep(moved));
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

}  // namespace

std::shared_ptr<const LayerIndex> relocate(const Tree& tree, const LayerIndex& source) {
  return Relocation(tree, source).run();
}

Tree lay_over(const Tree& lower, const std::shared_ptr<const LayerIndex>& source,
              std::size_t number, Observer& observer) {
  SourceObserver source_observer(observer);
  try {
    return apply_layers(lower, std::span(&source, 1), number, source_observer);
  } catch (const Error& error) {
    if (error.diagnostic() == nullptr) throw;
    Diagnostic diagnostic = *error.diagnostic();
    diagnostic.layer.clear();
    throw Error(std::move(diagnostic));
  }
}

}  // namespace imgops
