#include "libimgops/codec/inflater.hpp"

#include "tests/codec/samples.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace imgops {
namespace {

using samples::Random;

struct Outcome {
  bool is_sound = false;
  std::string text;                        // all of it when sound, else what came out
  std::size_t taken_bytes = 0;             // of the input, when sound
  std::vector<std::uint64_t> block_bits;   // where blocks begin that are not the first
  std::vector<std::uint64_t> block_bytes;  // of text before them
};

unsigned char* bytes_of(const std::string& text) {
  return const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(text.data()));
}

// zlib stops between blocks when asked to, and says how many bits it did not use.
Outcome zlib_inflate(const std::string& stream) {
  Outcome outcome;
  z_stream state{};
  EXPECT_EQ(inflateInit2(&state, -15), Z_OK);
  state.next_in = bytes_of(stream);
  state.avail_in = static_cast<unsigned>(stream.size());
  std::string piece(256 * 1024, '\0');
  int status = Z_OK;
  while (status == Z_OK) {
    state.next_out = bytes_of(piece);
    state.avail_out = static_cast<unsigned>(piece.size());
    status = inflate(&state, Z_BLOCK);
    outcome.text.append(piece, 0, piece.size() - state.avail_out);
    const auto unused = static_cast<unsigned>(state.data_type);
    if (status == Z_OK && (unused & 128U) != 0 && (unused & 64U) == 0) {
      const std::uint64_t bits = 8 * std::uint64_t{state.total_in} - (unused & 7U);
      if (bits != 0) {  // it stops before the first block, too
        outcome.block_bits.push_back(bits);
        outcome.block_bytes.push_back(outcome.text.size());
      }
    }
  }
  outcome.is_sound = status == Z_STREAM_END;
  outcome.taken_bytes = state.total_in;
  inflateEnd(&state);
  return outcome;
}

// In pieces: `input_bytes` at a time beyond those that must wait, `space_bytes` of space. Memory of
// just that size, so that the address sanitizer sees every byte too far.
class Machine {
 public:
  Machine(std::size_t input_bytes, std::size_t space_bytes, bool saves = false)
      : input_bytes_(input_bytes), space_bytes_(space_bytes), saves_(saves) {}

  Outcome run(const std::string& stream) {
    Outcome outcome;
    Inflater inflater;
    inflater.reset();
    std::size_t at = 0;
    while (true) {
      const std::size_t wanted = Inflater::unit_limit_bytes + input_bytes_;
      const std::size_t count = std::min(stream.size() - at, wanted);
      const std::vector<std::byte> input = copy_of(stream, at, count);
      const std::size_t window = std::min(outcome.text.size(), Inflater::window_bytes);
      std::vector<std::byte> space = copy_of(outcome.text, outcome.text.size() - window, window);
      space.resize(window + space_bytes_);
      InflateSpace bounds{space.data(), space.data() + window, space.data() + space.size()};
      ByteView rest(input);
      const auto stop = inflater.inflate(rest, at + count == stream.size(), bounds);
      at += count - rest.size();
      outcome.text += as_text(ByteView(space.data() + window, bounds.next));
      outcome.taken_bytes = at;
      switch (stop) {
        case Inflater::Stop::space_full:
        case Inflater::Stop::input_low:
          break;
        case Inflater::Stop::block_end:
          outcome.block_bits.push_back(8 * at - inflater.unused_bits());
          outcome.block_bytes.push_back(outcome.text.size());
          break;
        case Inflater::Stop::stream_end:
          outcome.is_sound = true;
          return outcome;
        case Inflater::Stop::cut:
        case Inflater::Stop::damaged:
          return outcome;
      }
      if (saves_) {
        const std::string state = inflater.save();
        inflater = Inflater();
        EXPECT_TRUE(inflater.restore(state));
      }
    }
  }

 private:
  static std::vector<std::byte> copy_of(const std::string& text, std::size_t at,
                                        std::size_t count) {
    const ByteView part = as_bytes(std::string_view(text).substr(at, count));
    return {part.begin(), part.end()};
  }

  std::size_t input_bytes_;
  std::size_t space_bytes_;
  bool saves_;
};

void expect_as_zlib(const std::string& stream, Machine machine) {
  const Outcome expected = zlib_inflate(stream);
  const Outcome found = machine.run(stream);
  ASSERT_EQ(found.is_sound, expected.is_sound);
  if (!expected.is_sound) return;
  ASSERT_TRUE(found.text == expected.text);
  ASSERT_EQ(found.taken_bytes, expected.taken_bytes);
  ASSERT_EQ(found.block_bits, expected.block_bits);
  ASSERT_EQ(found.block_bytes, expected.block_bytes);
}

