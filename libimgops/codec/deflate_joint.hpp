// Makes a finished deflate stream one that others can follow. Private to codec.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

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
  class Probe;

  std::size_t find_final_header(std::string_view stream);

  std::vector<unsigned char> scratch_;  // where decoded bytes go to be counted
  std::unique_ptr<Probe> probe_;
  std::unique_ptr<Probe> before_;  // probe_ as it was before the piece in hand
};

// One empty final block, which ends a deflate stream made of joinable ones.
std::string final_deflate_block();

}  // namespace imgops
