// What lies in the blob directories of a layout, whether or not anything leads to it.
#pragma once

#include "libimgops/base/digest.hpp"
#include "libimgops/base/file.hpp"

#include <filesystem>
#include <vector>

namespace imgops {

struct StoredBlob {
  Digest digest;  // as its name says
  FileIdentity file;
  // Of the last change to the file or its names: a copy that keeps times is as young as it is.
  std::int64_t changed_nanoseconds = 0;  // since 1970
  bool is_regular = true;                // a link, a directory or a fifo is no blob (J15)
};

struct BlobListing {
  std::vector<StoredBlob> blobs;              // by digest
  std::vector<std::filesystem::path> others;  // whose names are no digests, by path
};

// Throws Error(input_output). Files that vanish meanwhile are left out; a directory that is a link
// is not entered.
BlobListing list_blobs(const std::filesystem::path& layout);

}  // namespace imgops
