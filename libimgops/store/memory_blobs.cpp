#include "libimgops/store/memory_blobs.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/hasher.hpp"

#include <algorithm>
#include <deque>
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
  void write(ByteView bytes) override {
    // In pieces: one string that grows would for a moment be there three times.
    if (pieces_.empty() || pieces_.back().size() + bytes.size() > pieces_.back().capacity()) {
      pieces_.emplace_back().reserve(std::max(least_piece_bytes, bytes.size()));
    }
    pieces_.back() += as_text(bytes);
    size_bytes_ += bytes.size();
  }
  Digest commit() override {
    std::string text = joined();
    const Digest digest = digest_of(as_bytes(text), algorithm_);
    keep(digest, std::move(text));
    return digest;
  }
  void commit_as(const Digest& expected) override {
    std::string text = joined();
    const Digest digest = digest_of(as_bytes(text), algorithm_);
    if (digest != expected) {
      throw Error(ErrorKind::corrupt,
                  "blob " + expected.to_string() + ": digest differs: it is " + digest.to_string());
    }
    keep(digest, std::move(text));
  }
  std::uint64_t size_bytes() const noexcept override { return size_bytes_; }

 private:
  static constexpr std::size_t least_piece_bytes = 64 * 1024;

  std::string joined() const {
    std::string text;
    text.reserve(size_bytes_);
    for (const std::string& piece : pieces_) text += piece;
    return text;
  }

  void keep(const Digest& digest, std::string text) {
    const std::scoped_lock lock(blobs_.mutex_);
    blobs_.blobs_.try_emplace(digest, std::make_shared<const std::string>(std::move(text)));
  }

  MemoryBlobs& blobs_;
  DigestAlgorithm algorithm_;
  std::deque<std::string> pieces_;
  std::uint64_t size_bytes_ = 0;
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
