// Blobs in memory, for tests and small documents.
#pragma once

#include "libimgops/store/blob_store.hpp"

#include <map>
#include <mutex>

namespace imgops {

class MemoryBlobs final : public BlobStore {
 public:
  std::unique_ptr<RandomAccess> find(const Digest& digest) const override;
  std::unique_ptr<BlobWriter> create(DigestAlgorithm algorithm) override;
  Digest add(std::string bytes);
  std::size_t count() const;

 private:
  class Writer;
  mutable std::mutex mutex_;
  std::map<Digest, std::shared_ptr<const std::string>> blobs_;
};

}  // namespace imgops
