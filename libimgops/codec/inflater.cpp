// Everything that may happen anywhere, one code at a time, with all checks: headers, stored blocks,
// the ends of input and space. Where both are far, inflate_fast.cpp works.
#include "libimgops/codec/inflater.hpp"

#include "libimgops/codec/inflate_position.hpp"

#include <algorithm>

namespace imgops {
namespace {

using namespace deflate_codes;

constexpr std::size_t end_of_block = 256;
constexpr unsigned most_length_codes = 286;
constexpr unsigned most_distance_codes = 30;
constexpr unsigned repeat_last = 16;
constexpr unsigned repeat_zero = 17;
constexpr std::array<std::uint8_t, 19> code_length_order{16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                         11, 4,  12, 3, 13, 2, 14, 1, 15};

}  // namespace

void Inflater::reset() noexcept {
  phase_ = Phase::header;
  is_final_ = false;
  is_stored_ = false;
  bit_count_ = 0;
  bits_ = 0;
  stored_left_ = 0;
  pending_length_ = 0;
}

Inflater::Stop Inflater::inflate(ByteView& input, bool is_last, InflateSpace& space) {
  Position at{
      input.data(), input.data() + input.size(), bits_, bit_count_, space.history, space.next,
      space.end};
  const Stop stop = run(at, is_last);
  at.give_back();
  bits_ = static_cast<std::uint8_t>(at.bits);
  bit_count_ = static_cast<std::uint8_t>(at.count);
  input = input.subspan(static_cast<std::size_t>(at.next - input.data()));
  space.next = at.out;
  return stop;
}

Inflater::Stop Inflater::run(Position& at, bool is_last) {
  while (true) {
    std::optional<Stop> stop;
    switch (phase_) {
      case Phase::header:
        if (!is_last && at.is_input_low()) return Stop::input_low;
        stop = read_header(at);
        break;
      case Phase::stored:
        stop = copy_stored(at, is_last);
        break;
      case Phase::coded:
        stop = inflate_codes(at, is_last);
        break;
      case Phase::ended:
        return Stop::stream_end;
    }
    if (stop) return *stop;
  }
}

// Stream and block end together: what follows the last block is padding.
Inflater::Stop Inflater::end_block() {
  phase_ = is_final_ ? Phase::ended : Phase::header;
  return is_final_ ? Stop::stream_end : Stop::block_end;
}

std::optional<Inflater::Stop> Inflater::read_header(Position& at) {
  unsigned value = 0;
  if (!at.take(3, value)) return Stop::cut;
  is_final_ = (value & 1U) != 0;
  is_stored_ = value >> 1U == 0;
  switch (value >> 1U) {
    case 0:
      return read_stored_header(at);
    case 1:
      use_fixed_codes();
      break;
    case 2:
      if (const auto stop = read_code_lengths(at)) return stop;
      break;
    default:
      return Stop::damaged;
  }
  if (!fill_tables()) return Stop::damaged;
  phase_ = Phase::coded;
  return std::nullopt;
}

std::optional<Inflater::Stop> Inflater::read_stored_header(Position& at) {
  at.drop(at.count % 8);
  unsigned length = 0;
  unsigned complement = 0;
  if (!at.take(16, length) || !at.take(16, complement)) return Stop::cut;
  if ((length ^ complement) != 0xffffU) return Stop::damaged;
  at.give_back();
  stored_left_ = length;
  phase_ = Phase::stored;
  return std::nullopt;
}

std::optional<Inflater::Stop> Inflater::copy_stored(Position& at, bool is_last) {
  const std::size_t count = std::min({std::size_t{stored_left_}, at.input_left(), at.space_left()});
  std::copy_n(at.next, count, at.out);
  at.next += count;
  at.out += count;
  stored_left_ -= static_cast<std::uint32_t>(count);
  if (stored_left_ == 0) return end_block();
  if (at.space_left() == 0) return Stop::space_full;
  return is_last ? Stop::cut : Stop::input_low;
}

void Inflater::use_fixed_codes() {
  length_count_ = length_symbols;
  distance_count_ = distance_symbols;
  auto at = code_lengths_.begin();
  at = std::fill_n(at, 144, std::uint8_t{8});
  at = std::fill_n(at, 112, std::uint8_t{9});
  at = std::fill_n(at, 24, std::uint8_t{7});
  at = std::fill_n(at, 8, std::uint8_t{8});
  std::fill_n(at, distance_symbols, std::uint8_t{5});
}

std::optional<Inflater::Stop> Inflater::read_code_lengths(Position& at) {
  unsigned lengths = 0;
  unsigned distances = 0;
  unsigned count = 0;
  if (!at.take(5, lengths) || !at.take(5, distances) || !at.take(4, count)) return Stop::cut;
  lengths += 257;
  distances += 1;
  if (lengths > most_length_codes || distances > most_distance_codes) return Stop::damaged;

  std::array<std::uint8_t, code_length_order.size()> order{};
  for (unsigned i = 0; i < count + 4; ++i) {
    unsigned length = 0;
    if (!at.take(3, length)) return Stop::cut;
    order.at(code_length_order.at(i)) = static_cast<std::uint8_t>(length);
  }
  CodeLengthTable table;
  if (!fill_code_length_table(order, table)) return Stop::damaged;

  const unsigned total = lengths + distances;
  unsigned filled = 0;
  while (filled < total) {
    at.refill();
    const Entry entry = table[at.bits & (table.size() - 1)];
    if (used_bits(entry) > at.count) return Stop::cut;
    at.drop(used_bits(entry));
    const unsigned symbol = (entry >> 16U) & 0xffU;
    if (symbol < repeat_last) {
      code_lengths_.at(filled++) = static_cast<std::uint8_t>(symbol);
      continue;
    }
    unsigned repeats = 0;
    const unsigned extra_bits = symbol == repeat_last ? 2 : symbol == repeat_zero ? 3 : 7;
    if (!at.take(extra_bits, repeats)) return Stop::cut;
    repeats += symbol == repeat_last || symbol == repeat_zero ? 3 : 11;
    if (symbol == repeat_last && filled == 0) return Stop::damaged;
    if (repeats > total - filled) return Stop::damaged;
    const std::uint8_t value =
        symbol == repeat_last ? code_lengths_.at(filled - 1) : std::uint8_t{0};
    std::fill_n(code_lengths_.begin() + filled, repeats, value);
    filled += repeats;
  }
  if (code_lengths_[end_of_block] == 0) return Stop::damaged;
  length_count_ = static_cast<std::uint16_t>(lengths);
  distance_count_ = static_cast<std::uint16_t>(distances);
  return std::nullopt;
}

bool Inflater::fill_tables() {
  const std::span<const std::uint8_t> lengths(code_lengths_);
  return fill_length_table(lengths.first(length_count_), lengths_) &&
         fill_distance_table(lengths.subspan(length_count_, distance_count_), distances_);
}

std::optional<Inflater::Stop> Inflater::inflate_codes(Position& at, bool is_last) {
  if (pending_length_ != 0 && pending_distance_ > static_cast<std::size_t>(at.out - at.history)) {
    return Stop::damaged;  // a saved state that does not belong to its history
  }
  if (!copy_pending(at)) return Stop::space_full;
  while (true) {
    if (!inflate_fast(at)) return Stop::damaged;
    if (at.space_left() == 0) return Stop::space_full;
    if (!is_last && at.is_input_low()) return Stop::input_low;
    if (const auto stop = inflate_one(at)) return stop;
  }
}

// False when there is no space for all of it.
bool Inflater::copy_pending(Position& at) {
  const auto count = std::min<std::size_t>(pending_length_, at.space_left());
  // Byte by byte, since a match may go on into what it makes.
  for (std::size_t i = 0; i < count; ++i, ++at.out) *at.out = *(at.out - pending_distance_);
  pending_length_ -= static_cast<std::uint32_t>(count);
  return pending_length_ == 0;
}

std::optional<Inflater::Stop> Inflater::inflate_one(Position& at) {
  at.refill();
  Entry entry = lengths_[at.bits & ((1U << length_root_bits) - 1)];
  if ((entry & other_flag) != 0 && (entry & longer_flag) != 0) {
    if (at.count < length_root_bits) return Stop::cut;
    at.drop(length_root_bits);
    constexpr unsigned mask = (1U << (longest_code_bits - length_root_bits)) - 1;
    entry = lengths_.at(base(entry) + (at.bits & mask));
  }
  if (entry == other_flag) return Stop::damaged;
  if (used_bits(entry) > at.count) return Stop::cut;
  if ((entry & literal_flag) != 0) {
    at.drop(used_bits(entry));
    *at.out++ = static_cast<std::byte>(entry >> 16U);
    return std::nullopt;
  }
  if ((entry & other_flag) != 0) {
    at.drop(used_bits(entry));
    return end_block();
  }
  const auto value = [&at](Entry group) {
    const auto extra =
        static_cast<std::uint32_t>((at.bits & ((1U << used_bits(group)) - 1)) >> code_bits(group));
    at.drop(used_bits(group));
    return base(group) + extra;
  };
  const std::uint32_t length = value(entry);

  at.refill();
  entry = distances_[at.bits & ((1U << distance_root_bits) - 1)];
  if ((entry & other_flag) != 0 && (entry & longer_flag) != 0) {
    if (at.count < distance_root_bits) return Stop::cut;
    at.drop(distance_root_bits);
    constexpr unsigned mask = (1U << (longest_code_bits - distance_root_bits)) - 1;
    entry = distances_.at(base(entry) + (at.bits & mask));
  }
  if (entry == other_flag) return Stop::damaged;
  if (used_bits(entry) > at.count) return Stop::cut;
  const std::uint32_t distance = value(entry);
  if (distance > static_cast<std::size_t>(at.out - at.history)) return Stop::damaged;
  pending_length_ = length;
  pending_distance_ = distance;
  if (!copy_pending(at)) return Stop::space_full;
  return std::nullopt;
}

// phase | final | stored | bits in hand: how many, which | left of a stored block, 4 bytes |
// pending match: length, 2, and distance, 4 | how many lengths of codes, 2 and 2 | those
std::string Inflater::save() const {
  std::string state{static_cast<char>(phase_), static_cast<char>(is_final_),
                    static_cast<char>(is_stored_), static_cast<char>(bit_count_),
                    static_cast<char>(bits_)};
  const auto append = [&state](std::uint32_t number, unsigned bytes) {
    for (; bytes > 0; --bytes, number >>= 8U) {
      state += static_cast<char>(static_cast<unsigned char>(number));
    }
  };
  append(stored_left_, 4);
  append(pending_length_, 2);
  append(pending_distance_, 4);
  const bool coded = phase_ == Phase::coded;
  append(coded ? length_count_ : 0U, 2);
  append(coded ? distance_count_ : 0U, 2);
  const std::size_t count = coded ? std::size_t{length_count_} + distance_count_ : 0;
  for (std::size_t i = 0; i < count; ++i) state += static_cast<char>(code_lengths_.at(i));
  return state;
}

bool Inflater::restore(std::string_view state) {
  constexpr std::size_t fixed_bytes = 19;
  if (state.size() < fixed_bytes) return false;
  const auto number = [&state](std::size_t at, unsigned bytes) {
    std::uint32_t value = 0;
    while (bytes-- > 0) value = value << 8U | static_cast<unsigned char>(state[at + bytes]);
    return value;
  };
  if (number(0, 1) > static_cast<unsigned>(Phase::ended)) return false;
  const auto phase = static_cast<Phase>(number(0, 1));
  const std::uint32_t bit_count = number(3, 1);
  if (number(1, 1) > 1 || number(2, 1) > 1 || bit_count > 7 || number(4, 1) >> bit_count != 0) {
    return false;
  }
  const std::uint32_t pending = number(9, 2);
  if (number(5, 4) > 0xffffU || pending > 258 || number(11, 4) > window_bytes) return false;
  if (pending != 0 && (number(11, 4) == 0 || phase != Phase::coded)) return false;
  if (phase == Phase::coded) {
    const std::uint32_t lengths = number(15, 2);
    const std::uint32_t distances = number(17, 2);
    if (lengths > length_symbols || distances > distance_symbols ||
        state.size() != fixed_bytes + lengths + distances) {
      return false;
    }
    Inflater other;
    other.length_count_ = static_cast<std::uint16_t>(lengths);
    other.distance_count_ = static_cast<std::uint16_t>(distances);
    for (std::size_t i = 0; i < lengths + distances; ++i) {
      const std::uint32_t length = number(fixed_bytes + i, 1);
      if (length > longest_code_bits) return false;
      other.code_lengths_.at(i) = static_cast<std::uint8_t>(length);
    }
    if (!other.fill_tables()) return false;
    *this = other;
  } else if (state.size() != fixed_bytes) {
    return false;
  }
  phase_ = phase;
  is_final_ = number(1, 1) != 0;
  is_stored_ = number(2, 1) != 0;
  bit_count_ = static_cast<std::uint8_t>(bit_count);
  bits_ = static_cast<std::uint8_t>(number(4, 1));
  stored_left_ = number(5, 4);
  pending_length_ = pending;
  pending_distance_ = number(11, 4);
  return true;
}

}  // namespace imgops
