// What a base was before it was patched.
#pragma once

#include "libimgops/image/image.hpp"
#include "tools/imgops/selection.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace imgops::cli {

struct EarlierBase {
  Image image;
  std::uint64_t moves_ago = 0;  // of the name: NAME@{moves_ago}
};

// The images of that platform which the name of `target` led to, as long as only patches moved it,
// newest first; at most 16. Ends where one is gone. Throws Error(corrupt) for a log that cannot be
// read.
std::vector<EarlierBase> earlier_bases(Place& place, const RewriteTarget& target,
                                       const PlatformImage& platform);
// The newest of them whose layers are the lowest of `image`, or null.
const EarlierBase* earlier_base_of(const Image& image, std::span<const EarlierBase> earlier);

}  // namespace imgops::cli
