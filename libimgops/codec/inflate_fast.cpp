// The loop that most bytes come from. As long as there is room for whatever one turn can do, on
// both sides, nothing is checked but codes and distances. A word of input is or-ed above the bits
// in hand at once; of it as many whole bytes count as fit, and the bits above them, being those
// that the next word brings again, do no harm.
//
// Bits a turn needs, of at least 56 after each refill: two literals 2 · 11 and one more code 11, or
// a length 15 + 5; a distance 15 + 13 and the next code's 11.
#include "libimgops/codec/inflate_position.hpp"
#include "libimgops/codec/inflater.hpp"

#include <cstring>

namespace imgops {
namespace {

using namespace deflate_codes;

constexpr std::ptrdiff_t input_reserve_bytes = 40;  // four words and more
constexpr std::ptrdiff_t space_reserve_bytes = 3 + 258 + 48;

void copy_16(std::byte* to, const std::byte* from) noexcept {
  std::memcpy(to, from, 16);
}
void copy_8(std::byte* to, const std::byte* from) noexcept {
  std::memcpy(to, from, 8);
}

// Writes up to 48 bytes past the match.
[[gnu::always_inline]] inline void copy_match(std::byte* to, std::size_t distance,
                                              std::size_t length) noexcept {
  const std::byte* from = to - distance;
  std::byte* const end = to + length;
  if (distance >= 16) {
    copy_16(to, from);
    copy_16(to + 16, from + 16);
    for (to += 32, from += 32; to < end; to += 16, from += 16) copy_16(to, from);
    return;
  }
  if (distance == 1) {
    const std::byte value = *from;
    std::memset(to, std::to_integer<int>(value), 16);
    for (to += 16; to < end; to += 16) std::memset(to, std::to_integer<int>(value), 16);
    return;
  }
  // A word written `distance` bytes after where it was read: so many of its bytes are right, and
  // the next word begins after them.
  const std::size_t step = distance < 8 ? distance : 8;
  do {
    copy_8(to, from);
    to += step;
    from += step;
  } while (to < end);
}

[[gnu::always_inline]] inline std::uint64_t low_bits(std::uint64_t word, unsigned count) noexcept {
  return word & ((std::uint64_t{1} << count) - 1);
}

}  // namespace

[[gnu::always_inline]] inline bool Inflater::inflate_fast_here(Position& at) {
  at.give_back();
  const std::byte* next = at.next;
  std::byte* out = at.out;
  if (at.end - next < input_reserve_bytes || at.out_end - out < space_reserve_bytes) return true;
  const std::byte* const input_limit = at.end - input_reserve_bytes;
  std::byte* const out_limit = at.out_end - space_reserve_bytes;
  std::uint64_t bits = at.bits;
  unsigned count = at.count;
  bool is_sound = true;

  constexpr std::uint64_t length_mask = (1U << length_root_bits) - 1;
  constexpr std::uint64_t distance_mask = (1U << distance_root_bits) - 1;
  constexpr std::uint64_t longer_length_mask = (1U << (longest_code_bits - length_root_bits)) - 1;
  constexpr std::uint64_t longer_distance_mask =
      (1U << (longest_code_bits - distance_root_bits)) - 1;
  const Entry* const lengths = lengths_.data();
  const Entry* const distances = distances_.data();

  const auto refill = [&] {
    bits |= load_word(next) << count;
    next += (63 - count) >> 3;
    count |= 56;
  };
  const auto drop = [&](Entry entry) {
    bits >>= used_bits(entry);
    count -= used_bits(entry);
  };

  refill();
  Entry entry = lengths[bits & length_mask];
  while (next < input_limit && out < out_limit) {
    refill();
    if ((entry & literal_flag) != 0) {
      drop(entry);
      *out++ = static_cast<std::byte>(entry >> 16U);
      entry = lengths[bits & length_mask];
      if ((entry & literal_flag) != 0) {
        drop(entry);
        *out++ = static_cast<std::byte>(entry >> 16U);
        entry = lengths[bits & length_mask];
        if ((entry & literal_flag) != 0) {
          drop(entry);
          *out++ = static_cast<std::byte>(entry >> 16U);
          entry = lengths[bits & length_mask];
          continue;
        }
      }
    }
    if ((entry & other_flag) != 0) {
      if ((entry & longer_flag) == 0) break;
      const Entry longer = lengths[base(entry) + ((bits >> length_root_bits) & longer_length_mask)];
      if ((longer & other_flag) != 0) break;
      drop(entry);
      entry = longer;
      if ((entry & literal_flag) != 0) {
        drop(entry);
        *out++ = static_cast<std::byte>(entry >> 16U);
        entry = lengths[bits & length_mask];
        continue;
      }
    }
    std::uint64_t code = low_bits(bits, used_bits(entry));
    const auto length = static_cast<std::size_t>(base(entry) + (code >> code_bits(entry)));
    drop(entry);
    refill();
    entry = distances[bits & distance_mask];
    if ((entry & other_flag) != 0) {
      if ((entry & longer_flag) == 0) {
        is_sound = false;
        break;
      }
      drop(entry);
      entry = distances[base(entry) + (bits & longer_distance_mask)];
      if ((entry & other_flag) != 0) {
        is_sound = false;
        break;
      }
    }
    code = low_bits(bits, used_bits(entry));
    const auto distance = static_cast<std::size_t>(base(entry) + (code >> code_bits(entry)));
    drop(entry);
    if (distance > static_cast<std::size_t>(out - at.history)) {
      is_sound = false;
      break;
    }
    entry = lengths[bits & length_mask];
    copy_match(out, distance, length);
    out += length;
  }

  at.next = next;
  at.out = out;
  at.count = count;
  at.bits = low_bits(bits, count);
  return is_sound;
}

bool Inflater::inflate_fast_portable(Position& at) {
  return inflate_fast_here(at);
}

#if defined(__x86_64__)
// The same code with shifts that need no fixed register.
[[gnu::target("bmi,bmi2")]] bool Inflater::inflate_fast_bmi2(Position& at) {
  return inflate_fast_here(at);
}
bool Inflater::inflate_fast(Position& at) {
  static const bool has_bmi2 = __builtin_cpu_supports("bmi2") != 0;
  return has_bmi2 ? inflate_fast_bmi2(at) : inflate_fast_portable(at);
}
#else
bool Inflater::inflate_fast(Position& at) {
  return inflate_fast_portable(at);
}
#endif

}  // namespace imgops
