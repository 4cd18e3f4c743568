// Blobs in memory and the means to work on them, for tests of operations.
#pragma once

#include "libimgops/ops/append.hpp"
#include "libimgops/ops/operation.hpp"
#include "libimgops/ops/view.hpp"
#include "libimgops/store/memory_blobs.hpp"
#include "tests/support/layer_builder.hpp"

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace imgops::testing {

struct EditWorkshop {
  explicit EditWorkshop(std::size_t threads = 2) : workers(threads) {}
  MemoryBlobs blobs;
  LayerCache cache{blobs, std::nullopt};
  Workers workers;
  SilentObserver observer;
  Operation operation{blobs, cache, workers, observer, {}, {}};

  static Image nothing() { return empty_image({"linux", "amd64", ""}, MediaFamily::oci); }

  // `image` with a layer of what `layer` makes of it.
  Image add(const Image& image, LayerBuilder& layer, const std::string& message,
            std::vector<std::string> removed = {}) {
    AppendOptions options;
    options.message = message;
    options.removed = std::move(removed);
    const std::shared_ptr<const LayerIndex> source = layer.build();
    return append(operation, image, std::span(&source, 1), options).image;
  }

  // "/path" and "path=text" of all files, sorted.
  std::string files(const Image& image) {
    std::string text;
    ContentReader reader(cache);
    const Tree tree = view(operation, image);
    for (const Node& node : tree.nodes()) {
      if (node.inode()->type() != FileType::regular) continue;
      text += std::string(node.path()) + "=" + reader.text(node.inode()->content(), 1 << 20) + "\n";
    }
    return text;
  }
};

}  // namespace imgops::testing
