#include "libimgops/codec/bit_joiner.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/codec/inflate_position.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>
#include <utility>

namespace imgops {
namespace {

constexpr unsigned header_bits = 3;  // flag and type
constexpr unsigned step_bytes = 7;   // of a word, at most seven bits of which are taken already
constexpr std::size_t stored_length_bytes = 4;

void store_word(std::string& to, std::size_t at, std::uint64_t word) {
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  std::memcpy(to.data() + at, &word, sizeof word);
}

}  // namespace

void BitJoiner::append(const DeflateBlock& block) {
  if (!block.is_stored) {
    append_number(0, 1);  // the flag of a final block
    append_bits(block.bytes, std::uint64_t{block.first_bit} + 1, block.bit_count - 1);
    return;
  }
  const std::size_t size = block.size_bytes + stored_length_bytes;
  if (block.bytes.size() < size) {
    throw Error(ErrorKind::invalid_argument, "deflate: no whole stored block");
  }
  append_stored_header();
  bytes_ += std::string_view(block.bytes).substr(block.bytes.size() - size);
}

std::string BitJoiner::finish() {
  append_stored_header();
  bytes_ += std::string_view("\0\0\xff\xff", stored_length_bytes);
  return std::exchange(bytes_, {});
}

void BitJoiner::append_stored_header() {
  append_number(0, header_bits);
  if (count_ != 0) append_number(0, 8 - count_);
}

void BitJoiner::append_bits(std::string_view bytes, std::uint64_t first_bit, std::uint64_t count) {
  if (first_bit + count > 8 * std::uint64_t{bytes.size()}) {
    throw Error(ErrorKind::invalid_argument, "deflate: no whole block");
  }
  std::size_t at = first_bit / 8;
  const auto shift = static_cast<unsigned>(first_bit % 8);
  const std::size_t start = bytes_.size();
  const std::size_t steps = bytes.size() < at + 8
                                ? 0
                                : std::min<std::size_t>(count / (8 * step_bytes),
                                                        (bytes.size() - at - 8) / step_bytes + 1);
  bytes_.resize(start + steps * step_bytes + (steps == 0 ? 0 : 1));
  constexpr std::uint64_t mask = (std::uint64_t{1} << (8 * step_bytes)) - 1;
  const ByteView from = as_bytes(bytes);
  for (std::size_t step = 0; step < steps; ++step, at += step_bytes) {
    bits_ |= ((load_word(from.data() + at) >> shift) & mask) << count_;
    store_word(bytes_, start + step * step_bytes, bits_);
    bits_ >>= 8 * step_bytes;
  }
  bytes_.resize(start + steps * step_bytes);
  count -= steps * 8 * step_bytes;
  for (unsigned skip = shift; count > 0; ++at, skip = 0) {
    const auto taken = static_cast<unsigned>(std::min<std::uint64_t>(count, 8 - skip));
    const std::uint64_t byte = static_cast<unsigned char>(bytes[at]);
    append_number(byte >> skip, taken);
    count -= taken;
  }
}

// At most 8; bits above are not looked at.
void BitJoiner::append_number(std::uint64_t bits, unsigned count) {
  bits_ |= (bits & ((1U << count) - 1)) << count_;
  count_ += count;
  if (count_ < 8) return;
  bytes_ += static_cast<char>(static_cast<unsigned char>(bits_));
  bits_ >>= 8U;
  count_ -= 8;
}

}  // namespace imgops
