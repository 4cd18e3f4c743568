// Runs of deflate blocks taken out of a blob, each made a stream of its own that can be changed.
#pragma once

#include "tests/oracle/zlib_reader.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>

namespace imgops::test {

// A sound raw deflate stream: a stored block of what matches may go back to, then the blocks as the
// blob has them, shifted by bits; the last one says that it is the last.
struct DeflatePiece {
  std::string deflate;
  std::size_t blocks_at = 0;      // in it, of the first block that the blob has
  std::size_t last_block_at = 0;  // of the byte in which the last one begins
};

// The first blocks of a blob and, every 4 MiB of it, some more: one block at least, 256 KiB at most
// as long as blocks are shorter. Which, and how many, depends on the blob alone.
class PieceTaker {
 public:
  using Taken = std::function<void(const DeflatePiece&)>;

  PieceTaker(std::shared_ptr<const RandomAccess> blob, Taken taken);
  // As ZlibReader::Border, told by `reader`.
  void border(ZlibReader& reader, const ZlibBlock* ended, bool is_last);

 private:
  struct Open {
    std::string window;
    std::uint64_t first_bit = 0;
    std::uint64_t limit_bits = 0;
    std::uint64_t last_block_bit = 0;
    std::uint64_t end_bit = 0;
  };

  std::string bytes_of_blob(std::uint64_t first_bit, std::uint64_t end_bit) const;
  bool is_stored(const ZlibBlock& block) const;
  void add(const ZlibBlock& block);
  void close();

  std::shared_ptr<const RandomAccess> blob_;
  Taken taken_;
  std::mt19937 random_;
  std::uint64_t next_bit_ = 0;
  std::optional<Open> open_;
};

// A member around the piece after one to three changes: bits turned, bytes exchanged, an early end;
// most of them where many things can be wrong. One in sixteen has a change in its header or trailer
// too; all others that zlib takes have the right checksum.
std::string changed_member(const DeflatePiece& piece, std::mt19937& random);

}  // namespace imgops::test
