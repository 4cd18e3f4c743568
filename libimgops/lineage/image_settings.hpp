// The settings of an image as single values, and back. Source: OCI image-spec v1.1, config.md.
#pragma once

#include "libimgops/dockerfile/settings.hpp"
#include "libimgops/image/image.hpp"

namespace imgops {

// Of the configuration's "config" and "author" what instructions set; null and blank values count
// as not set, values of another type than the specification's too.
Settings settings_of(const Image& image);

// `image` with these settings. Keys of "config" that instructions do not set stay, but for what
// speaks of the container an image was made from: that is the whole image's.
Image with_settings(const Image& image, const Settings& settings);

}  // namespace imgops
