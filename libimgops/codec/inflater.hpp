// Inflates raw deflate and stops between blocks, so that callers learn where each of them begins,
// bit by bit. Private to codec. Source: RFC 1951.
//
// Accepts what zlib accepts and nothing else (tests/codec/inflater_test.cpp).
#pragma once

#include "libimgops/base/bytes.hpp"
#include "libimgops/codec/code_table.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace imgops {

// The bytes that come out, and before them those that matches may go back to.
struct InflateSpace {
  const std::byte* history =
      nullptr;  // from here on, up to window_bytes before `next` are looked at
  std::byte* next = nullptr;
  std::byte* end = nullptr;
};

// A few words and tables; no memory of its own, and none of bytes in or out. Copies stand alone.
class Inflater {
 public:
  static constexpr std::size_t window_bytes = 32768;
  // No header of a block and no code with its bits is longer.
  static constexpr std::size_t unit_limit_bytes = 1024;

  enum class Stop : std::uint8_t {
    space_full,
    input_low,  // fewer than unit_limit_bytes are left, and they are not the last
    block_end,  // the next bit begins a block
    stream_end,
    cut,  // the last bytes do not end the stream
    damaged,
  };

  // A stream begins.
  void reset() noexcept;

  // Goes on where it stopped. Takes bytes off the front of `input`, none of which it needs again,
  // and moves `space.next` over what it made; bytes between there and `space.end` may have changed,
  // too. With `is_last` nothing follows `input`. After cut or damaged only reset() is of use.
  Stop inflate(ByteView& input, bool is_last, InflateSpace& space);

  // How many of the last taken byte's bits, the high ones, belong to what comes next: 0 to 7.
  unsigned unused_bits() const noexcept { return bit_count_; }
  // Those bits, the next one lowest.
  unsigned unused_value() const noexcept { return bits_; }
  // Of the block in hand, or that was in hand last.
  bool is_final_block() const noexcept { return is_final_; }
  bool is_stored_block() const noexcept { return is_stored_; }

  // Where it stands, in a few hundred bytes; not after cut or damaged.
  std::string save() const;
  // From what save() gave; false, and nothing changed, for anything else.
  bool restore(std::string_view state);

 private:
  enum class Phase : std::uint8_t { header, stored, coded, ended };
  struct Position;

  Stop run(Position& at, bool is_last);
  std::optional<Stop> read_header(Position& at);
  std::optional<Stop> read_stored_header(Position& at);
  std::optional<Stop> read_code_lengths(Position& at);
  std::optional<Stop> copy_stored(Position& at, bool is_last);
  std::optional<Stop> inflate_codes(Position& at, bool is_last);
  std::optional<Stop> inflate_one(Position& at);
  bool copy_pending(Position& at);
  void use_fixed_codes();
  bool fill_tables();
  Stop end_block();

  // Decode while there are many bytes on both sides; end before whatever is not a literal or match.
  // False: damaged.
  bool inflate_fast(Position& at);
  bool inflate_fast_here(Position& at);
  bool inflate_fast_portable(Position& at);
  bool inflate_fast_bmi2(Position& at);

  Phase phase_ = Phase::header;
  bool is_final_ = false;
  bool is_stored_ = false;
  std::uint8_t bit_count_ = 0;
  std::uint8_t bits_ = 0;             // the bits in hand, the next one lowest
  std::uint32_t stored_left_ = 0;     // bytes of a stored block
  std::uint32_t pending_length_ = 0;  // of a match that did not fit
  std::uint32_t pending_distance_ = 0;
  std::uint16_t length_count_ = 0;    // how many of the lengths below are of literals and lengths
  std::uint16_t distance_count_ = 0;  // and how many, after them, of distances
  std::array<std::uint8_t, deflate_codes::length_symbols + deflate_codes::distance_symbols>
      code_lengths_{};
  deflate_codes::LengthTable lengths_{};
  deflate_codes::DistanceTable distances_{};
};

}  // namespace imgops
