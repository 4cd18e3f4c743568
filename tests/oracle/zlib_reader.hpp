// A gzip blob as zlib reads it: its bytes in order, and where zlib stopped between deflate blocks.
#pragma once

#include "libimgops/base/stream.hpp"

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace imgops::test {

// A deflate block of a blob. Bits count from the blob's begin, 0 the lowest of the first byte.
struct ZlibBlock {
  std::uint64_t first_bit = 0;
  std::uint64_t end_bit = 0;
  std::uint64_t archive_offset_bytes = 0;  // of its first decoded byte
  std::uint64_t size_bytes = 0;            // decoded
  bool begins_stream = false;              // the first of a member
};

// Members one after the other, nothing between or behind them. Not thread-safe.
class ZlibReader {
 public:
  // Where a block may begin: `ended` is the block before, null in front of a member's first; with
  // `is_last` nothing of this member follows it.
  using Border = std::function<void(const ZlibBlock* ended, bool is_last)>;

  explicit ZlibReader(std::shared_ptr<const RandomAccess> blob, Border border = {});
  ~ZlibReader();
  ZlibReader(const ZlibReader&) = delete;
  ZlibReader& operator=(const ZlibReader&) = delete;

  // Fills the front of `buffer`; fewer bytes only at the end, or before what zlib refuses.
  std::size_t read(std::span<std::byte> buffer);
  // Why there is no more; empty while there is, and at the end.
  const std::string& refusal() const noexcept { return refusal_; }
  // The blocks that ended since this was asked last.
  std::vector<ZlibBlock> take_blocks();

  // At a border: the first bit behind it, and up to 32 KiB of its member before it.
  std::uint64_t bit() const;
  std::string window();

 private:
  bool fill();
  void note_border(unsigned state);
  void end_member();

  std::shared_ptr<const RandomAccess> blob_;
  Border border_;
  std::vector<std::byte> input_;
  z_stream stream_{};
  std::uint64_t read_bytes_ = 0;    // of the blob, into input_
  std::uint64_t member_bytes_ = 0;  // of the blob, before the member in hand
  std::uint64_t archive_bytes_ = 0;
  unsigned unused_bits_ = 0;
  ZlibBlock block_;
  bool in_block_ = false;
  bool begins_member_ = true;
  bool ended_ = false;
  std::string refusal_;
  std::vector<ZlibBlock> blocks_;
};

// One member around raw deflate, with the checksum and length that zlib finds in it; whatever zlib
// does not need is cut off. What zlib refuses gets a wrong end.
std::string member_around(const std::string& deflate);

}  // namespace imgops::test