// zlib's stream of every kind it makes, with flushes of every kind between parts.
std::string flushed_deflate(const std::string& text, int level, int strategy, int memory_level,
                            Random& random) {
  constexpr std::array<int, 5> flushes{Z_NO_FLUSH, Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH,
                                       Z_BLOCK};
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, level, Z_DEFLATED, -15, memory_level, strategy), Z_OK);
  std::string out(2 * text.size() + 64 * 1024, '\0');
  stream.next_out = bytes_of(out);
  stream.avail_out = static_cast<unsigned>(out.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t count = std::min<std::size_t>(text.size() - at, 1 + random() % 30'000);
    stream.next_in = bytes_of(text) + at;
    stream.avail_in = static_cast<unsigned>(count);
    EXPECT_EQ(deflate(&stream, flushes.at(random() % flushes.size())), Z_OK);
    at += count;
  }
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST(Inflater, AgreesWithZlibOnStreamsOfEveryLevelStrategyAndFlush) {
  Random random(3);
  for (int level = 0; level <= 9; ++level) {
    for (const int strategy : {Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED}) {
      for (const int memory_level : {1, 8, 9}) {
        const std::string text = samples::mixture(150'000, random());
        const std::string stream = flushed_deflate(text, level, strategy, memory_level, random);
        expect_as_zlib(stream, Machine(1 << 20, 128 * 1024));
        expect_as_zlib(stream, Machine(random() % 3000, 1 + random() % 9000));
      }
    }
  }
}

TEST(Inflater, StopsAnywhereAndGoesOn) {
  Random random(4);
  for (const int strategy : {Z_DEFAULT_STRATEGY, Z_HUFFMAN_ONLY, Z_FIXED}) {
    const std::string text = samples::mixture(60'000, random());
    for (const int level : {0, 1, 6}) {
      const std::string stream = flushed_deflate(text, level, strategy, 8, random);
      for (const std::size_t space : {1UL, 2UL, 7UL, 300UL, 320UL}) {
        expect_as_zlib(stream, Machine(random() % 20, space));
      }
    }
  }
}

TEST(Inflater, GoesOnFromWhatItSavedAnywhere) {
  Random random(5);
  for (const int strategy : {Z_DEFAULT_STRATEGY, Z_HUFFMAN_ONLY, Z_FIXED}) {
    for (const int level : {0, 1, 6}) {
      const std::string text = samples::mixture(40'000, random());
      const std::string stream = flushed_deflate(text, level, strategy, 8, random);
      for (const std::size_t space : {5UL, 400UL, 5'000UL}) {
        expect_as_zlib(stream, Machine(random() % 500, space, true));
      }
    }
  }
}

TEST(Inflater, RejectsJustTheChangedStreamsThatZlibRejects) {
  Random random(6);
  std::size_t sound = 0;
  for (int round = 0; round < 30'000; ++round) {
    const std::string text = samples::words(1 + random() % 700, random());
    const int strategy = static_cast<int>(random() % 5);
    std::string stream = samples::zlib_deflate(text, static_cast<int>(random() % 10), strategy);
    for (std::size_t changes = 1 + random() % 3; changes > 0; --changes) {
      // Headers are where most can be wrong.
      const std::size_t at = random() % std::min<std::size_t>(stream.size(), 8 + random() % 300);
      if (random() % 8 == 0) stream.resize(at + 1);
      stream[at] = static_cast<char>(stream[at] ^ static_cast<char>(1U << random() % 8));
    }
    const Machine machine(random() % 2 == 0 ? 1 << 20 : random() % 60, 1 + random() % 2000);
    expect_as_zlib(stream, machine);
    if (HasFatalFailure()) FAIL() << "round " << round;
    sound += zlib_inflate(stream).is_sound ? 1U : 0U;
  }
  EXPECT_GT(sound, 1000U);
  EXPECT_LT(sound, 29'000U);
}

// Bits, the lowest first; codes the highest first.
class Bits {
 public:
  void number(std::uint32_t value, unsigned count) {
    for (unsigned i = 0; i < count; ++i) bit((value >> i) & 1U);
  }
  void code(std::uint32_t value, unsigned count) {
    while (count-- > 0) bit((value >> count) & 1U);
  }
  std::string take() { return std::move(bytes_); }

 private:
  void bit(unsigned value) {
    if (used_ % 8 == 0) bytes_ += '\0';
    bytes_.back() =
        static_cast<char>(static_cast<unsigned char>(bytes_.back()) | (value << used_ % 8));
    ++used_;
  }
  std::string bytes_;
  unsigned used_ = 0;
};

// A block with these lengths of codes, each told by a code of its own of four bits, and random bits
// after them.
std::string block_of_lengths(const std::vector<unsigned>& lengths,
                             const std::vector<unsigned>& distances, Random& random) {
  Bits bits;
  bits.number(1, 1);
  bits.number(2, 2);
  bits.number(static_cast<std::uint32_t>(lengths.size() - 257), 5);
  bits.number(static_cast<std::uint32_t>(distances.size() - 1), 5);
  bits.number(15, 4);
  for (unsigned i = 0; i < 19; ++i) bits.number(i < 3 ? 0 : 4, 3);  // 0 to 15, not the repeats
  for (const auto* part : {&lengths, &distances}) {
    for (const unsigned length : *part) bits.code(length, 4);
  }
  for (unsigned i = 0; i < 60; ++i) bits.number(random(), 32);
  return bits.take();
}

// Lengths of a complete code for some of `count` symbols: a leaf is split again and again.
std::vector<unsigned> complete_lengths(std::size_t count, std::size_t leaves, Random& random) {
  std::vector<unsigned> depths{0};
  while (depths.size() < leaves) {
    unsigned& depth = depths[random() % depths.size()];
    if (depth == 15) continue;
    ++depth;
    depths.push_back(depth);
  }
  depths.resize(count, 0);
  for (std::size_t i = depths.size(); i > 1; --i) std::swap(depths[i - 1], depths[random() % i]);
  return depths;
}

TEST(Inflater, TakesJustTheCodesThatZlibTakes) {
  Random random(7);
  std::size_t sound = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::vector<unsigned> lengths =
        complete_lengths(257 + random() % 30, 2 + random() % 250, random);
    if (random() % 4 != 0 && lengths[256] == 0) {
      std::swap(lengths[256], *std::ranges::find_if(lengths, [](unsigned x) { return x != 0; }));
    }
    std::vector<unsigned> distances =
        complete_lengths(1 + random() % 32, 1 + random() % 30, random);
    if (random() % 3 == 0) distances.assign(1 + random() % 30, 0);              // none
    if (random() % 3 == 0) distances[random() % distances.size()] = 1;          // one, or too many
    if (random() % 6 == 0) lengths[random() % lengths.size()] = random() % 16;  // too many or few
    if (random() % 12 == 0) {
      std::ranges::fill(lengths, 0);
      lengths[256] = 1 + random() % 2;
    }
    const std::string stream = block_of_lengths(lengths, distances, random);
    expect_as_zlib(stream, Machine(1 << 20, 4096));
    expect_as_zlib(stream, Machine(0, 1 + random() % 600));
    if (HasFatalFailure()) FAIL() << "round " << round;
    sound += zlib_inflate(stream).is_sound ? 1U : 0U;
  }
  EXPECT_GT(sound, 1000U);
}

TEST(Inflater, RefusesDistancesBeyondTheBeginning) {
  for (const unsigned before : {0U, 1U, 5U}) {
    for (unsigned distance = 1; distance <= 4; ++distance) {
      Bits bits;
      bits.number(1, 1);
      bits.number(1, 2);
      for (unsigned i = 0; i < before; ++i) bits.code(0x30 + 'a', 8);
      bits.code(1, 7);  // length 3
      bits.code(distance - 1, 5);
      bits.code(0, 7);
      const std::string stream = bits.take() + std::string(64, 'x');
      const Outcome found = Machine(1 << 20, 1 << 16).run(stream);
      EXPECT_EQ(found.is_sound, distance <= before) << before << ' ' << distance;
      expect_as_zlib(stream, Machine(1 << 20, 1 << 16));
    }
  }
}

TEST(Inflater, KnowsStatesThatAreNone) {
  const std::string stream = samples::zlib_deflate(samples::words(50'000), 6);
  Inflater inflater;
  inflater.reset();
  std::vector<std::byte> space(20'000);
  InflateSpace bounds{space.data(), space.data(), space.data() + space.size()};
  ByteView rest = as_bytes(stream);
  ASSERT_EQ(inflater.inflate(rest, true, bounds), Inflater::Stop::space_full);
  const std::string state = inflater.save();
  EXPECT_FALSE(inflater.restore(""));
  EXPECT_FALSE(inflater.restore(state.substr(0, state.size() - 1)));
  EXPECT_FALSE(inflater.restore(state + '\0'));
  // Whatever else it says, nothing outside the bytes here is touched.
  Random random(8);
  for (int round = 0; round < 3000; ++round) {
    std::string changed = state;
    changed[random() % 24] = static_cast<char>(random());
    changed[random() % changed.size()] = static_cast<char>(random() % 16);
    Inflater other;
    if (!other.restore(changed)) continue;
    InflateSpace again{space.data(), space.data(), space.data() + space.size()};
    ByteView input = as_bytes(stream).subspan(random() % stream.size());
    other.inflate(input, true, again);
  }
}

}  // namespace
}  // namespace imgops
