// The first judge: a stack of layers in memory, read, compared and written by the library.
#pragma once

#include "libimgops/diff/compare.hpp"
#include "libimgops/layer/layer_cache.hpp"
#include "libimgops/store/memory_blobs.hpp"
#include "libimgops/tree/tree.hpp"
#include "tests/semantics/plain_tree.hpp"
#include "tests/support/story_archive.hpp"

#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace imgops::test {

// Keeps what it is told.
class Collector final : public Observer {
 public:
  void diagnose(const Diagnostic& diagnostic) override;
  void progress(std::string_view, std::string_view, std::uint64_t, std::uint64_t) override {}
  std::vector<Diagnostic> diagnostics() const;

 private:
  mutable std::mutex mutex_;
  std::vector<Diagnostic> diagnostics_;
};

struct Written {
  ImageLayer layer;
  std::string blob;
};

class LibraryStack {
 public:
  explicit LibraryStack(const std::vector<story::BuiltLayer>& layers);

  std::size_t size() const { return layers_.size(); }
  LayerCache& cache() { return cache_; }
  MemoryBlobs& blobs() { return blobs_; }
  std::span<const ImageLayer> layers() const { return layers_; }

  // `lower` with the layers [first, last) on top. Throws as the library does; what it says goes to
  // `observer`.
  Tree apply(const Tree& lower, std::size_t first, std::size_t last, Observer& observer);
  // Likewise with a layer written here.
  Tree apply(const Tree& lower, const ImageLayer& layer, Observer& observer);

  PlainTree plain(const Tree& tree);

  // The layer that makes `upper` out of `lower`. Throws as the library does.
  Written write(const Tree& lower, const Tree& upper, std::size_t threads,
                Compression compression = Compression::none);

 private:
  Tree apply_all(const Tree& lower, std::span<const ImageLayer> layers, std::size_t first_number,
                 Observer& observer);

  MemoryBlobs blobs_;
  std::vector<ImageLayer> layers_;
  LayerCache cache_;
  Workers workers_;
};

}  // namespace imgops::test
