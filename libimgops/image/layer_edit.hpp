// Layers put in the place of others, or between them, without the story around them changing:
// what a patched base does to its children. Documents only.
#pragma once

#include "libimgops/image/image.hpp"

#include <cstddef>
#include <span>

namespace imgops {

// The lowest layers become `layers`, one for one; history and settings stay. Throws
// Error(invalid_argument) when there are more than the image has.
Image exchange_lowest_layers(const Image& image, std::span<const ImageLayer> layers);

// `layer` as number `position` from the bottom, its `entry` as number `line` of the history, both
// from 0 (both may be the end); what stood there moves up. `line` must lie between the entries of
// the layers around, else Error(invalid_argument). An image whose history does not fit its layers
// (J06) gets one that does.
Image insert_layer(const Image& image, std::size_t position, const ImageLayer& layer,
                   std::size_t line, HistoryEntry entry);

// Layer number `position` goes, with its history entry.
Image remove_layer(const Image& image, std::size_t position);

}  // namespace imgops
