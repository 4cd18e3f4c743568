// Input cut into blocks of fixed size, encoded by all threads, delivered in order: so the output
// does not depend on the number of threads. Private to codec.
#pragma once

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/workers.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

namespace imgops {

struct EncodedBlock {
  std::string bytes;
  std::uint32_t checksum = 0;  // crc32 of the input, where the encoder wants it
  std::size_t input_size_bytes = 0;
};

class OrderedBlocks {
 public:
  // Called on any thread and several at once; may outlive the OrderedBlocks, so it owns what it
  // uses.
  using Encode = std::function<EncodedBlock(ByteView)>;
  // Called on the caller's thread, in the order of the input.
  using Deliver = std::function<void(const EncodedBlock&)>;

  OrderedBlocks(Workers& workers, std::size_t block_bytes, Encode encode, Deliver deliver);

  // Every block is full but the last; there is no empty one. What encoding or delivering throws
  // comes out here, and nothing can be done with the object then but dropping it.
  void write(ByteView bytes);
  // Ends the block being filled, if it has bytes.
  void flush();
  // A block that `make` gives, called as Encode is, after what was written so far.
  void insert(std::function<EncodedBlock()> make);
  void finish();

 private:
  struct Block;
  struct Pending {
    std::shared_ptr<Block> block;
    std::future<void> done;
  };

  void add(std::shared_ptr<Block> block, std::function<void()> task);
  void deliver_oldest();

  Workers& workers_;
  std::size_t block_bytes_;
  std::shared_ptr<const Encode> encode_;
  Deliver deliver_;
  std::string input_;               // of the block being filled
  std::deque<Pending> pending_;     // oldest first
  std::vector<std::string> spare_;  // memory of delivered blocks
};

}  // namespace imgops
