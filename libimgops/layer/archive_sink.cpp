#include "libimgops/layer/archive_sink.hpp"

#include "libimgops/base/error.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace imgops {
namespace {

constexpr std::size_t block_bytes = 256 * 1024;
constexpr std::array<std::byte, 4096> zeros{};

}  // namespace

ArchiveSink::ArchiveSink(Sink& next, Workers& workers, const std::stop_token& stop, Passing passing)
    : next_(next),
      workers_(workers),
      stop_(stop),
      passing_(passing),
      hasher_(std::make_shared<DigestHasher>()),
      filling_(std::make_shared<Block>()),
      hashing_(std::make_shared<Block>()) {
  filling_->reserve(block_bytes);
  hashing_->reserve(block_bytes);
}

void ArchiveSink::write(ByteView bytes) {
  hash(bytes);
  if (passing_ == Passing::at_once) next_.write(bytes);
}

void ArchiveSink::hash(ByteView bytes) {
  size_bytes_ += bytes.size();
  while (!bytes.empty()) {
    const std::size_t count = std::min(bytes.size(), block_bytes - filling_->size());
    filling_->insert(filling_->end(), bytes.begin(),
                     bytes.begin() + static_cast<std::ptrdiff_t>(count));
    bytes = bytes.subspan(count);
    if (filling_->size() == block_bytes) flush();
  }
}

void ArchiveSink::write_zeros(std::uint64_t count) {
  while (count > 0) {
    const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(count, zeros.size()));
    write(std::span(zeros).first(part));
    count -= part;
  }
}

void ArchiveSink::flush() {
  if (stop_.stop_requested()) throw Error(ErrorKind::cancelled, "interrupted");
  if (hashed_.valid()) workers_.wait(hashed_);
  std::swap(filling_, hashing_);
  filling_->clear();
  // The task owns what it uses, so that an exception here need not wait for it.
  hashed_ = workers_.submit([hasher = hasher_, block = hashing_] { hasher->update(*block); });
  if (passing_ == Passing::in_blocks) next_.write(*hashing_);
}

Digest ArchiveSink::finish() {
  flush();
  workers_.wait(hashed_);
  return hasher_->finish();
}

}  // namespace imgops
