// What is odd about the documents of an image, though it can be read. Private to the room.
// Source: semantics J01, J06, J17, S10, S11.
#pragma once

#include "libimgops/base/diagnostic.hpp"
#include "libimgops/image/image.hpp"

#include <span>
#include <vector>

namespace imgops {

// By layer from the bottom, findings about the whole image first.
std::vector<Diagnostic> find_oddities(MediaFamily family, const Descriptor& configuration,
                                      std::span<const ImageLayer> layers,
                                      std::span<const HistoryEntry> history);

}  // namespace imgops
