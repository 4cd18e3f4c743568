// Layers packed otherwise: the archives stay, their blobs change. Source: command-line §7.3;
// semantics J01, S06–S12.
#pragma once

#include "libimgops/image/image_edit.hpp"
#include "libimgops/ops/operation.hpp"

#include <cstddef>
#include <vector>

namespace imgops {

struct RecompressedLayer {
  std::size_t layer = 0;  // position, bottom is 0
  Descriptor before;
  Descriptor after;  // the same where it was left alone
};

struct RecompressResult {
  Image image;                            // stored; the given one when nothing was to do
  std::vector<RecompressedLayer> layers;  // those of the range, bottom first
};

// The layers of `range` packed as `operation.encoder` says. Without a level (0) a layer of that
// compression already is left alone, and only its media type corrected where it says otherwise
// (S12); with one it is packed again, which gives the same blob when it was packed so before.
// Each blob is read once: its digest, its codec's checksum and its DiffId are verified in the pass
// that writes the new one. Layers of a type that cannot be applied (J02) stay as they are.
// Throws Error(corrupt) for bad layers, naming them; no blob of a bad layer is left.
RecompressResult recompress(const Operation& operation, const Image& image, LayerRange range);

}  // namespace imgops
