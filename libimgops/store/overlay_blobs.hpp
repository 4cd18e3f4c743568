// The dry run: reads what is below, hashes and counts what is written and keeps only documents.
#pragma once

#include "libimgops/store/memory_blobs.hpp"

namespace imgops {

// Blobs up to configuration_limit_bytes are kept in memory and can be read back; of larger ones
// only digest and size are known, and find() does not see them.
class OverlayBlobs final : public BlobStore {
 public:
  explicit OverlayBlobs(const BlobSource& below) : below_(below) {}
  std::unique_ptr<RandomAccess> find(const Digest& digest) const override;
  std::unique_ptr<BlobWriter> create(DigestAlgorithm algorithm) override;

 private:
  class Writer;
  const BlobSource& below_;
  MemoryBlobs above_;
};

}  // namespace imgops
