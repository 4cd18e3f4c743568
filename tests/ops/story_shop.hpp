// Images made of stories, and the means to work on them, all in memory.
#pragma once

#include "libimgops/image/image.hpp"
#include "libimgops/layer/layer_cache.hpp"
#include "libimgops/ops/operation.hpp"
#include "libimgops/store/memory_blobs.hpp"
#include "tests/support/story.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace imgops::testing {

struct StoryShop {
  explicit StoryShop(std::size_t threads = 2) : workers(threads) {}

  MemoryBlobs blobs;
  LayerCache cache{blobs, std::nullopt};
  Workers workers;
  SilentObserver observer;
  Operation operation{blobs, cache, workers, observer, {}, {}};

  // An image of these layers, a step each: "step 1" …
  Image image(const std::vector<story::Layer>& layers, MediaFamily family = MediaFamily::oci);
  // The same of the text of a story: "layer\n  file /a \"x\"\n…".
  Image image(std::string_view layers, MediaFamily family = MediaFamily::oci);

  std::vector<std::shared_ptr<const LayerIndex>> open(const Image& image);
  // "a b/ .wh.c d->a d@opq" of a layer, in the order of its archive.
  std::string listing(const Image& image, std::size_t layer);
  // The body of a file in the merged tree.
  std::string text(const Image& image, std::string_view path);
};

}  // namespace imgops::testing
