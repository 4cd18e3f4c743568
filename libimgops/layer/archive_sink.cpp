#include "libimgops/layer/archive_sink.hpp"

#include <algorithm>
#include <array>

namespace imgops {
namespace {

constexpr std::size_t block_bytes = 256 * 1024;
constexpr std::array<std::byte, 4096> zeros{};

}  // namespace

ArchiveSink::ArchiveSink(Sink& next, Workers& workers, const std::stop_token& stop, Passing passing)
    : next_(next), passing_(passing), hasher_(workers, stop) {}

void ArchiveSink::write(ByteView bytes) {
  hash(bytes);
  if (passing_ == Passing::at_once) {
    next_.write(bytes);
    return;
  }
  while (!bytes.empty()) {
    block_.reserve(block_bytes);
    const std::size_t count = std::min(bytes.size(), block_bytes - block_.size());
    block_.insert(block_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
    bytes = bytes.subspan(count);
    if (block_.size() == block_bytes) flush();
  }
}

void ArchiveSink::hash(ByteView bytes) {
  size_bytes_ += bytes.size();
  hasher_.update(bytes);
}

void ArchiveSink::write_zeros(std::uint64_t count) {
  while (count > 0) {
    const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(count, zeros.size()));
    write(std::span(zeros).first(part));
    count -= part;
  }
}

void ArchiveSink::flush() {
  next_.write(block_);
  block_.clear();
}

Digest ArchiveSink::finish() {
  flush();
  return hasher_.finish();
}

}  // namespace imgops
