// Blobs of an OCI layout on disk: blobs/<algorithm>/<hex>.
#pragma once

#include "libimgops/store/blob_store.hpp"

#include <filesystem>

namespace imgops {

// New blobs are written nameless, synced, then linked: a kill leaves no part of one. A blob that is
// already there is kept as it is. Directories are made when first needed.
class LayoutBlobs final : public BlobStore {
 public:
  explicit LayoutBlobs(std::filesystem::path layout);
  std::unique_ptr<RandomAccess> find(const Digest& digest) const override;
  std::unique_ptr<BlobWriter> create(DigestAlgorithm algorithm) override;
  std::filesystem::path path_of(const Digest& digest) const;

 private:
  std::filesystem::path layout_;
};

}  // namespace imgops
