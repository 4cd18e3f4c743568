// Who shares what: sizes of images that have blobs in common. Documents only.
#pragma once

#include "libimgops/image/image.hpp"
#include "libimgops/store/image_store.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace imgops {

struct ImageUse {
  std::string name;
  std::size_t layers = 0;
  std::uint64_t total_bytes = 0;   // layer blobs, each once
  std::uint64_t unique_bytes = 0;  // in no other image of the list
  std::uint64_t shared_bytes = 0;
  std::vector<std::string> shared_with;  // names, in the order of the list, as many as wanted
  bool has_more_companions = false;      // than these
};

struct DiskUse {
  std::vector<ImageUse> images;
  std::uint64_t sum_bytes = 0;     // of totals: what the images seem to cost
  std::uint64_t stored_bytes = 0;  // each blob once: what they do cost
};

// A name that is an index counts all its platforms. Blobs are the same by digest. With whom an
// image shares is told up to `most_companions` names, the first of the list: all of them are as
// many pairs as there are, which many images of one base make long.
DiskUse disk_use(std::span<const NamedImage> images, std::size_t most_companions = SIZE_MAX);

}  // namespace imgops
