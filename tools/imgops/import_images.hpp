// Archives and root file systems taken into a layout.
#pragma once

#include "tools/imgops/write_result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace imgops::cli {

struct Imported {
  std::vector<NamedDescriptor> names;
  std::uint64_t bytes = 0;           // of blobs that were not there
  std::vector<std::string> remarks;  // what the archive lacks
};

// Everything in `file` ("-" is standard input) goes into `blobs`; no name moves. `name` is for an
// archive of one image. Throws Error(invalid_argument) when the archive has no name and none is
// given, or one is given for several images.
Imported import_images(Context& context, BlobStore& blobs, const std::string& file,
                       const std::optional<std::string>& name);

}  // namespace imgops::cli
