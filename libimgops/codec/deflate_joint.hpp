// Makes a finished deflate stream one that others can follow. Private to codec.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

class Inflater;

// Keeps its memory between calls; one thread each.
class DeflateJoiner {
 public:
  DeflateJoiner();
  ~DeflateJoiner();
  DeflateJoiner(const DeflateJoiner&) = delete;
  DeflateJoiner& operator=(const DeflateJoiner&) = delete;

  // `stream` is raw deflate with a final block, complete, of data with this crc32 and size, and
  // decodes without anything before it. Afterwards it decodes to the same, none of its blocks is
  // final, and it ends at the border of a byte with an empty stored block. It was decoded to prove
  // that. Throws Error(input_output) when the stream is not what is said.
  void make_joinable(std::string& stream, std::uint32_t checksum, std::size_t size_bytes);

 private:
  struct Decoded {
    std::uint32_t checksum = 0;
    std::size_t size_bytes = 0;
    std::size_t last_block_bit = 0;
    unsigned padding_bits = 0;
  };
  Decoded decode(std::string_view stream);

  std::vector<std::byte> scratch_;  // where decoded bytes go to be counted
  std::unique_ptr<Inflater> inflater_;
};

// One empty final block, which ends a deflate stream made of joinable ones.
std::string final_deflate_block();

}  // namespace imgops
