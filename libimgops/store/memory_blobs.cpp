#include "libimgops/store/memory_blobs.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/hasher.hpp"

#include <algorithm>
#include <utility>

namespace imgops {
namespace {

// A view of a shared string: readers outlive changes of the map.
class SharedText final : public RandomAccess {
 public:
  explicit SharedText(std::shared_ptr<const std::string> text) : text_(std::move(text)) {}
  std::uint64_t size_bytes() const override { return text_->size(); }
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> buffer) const override {
    if (offset >= text_->size()) return 0;
    const ByteView rest = as_bytes(*text_).subspan(static_cast<std::size_t>(offset));
    const std::size_t count = std::min(rest.size(), buffer.size());
    std::copy_n(rest.begin(), count, buffer.begin());
    return count;
  }

 private:
  std::shared_ptr<const std::string> text_;
};

}  // namespace

class MemoryBlobs::Writer final : public BlobWriter {
 public:
  Writer(MemoryBlobs& blobs, DigestAlgorithm algorithm) : blobs_(blobs), algorithm_(algorithm) {}
  void write(ByteView bytes) override { text_ += as_text(bytes); }
  Digest commit() override {
    const Digest digest = digest_of(as_bytes(text_), algorithm_);
    keep(digest);
    return digest;
  }
  void commit_as(const Digest& expected) override {
    const Digest digest = digest_of(as_bytes(text_), algorithm_);
    if (digest != expected) {
      throw Error(ErrorKind::corrupt,
                  "blob " + expected.to_string() + ": digest differs: it is " + digest.to_string());
    }
    keep(digest);
  }
  std::uint64_t size_bytes() const noexcept override { return text_.size(); }

 private:
  void keep(const Digest& digest) {
    const std::scoped_lock lock(blobs_.mutex_);
    blobs_.blobs_.try_emplace(digest, std::make_shared<const std::string>(text_));
  }

  MemoryBlobs& blobs_;
  DigestAlgorithm algorithm_;
  std::string text_;
};

std::unique_ptr<RandomAccess> MemoryBlobs::find(const Digest& digest) const {
  const std::scoped_lock lock(mutex_);
  const auto position = blobs_.find(digest);
  if (position == blobs_.end()) return nullptr;
  return std::make_unique<SharedText>(position->second);
}

std::unique_ptr<BlobWriter> MemoryBlobs::create(DigestAlgorithm algorithm) {
  return std::make_unique<Writer>(*this, algorithm);
}

Digest MemoryBlobs::add(std::string bytes) {
  const Digest digest = digest_of(as_bytes(bytes));
  const std::scoped_lock lock(mutex_);
  blobs_.try_emplace(digest, std::make_shared<const std::string>(std::move(bytes)));
  return digest;
}

std::size_t MemoryBlobs::count() const {
  const std::scoped_lock lock(mutex_);
  return blobs_.size();
}

}  // namespace imgops
