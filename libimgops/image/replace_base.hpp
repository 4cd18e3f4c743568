// An image moved onto another base, documents only: for rebase. Source: command-line §8.3;
// semantics J06, J16, J17, W09.
#pragma once

#include "libimgops/image/image.hpp"

#include <cstddef>

namespace imgops {

// The layers and history of `new_base` below, and above them the image's own: layers from position
// `old_base_layer_count` on, and the entries of its history that are not its base's. The result has
// an entry for each layer however odd either history is (J06); no layer is lost or doubled. Of
// `old_base`, null when it is not in reach, the history tells where the image's own begins; without
// it empty steps directly above the base's last layer count as the base's, as `~N` has it.
// Everything else stays ours': settings, platform (also "os.version"), author, created,
// annotations, unknown keys, and the family, into which the descriptors of the new base's layers
// are translated; their blobs are the same. The base annotations are not touched (state_base()).
// When the new base is what the image stands on already, the image itself, but for descriptors of
// layers that the base has otherwise compressed. Throws Error(invalid_argument) when the image has
// fewer layers.
Image replace_base(const Image& image, std::size_t old_base_layer_count, const Image& new_base,
                   const Image* old_base = nullptr);

}  // namespace imgops
