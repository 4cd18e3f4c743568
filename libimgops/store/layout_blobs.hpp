// Blobs of an OCI layout on disk: blobs/<algorithm>/<hex>.
#pragma once

#include "libimgops/base/file.hpp"
#include "libimgops/store/blob_keeper.hpp"
#include "libimgops/store/blob_store.hpp"

#include <filesystem>
#include <memory>

namespace imgops {

// New blobs are written nameless, synced, then linked: a kill leaves no part of one. Documents
// written at once are synced at once. A blob that is
// already there is kept as it is. Directories are made when first needed. With a keeper, all that
// is written or relied on is safe from collectors of garbage as long as the keeper lives.
class LayoutBlobs final : public BlobStore {
 public:
  explicit LayoutBlobs(std::filesystem::path layout, std::shared_ptr<BlobKeeper> keeper = {});
  std::unique_ptr<RandomAccess> find(const Digest& digest) const override;
  std::unique_ptr<BlobWriter> create(DigestAlgorithm algorithm) override;
  void write_documents(std::span<const std::string> texts,
                       DigestAlgorithm algorithm = DigestAlgorithm::sha256) override;
  bool keep(const Descriptor& blob) override;
  // Shares extents or links, where that is safe (decision 0023).
  std::optional<Taken> take(const std::shared_ptr<const RandomAccess>& bytes,
                            const Descriptor& blob, const std::string& subject,
                            const std::stop_token& stop) override;
  std::filesystem::path path_of(const Digest& digest) const;

 private:
  void write_together(std::span<const std::string> texts, DigestAlgorithm algorithm);
  void publish(NewFile& file, const Descriptor& blob);

  std::filesystem::path layout_;
  std::shared_ptr<BlobKeeper> keeper_;  // or null
};

}  // namespace imgops
