// Where an inflater stands while it works: the bits in hand and both ends. Private to the inflater.
#pragma once

#include "libimgops/codec/inflater.hpp"

#include <bit>
#include <cstring>

namespace imgops {

inline std::uint64_t load_word(const std::byte* from) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, from, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

struct Inflater::Position {
  const std::byte* next;  // of the input: the first byte of which no bit is in hand
  const std::byte* end;
  std::uint64_t bits;  // in hand, the next one lowest; zero above
  unsigned count;      // of them
  const std::byte* history;
  std::byte* out;
  std::byte* out_end;

  std::size_t input_left() const noexcept { return static_cast<std::size_t>(end - next); }
  // With the whole bytes in hand.
  bool is_input_low() const noexcept {
    return input_left() + count / 8 < Inflater::unit_limit_bytes;
  }
  std::size_t space_left() const noexcept { return static_cast<std::size_t>(out_end - out); }

  // At least 56 bits, or all there are.
  void refill() noexcept {
    while (count <= 56 && next != end) {
      bits |= std::to_integer<std::uint64_t>(*next++) << count;
      count += 8;
    }
  }
  void drop(unsigned number) noexcept {
    bits >>= number;
    count -= number;
  }
  // At most 16; false when there are fewer.
  bool take(unsigned number, unsigned& value) noexcept {
    if (count < number) refill();
    if (count < number) return false;
    value = static_cast<unsigned>(bits & ((1U << number) - 1));
    drop(number);
    return true;
  }
  // Whole bytes in hand are input again.
  void give_back() noexcept {
    next -= count / 8;
    count %= 8;
    bits &= (1U << count) - 1;
  }
};

}  // namespace imgops
