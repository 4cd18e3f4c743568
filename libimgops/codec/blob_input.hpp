// The stored bytes in front of a decoder, which looks ahead and gives back what it took too much.
// Private to codec.
#pragma once

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/stream.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace imgops {

class BlobInput {
 public:
  static constexpr std::size_t unread_limit_bytes = 8;

  // `blob` stands at `offset_bytes` of the blob.
  BlobInput(std::unique_ptr<Source> blob, std::uint64_t offset_bytes);

  // In the blob, of the first byte that was not taken.
  std::uint64_t offset_bytes() const noexcept { return end_offset_ - (end_ - next_); }
  // What waits in memory; empty after the end or before a fill().
  ByteView waiting() const noexcept { return {buffer_.data() + next_, end_ - next_}; }
  // Reads on until at least `count` bytes wait (at most 1 KiB), or the blob ends; returns whether
  // they do.
  bool fill(std::size_t count);
  // `count` of the waiting bytes are taken.
  void take(std::size_t count) noexcept { next_ += count; }
  std::optional<std::byte> take_byte();
  // Gives back the bytes taken last, at most `unread_limit_bytes` of them since the last fill().
  void give_back(ByteView bytes);

 private:
  std::unique_ptr<Source> blob_;
  std::vector<std::byte> buffer_;  // begins with room for bytes given back
  std::size_t next_;
  std::size_t end_;
  std::uint64_t end_offset_;  // of buffer_[end_] in the blob
};

}  // namespace imgops
