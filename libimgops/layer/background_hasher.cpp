#include "libimgops/layer/background_hasher.hpp"

#include "libimgops/base/error.hpp"

#include <algorithm>
#include <utility>

namespace imgops {
namespace {

constexpr std::size_t block_bytes = 256 * 1024;

}  // namespace

BackgroundHasher::BackgroundHasher(Workers& workers, const std::stop_token& stop,
                                   DigestAlgorithm algorithm)
    : workers_(workers),
      stop_(stop),
      hasher_(std::make_shared<DigestHasher>(algorithm)),
      filling_(std::make_shared<Block>()),
      hashing_(std::make_shared<Block>()) {
  filling_->reserve(block_bytes);
  hashing_->reserve(block_bytes);
}

void BackgroundHasher::update(ByteView bytes) {
  while (!bytes.empty()) {
    const std::size_t count = std::min(bytes.size(), block_bytes - filling_->size());
    filling_->insert(filling_->end(), bytes.begin(),
                     bytes.begin() + static_cast<std::ptrdiff_t>(count));
    bytes = bytes.subspan(count);
    if (filling_->size() == block_bytes) flush();
  }
}

void BackgroundHasher::flush() {
  if (stop_.stop_requested()) throw Error(ErrorKind::cancelled, "interrupted");
  if (hashed_.valid()) workers_.wait(hashed_);
  std::swap(filling_, hashing_);
  filling_->clear();
  // The task owns what it uses, so that an exception here need not wait for it.
  hashed_ = workers_.submit([hasher = hasher_, block = hashing_] { hasher->update(*block); });
}

Digest BackgroundHasher::finish() {
  flush();
  workers_.wait(hashed_);
  return hasher_->finish();
}

}  // namespace imgops
