// Layers exchanged one for one, and texts of the history masked: documents only.
// Source: semantics J01, J06, J16, S10–S12.
#pragma once

#include "libimgops/base/compression.hpp"
#include "libimgops/image/image.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace imgops {

// `image` with these layers in place of its own, as many, each for the one of its position: the
// history stays, made whole where it did not match the layers (J06). Itself when all are its own.
// Throws Error(invalid_argument) for another number of layers.
Image exchange_layers(const Image& image, std::span<const ImageLayer> layers);

// The descriptor `old` for a blob of other bytes with the same archive: type by `family` and
// `compression`, never foreign (J01); what describes the old bytes is gone: "urls", "data", tables
// of contents for lazy pulling (S10, S11). Other annotations and unknown keys stay.
Descriptor describe_anew(const Descriptor& old, MediaFamily family, Compression compression,
                         const Digest& digest, std::uint64_t size_bytes);

// `image` with `mask` applied to every text of its history (created_by, comment, author) and to
// what the classic builder keeps of the last step ("container_config"). Itself when nothing
// changed.
Image mask_history(const Image& image, const std::function<std::string(const std::string&)>& mask);

}  // namespace imgops
