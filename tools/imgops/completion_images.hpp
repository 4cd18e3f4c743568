// Candidates for words that name images, layers, steps and files in images.
#pragma once

#include "tools/imgops/completion.hpp"

namespace imgops::cli {

// Refs of the selected layout and of oci: places, transports, digests after "@" and "sha256:", ~N,
// #K and ^{…} after an image, paths after ":/"; also on the right side of a range. Nothing where
// something cannot be read.
void add_images(Completion& completion, const Position& position);

}  // namespace imgops::cli
