#include "libimgops/codec/blob_input.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace imgops {
namespace {

constexpr std::size_t piece_bytes = std::size_t{128} * 1024;

}  // namespace

BlobInput::BlobInput(std::unique_ptr<Source> blob, std::uint64_t offset_bytes)
    : blob_(std::move(blob)),
      buffer_(unread_limit_bytes + piece_bytes),
      next_(unread_limit_bytes),
      end_(unread_limit_bytes),
      end_offset_(offset_bytes) {}

bool BlobInput::fill(std::size_t count) {
  if (end_ - next_ >= count) return true;
  const std::size_t kept = end_ - next_;
  std::memmove(buffer_.data() + unread_limit_bytes, buffer_.data() + next_, kept);
  next_ = unread_limit_bytes;
  end_ = next_ + kept;
  const std::size_t got = read_fully(*blob_, std::span(buffer_).subspan(end_));
  end_ += got;
  end_offset_ += got;
  return end_ - next_ >= count;
}

std::optional<std::byte> BlobInput::take_byte() {
  if (!fill(1)) return std::nullopt;
  return buffer_[next_++];
}

void BlobInput::give_back(ByteView bytes) {
  next_ -= bytes.size();
  std::ranges::copy(bytes, buffer_.begin() + static_cast<std::ptrdiff_t>(next_));
}

}  // namespace imgops
