// What lies in a layout's blob directories beside what its index leads to.
#pragma once

#include "libimgops/ops/disk_use.hpp"
#include "tools/imgops/context.hpp"

#include <cstdint>
#include <string>

namespace imgops::cli {

struct BlobUse {
  std::uint64_t total_bytes = 0;     // all blobs on disk, documents included
  std::uint64_t dangling_bytes = 0;  // of those that no manifest of the index leads to
  std::uint64_t dangling_count = 0;
};
BlobUse measure_blobs(Place& place);

// The screen of `du` (command-line §13.3); `blobs` is null when only some images were asked for.
std::string use_text(const Context& context, const DiskUse& use, const BlobUse* blobs);

}  // namespace imgops::cli
