// Codes are given out by length, then by symbol, counting upwards; the stream has their bits in the
// opposite order, so that counting means adding at the top. A table of the codes of up to n bits is
// that of up to n - 1 twice, and the codes of n bits in the holes.
#include "libimgops/codec/code_table.hpp"

#include <algorithm>
#include <bit>

namespace imgops::deflate_codes {
namespace {

struct Group {
  std::uint16_t base;
  std::uint8_t extra_bits;
};

constexpr std::array<Group, 29> length_groups{
    {{3, 0},  {4, 0},  {5, 0},  {6, 0},   {7, 0},   {8, 0},   {9, 0},   {10, 0},  {11, 1}, {13, 1},
     {15, 1}, {17, 1}, {19, 2}, {23, 2},  {27, 2},  {31, 2},  {35, 3},  {43, 3},  {51, 3}, {59, 3},
     {67, 4}, {83, 4}, {99, 4}, {115, 4}, {131, 5}, {163, 5}, {195, 5}, {227, 5}, {258, 0}}};

constexpr std::size_t end_of_block = 256;
constexpr std::size_t first_length = 257;
constexpr std::size_t distance_groups = 30;

constexpr Entry no_code = other_flag;

// Of a symbol, without its code's length.
constexpr Entry group_entry(Group group) {
  return (Entry{group.base} << 16U) | group.extra_bits;
}

constexpr auto length_entries = [] {
  std::array<Entry, length_symbols> entries{};
  for (std::size_t symbol = 0; symbol < length_symbols; ++symbol) {
    Entry& entry = entries.at(symbol);
    if (symbol < end_of_block) {
      entry = literal_flag | (static_cast<Entry>(symbol) << 16U);
    } else if (symbol == end_of_block) {
      entry = other_flag | end_flag;
    } else if (symbol - first_length < length_groups.size()) {
      entry = group_entry(length_groups.at(symbol - first_length));
    } else {
      entry = no_code;
    }
  }
  return entries;
}();

constexpr auto distance_entries = [] {
  std::array<Entry, distance_symbols> entries{};
  unsigned next = 1;
  for (std::size_t symbol = 0; symbol < distance_symbols; ++symbol) {
    if (symbol >= distance_groups) {
      entries.at(symbol) = no_code;
      continue;
    }
    const unsigned extra = symbol < 4 ? 0 : static_cast<unsigned>(symbol) / 2 - 1;
    entries.at(symbol) =
        group_entry({static_cast<std::uint16_t>(next), static_cast<std::uint8_t>(extra)});
    next += 1U << extra;
  }
  return entries;
}();

constexpr auto code_length_entries = [] {
  std::array<Entry, 19> entries{};
  for (std::size_t symbol = 0; symbol < entries.size(); ++symbol) {
    entries.at(symbol) = literal_flag | (static_cast<Entry>(symbol) << 16U);
  }
  return entries;
}();

// With the code's length where it belongs; a length or distance needs it twice, since its lowest
// bits already say how many extra bits there are.
constexpr Entry with_code(Entry entry, unsigned length) {
  const bool is_group = (entry & (literal_flag | other_flag)) == 0;
  if (entry == no_code) return entry;
  return entry + length + (is_group ? length << 8U : 0);
}

// The next code of `length` bits, first bit lowest. The last is followed by 0.
std::uint32_t next_code(std::uint32_t code, unsigned length) {
  const std::uint32_t holes = ~code & ((1U << length) - 1);
  if (holes == 0) return 0;
  const std::uint32_t top = std::bit_floor(holes);
  return (code & (top - 1)) | top;
}

template <std::size_t most_symbols>
class Filler {
 public:
  Filler(std::span<const std::uint8_t> lengths, std::span<const Entry> symbols,
         std::span<Entry> table, unsigned root_bits)
      : lengths_(lengths), symbols_(symbols), table_(table), root_bits_(root_bits) {}

