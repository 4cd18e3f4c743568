// Images made of documents and layers of arbitrary bytes, for rooms that read no layer.
#pragma once

#include "libimgops/image/image.hpp"
#include "libimgops/store/blob_store.hpp"

#include <optional>
#include <string>
#include <vector>

namespace imgops::made {

// A history entry; with bytes it has a layer of those bytes (no archive, uncompressed).
struct MadeStep {
  std::string created_by;
  std::optional<std::string> layer;
  std::string comment = {};
};

struct MadeImage {
  std::vector<MadeStep> steps;
  Platform platform = host_platform();
  std::string note = {};  // a label, so that two images of the same steps differ
};

// Stores everything and returns the manifest's descriptor.
Descriptor store(BlobStore& blobs, const MadeImage& image);

// A manifest with an artifact's configuration and one layer.
Descriptor store_artifact(BlobStore& blobs, const std::string& text);

// An index of `children`, stored.
Descriptor store_list(BlobStore& blobs, const std::vector<Descriptor>& children);

}  // namespace imgops::made
