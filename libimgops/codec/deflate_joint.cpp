// Where a stream's final block begins is known only to who decodes it, which at the same time
// proves that it decodes to what went in. Clearing the bit that begins that block changes nothing
// else, and an empty stored block after it ends at the border of a byte:
//
//   before:  … [1 type … end of block] 0-padding
//   after:   … [0 type … end of block] [0 00] 0-padding  00 00 ff ff

#include "libimgops/codec/deflate_joint.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/codec/inflater.hpp"

#include <algorithm>

#include <isa-l/crc.h>

namespace imgops {
namespace {

constexpr std::size_t scratch_bytes = Inflater::window_bytes + std::size_t{128} * 1024;
constexpr unsigned header_bits = 3;  // flag and type

[[noreturn]] void fail(const char* what) {
  throw Error(ErrorKind::input_output, std::string("deflate: ") + what);
}

}  // namespace

DeflateJoiner::DeflateJoiner() : scratch_(scratch_bytes), inflater_(std::make_unique<Inflater>()) {}

DeflateJoiner::~DeflateJoiner() = default;

DeflateJoiner::Decoded DeflateJoiner::decode(std::string_view stream) {
  Decoded decoded;
  ByteView rest = as_bytes(stream);
  inflater_->reset();
  std::size_t at = 0;
  while (true) {
    if (at == scratch_.size()) {
      std::copy(scratch_.end() - Inflater::window_bytes, scratch_.end(), scratch_.begin());
      at = Inflater::window_bytes;
    }
    InflateSpace space{scratch_.data(), scratch_.data() + at, scratch_.data() + scratch_.size()};
    const Inflater::Stop stop = inflater_->inflate(rest, true, space);
    const ByteView made(scratch_.data() + at, space.next);
    decoded.checksum = crc32_gzip_refl(
        decoded.checksum, reinterpret_cast<const unsigned char*>(made.data()), made.size());
    decoded.size_bytes += made.size();
    at += made.size();
    if (stop == Inflater::Stop::space_full) continue;
    if (stop == Inflater::Stop::stream_end) break;
    if (stop != Inflater::Stop::block_end) fail("the encoder's output is damaged");
    decoded.last_block_bit = 8 * (stream.size() - rest.size()) - inflater_->unused_bits();
  }
  if (!rest.empty()) fail("the encoder's output has bytes after its end");
  decoded.padding_bits = inflater_->unused_bits();
  if (inflater_->unused_value() != 0) fail("the encoder's output is padded with ones");
  return decoded;
}

void DeflateJoiner::make_joinable(std::string& stream, std::uint32_t checksum,
                                  std::size_t size_bytes) {
  const Decoded decoded = decode(stream);
  if (decoded.checksum != checksum || decoded.size_bytes != size_bytes) {
    fail("the encoder's output does not decode to its input");
  }
  const auto flag = 1U << (decoded.last_block_bit % 8);
  char& flagged = stream.at(decoded.last_block_bit / 8);
  flagged = static_cast<char>(static_cast<unsigned char>(flagged) & ~flag);
  if (decoded.padding_bits < header_bits) stream += '\0';
  stream += std::string_view("\0\0\xff\xff", 4);
}

// The type for fixed codes, and the code word for the end.
std::string final_deflate_block() {
  return {"\x03\0", 2};
}

}  // namespace imgops
