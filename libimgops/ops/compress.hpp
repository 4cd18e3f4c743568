// A range of layers replaced by one, computed as a single diff of the tree at its top against the
// tree below it; never by merging layers one by one. Source: command-line §8.1; semantics C12, Q.
#pragma once

#include "libimgops/image/image_edit.hpp"
#include "libimgops/ops/operation.hpp"

#include <string>

namespace imgops {

struct CompressOptions {
  std::string message;  // history text of the new entry; empty: the default
  HistoryMode history = HistoryMode::keep;
  bool verify = false;  // read the result back and compare both trees
};

struct CompressResult {
  Image image;  // stored; the given one when nothing was to do
  bool changed = false;
  std::uint64_t archive_bytes = 0;   // of the new layer, uncompressed; 0 without one
  std::vector<std::string> clamped;  // paths whose time was clamped (M10)
};

// `range` may hold layers of any number; fewer than two, or one whose content is already the plain
// difference, is nothing to do. A range that changes nothing becomes no layer at all. Layers below
// and above keep blob and descriptor. Throws Error(corrupt) for bad layers; with `verify`,
// Error(conflict) naming the first path that differs, and then the image is not to be used.
CompressResult compress(const Operation& operation, const Image& image, LayerRange range,
                        const CompressOptions& options = {});

// The whole image as one layer: compress of everything onto nothing.
CompressResult flatten(const Operation& operation, const Image& image,
                       const CompressOptions& options = {});

}  // namespace imgops