  bool fill(bool may_be_single, bool may_be_empty) {
    for (const std::uint8_t length : lengths_) ++counts_.at(length);
    counts_[0] = 0;
    const int left = unused_codes();
    const bool is_single = left == 1 << (longest_code_bits - 1) && counts_[1] == 1;
    const bool is_empty = left == 1 << longest_code_bits;
    if (left != 0) {
      // Some bits mean nothing: those of a single code's other half, or all.
      std::ranges::fill(table_, no_code);
      if (!(is_single && may_be_single) && !(is_empty && may_be_empty)) return false;
    }
    if (is_empty) return true;
    sort_symbols();
    fill_root();
    fill_longer();
    return true;
  }

 private:
  // Of 2^15; below zero: too many codes.
  int unused_codes() const {
    int left = 1;
    for (unsigned length = 1; length <= longest_code_bits; ++length) {
      left = 2 * left - static_cast<int>(counts_.at(length));
      if (left < 0) return left;
    }
    return left;
  }

  void sort_symbols() {
    std::array<std::uint16_t, longest_code_bits + 1> next{};
    for (unsigned length = 1; length < longest_code_bits; ++length) {
      next.at(length + 1) = static_cast<std::uint16_t>(next.at(length) + counts_.at(length));
    }
    for (std::size_t symbol = 0; symbol < lengths_.size(); ++symbol) {
      const std::uint8_t length = lengths_[symbol];
      if (length == 0) continue;
      sorted_.at(next.at(length)++) = static_cast<std::uint16_t>(symbol);
    }
  }

  Entry entry_of(std::size_t place, unsigned length) const {
    return with_code(symbols_[sorted_.at(place)], length);
  }

  void fill_root() {
    std::size_t size = 1;
    for (unsigned length = 1; length <= root_bits_; ++length) {
      // What the shorter codes mean, they mean whatever bit comes next.
      std::copy_n(table_.begin(), size, table_.begin() + static_cast<std::ptrdiff_t>(size));
      size *= 2;
      for (unsigned count = counts_.at(length); count > 0; --count) {
        table_[code_] = entry_of(place_++, length);
        code_ = next_code(code_, length);
      }
    }
  }

  // Codes with the same first bits follow each other.
  void fill_longer() {
    const unsigned sub_bits = longest_code_bits - root_bits_;
    const std::uint32_t root_mask = (1U << root_bits_) - 1;
    std::size_t free = std::size_t{1} << root_bits_;
    std::uint32_t prefix = UINT32_MAX;
    std::size_t start = 0;
    for (unsigned length = root_bits_ + 1; length <= longest_code_bits; ++length) {
      for (unsigned count = counts_.at(length); count > 0; --count) {
        if ((code_ & root_mask) != prefix) {
          prefix = code_ & root_mask;
          start = free;
          free += std::size_t{1} << sub_bits;
          table_[prefix] =
              (static_cast<Entry>(start) << 16U) | other_flag | longer_flag | root_bits_;
        }
        const Entry entry = entry_of(place_++, length - root_bits_);
        const std::size_t step = std::size_t{1} << (length - root_bits_);
        for (std::size_t at = code_ >> root_bits_; at < (std::size_t{1} << sub_bits); at += step) {
          table_[start + at] = entry;
        }
        code_ = next_code(code_, length);
      }
    }
  }

  std::span<const std::uint8_t> lengths_;
  std::span<const Entry> symbols_;
  std::span<Entry> table_;
  unsigned root_bits_;
  std::array<std::uint16_t, 256> counts_{};  // by length; above 15 there are none
  std::array<std::uint16_t, most_symbols> sorted_{};
  std::size_t place_ = 0;   // in sorted_
  std::uint32_t code_ = 0;  // of that symbol
};

}  // namespace

bool fill_length_table(std::span<const std::uint8_t> code_lengths, LengthTable& table) {
  return Filler<length_symbols>(code_lengths, length_entries, table, length_root_bits)
      .fill(true, false);
}

bool fill_distance_table(std::span<const std::uint8_t> code_lengths, DistanceTable& table) {
  return Filler<distance_symbols>(code_lengths, distance_entries, table, distance_root_bits)
      .fill(true, true);
}

bool fill_code_length_table(std::span<const std::uint8_t> code_lengths, CodeLengthTable& table) {
  return Filler<19>(code_lengths, code_length_entries, table, 7).fill(false, false);
}

}  // namespace imgops::deflate_codes
