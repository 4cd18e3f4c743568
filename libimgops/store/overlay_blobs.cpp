#include "libimgops/store/overlay_blobs.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/hasher.hpp"

#include <utility>

namespace imgops {

// Hashes everything; holds the bytes only while they may still be a document.
class OverlayBlobs::Writer final : public BlobWriter {
 public:
  Writer(MemoryBlobs& above, DigestAlgorithm algorithm)
      : kept_(above.create(algorithm)), hasher_(algorithm) {}
  void write(ByteView bytes) override {
    hasher_.update(bytes);
    size_bytes_ += bytes.size();
    if (size_bytes_ > configuration_limit_bytes) kept_.reset();
    if (kept_) kept_->write(bytes);
  }
  Digest commit() override {
    const Digest digest = hasher_.finish();
    if (kept_) kept_->commit();
    return digest;
  }
  void commit_as(const Digest& expected) override {
    const Digest digest = hasher_.finish();
    if (digest != expected) {
      throw Error(ErrorKind::corrupt,
                  "blob " + expected.to_string() + ": digest differs: it is " + digest.to_string());
    }
    if (kept_) kept_->commit();
  }
  std::uint64_t size_bytes() const noexcept override { return size_bytes_; }

 private:
  std::unique_ptr<BlobWriter> kept_;  // null once too large
  DigestHasher hasher_;
  std::uint64_t size_bytes_ = 0;
};

std::unique_ptr<RandomAccess> OverlayBlobs::find(const Digest& digest) const {
  if (auto blob = above_.find(digest)) return blob;
  return below_.find(digest);
}

std::unique_ptr<BlobWriter> OverlayBlobs::create(DigestAlgorithm algorithm) {
  return std::make_unique<Writer>(above_, algorithm);
}

}  // namespace imgops
