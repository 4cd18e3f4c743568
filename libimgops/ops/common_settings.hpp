// Documents of a base that several images are to stand on. Private to factor.
#pragma once

#include "libimgops/image/image.hpp"

#include <cstddef>
#include <span>
#include <string>

namespace imgops {

// The lowest `layer_count` layers of the first image, which all share, with the settings, fields
// and annotations in which all images agree: of the environment each variable, of objects each key.
// `created` empty: the first image's time.
Image common_settings(std::span<const Image> images, std::size_t layer_count,
                      const std::string& created);

}  // namespace imgops
