#include "libimgops/layer/header_store.hpp"

#include "libimgops/base/hasher.hpp"

#include <algorithm>
#include <utility>

namespace imgops {
namespace {

// Hands what is written to a hasher.
class HashingSink final : public Sink {
 public:
  void write(ByteView bytes) override { hasher_.update(bytes); }
  Digest finish() { return hasher_.finish(); }

 private:
  DigestHasher hasher_;
};

}  // namespace

HeaderStore::HeaderStore(std::string headers)
    : bytes_(std::make_shared<StringAccess>(std::move(headers))) {}

HeaderStore::HeaderStore(std::shared_ptr<const RandomAccess> file, const HeaderSeal& seal)
    : bytes_(std::move(file)), seal_(seal) {}

bool HeaderStore::is_sound() const {
  if (!seal_) return true;
  std::call_once(checked_, [this] {
    if (bytes_ == nullptr || bytes_->size_bytes() != seal_->size_bytes) return;
    RandomAccessSource source(bytes_);
    HashingSink sink;
    copy(source, sink);
    sound_ = std::ranges::equal(sink.finish().value(), seal_->digest);
  });
  return sound_;
}

std::optional<std::string> HeaderStore::find(std::uint64_t slot, std::uint32_t size_bytes) const {
  if (!is_sound()) return std::nullopt;
  const std::uint64_t total = bytes_->size_bytes();
  if (slot > total || size_bytes > total - slot) return std::nullopt;
  std::string header(size_bytes, '\0');
  if (bytes_->read_at(slot, std::as_writable_bytes(std::span(header))) != size_bytes) {
    return std::nullopt;
  }
  return header;
}

}  // namespace imgops
