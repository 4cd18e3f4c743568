// The prefix codes of deflate as tables that are looked up with the bits next in the stream.
// Private to codec. Source: RFC 1951 §3.2.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace imgops::deflate_codes {

inline constexpr unsigned longest_code_bits = 15;
inline constexpr std::size_t length_symbols = 288;  // literals, end of block, lengths
inline constexpr std::size_t distance_symbols = 32;
inline constexpr unsigned length_root_bits = 11;
inline constexpr unsigned distance_root_bits = 9;

// What a table says about the bits next in the stream:
//
//   literal         1 ······· value:8 | 0… | code:8
//   length          0 base:15         | 000 code:5 | code and extra bits:8
//   distance        0 base:15         | 000 code:5 | code and extra bits:8
//   end of block    0 …               | 1 01 …     | code:8
//   longer code     0 where:15        | 1 10 …     | root:8     the next bits choose among those at
//                                                               `where`
//   no code         0 …               | 1 00 …     | 0
//
// The lowest eight bits are how many bits of the stream are used up.
using Entry = std::uint32_t;

inline constexpr Entry literal_flag = 1U << 31U;
inline constexpr Entry other_flag = 1U << 15U;  // neither literal nor length nor distance
inline constexpr Entry longer_flag = 1U << 14U;
inline constexpr Entry end_flag = 1U << 13U;

constexpr unsigned used_bits(Entry entry) noexcept {
  return entry & 0xffU;
}
constexpr unsigned code_bits(Entry entry) noexcept {
  return (entry >> 8U) & 0x1fU;
}
constexpr std::uint32_t base(Entry entry) noexcept {
  return (entry >> 16U) & 0x7fffU;
}

// Codes longer than the root share a prefix of as many bits with another at least, so that half of
// the symbols is the most prefixes there can be; each has room for every longer code.
constexpr std::size_t table_size(std::size_t symbols, unsigned root_bits) noexcept {
  return (std::size_t{1} << root_bits) +
         symbols / 2 * (std::size_t{1} << (longest_code_bits - root_bits));
}

using LengthTable = std::array<Entry, table_size(length_symbols, length_root_bits)>;
using DistanceTable = std::array<Entry, table_size(distance_symbols, distance_root_bits)>;
// The values are the lengths of codes, as literals.
using CodeLengthTable = std::array<Entry, std::size_t{1} << 7U>;

// From the lengths of the symbols' codes, 0: not in use. False when they make no code that zlib
// takes: more codes than there are, or fewer, unless it is a single one of one bit (not for the
// lengths of codes) or none (for distances). Only after true `table` is one.
bool fill_length_table(std::span<const std::uint8_t> code_lengths, LengthTable& table);
bool fill_distance_table(std::span<const std::uint8_t> code_lengths, DistanceTable& table);
bool fill_code_length_table(std::span<const std::uint8_t> code_lengths, CodeLengthTable& table);

}  // namespace imgops::deflate_codes
