#include "libimgops/codec/deflate_joint.hpp"

#include "tests/codec/samples.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <libdeflate.h>

namespace imgops {
namespace {

std::uint32_t checksum(const std::string& text) {
  return libdeflate_crc32(0, text.data(), text.size());
}

std::string libdeflate(const std::string& text, int level) {
  libdeflate_compressor* const compressor = libdeflate_alloc_compressor(level);
  std::string out(libdeflate_deflate_compress_bound(compressor, text.size()), '\0');
  out.resize(
      libdeflate_deflate_compress(compressor, text.data(), text.size(), out.data(), out.size()));
  libdeflate_free_compressor(compressor);
  return out;
}

// Joins the stream to itself and another, and lets zlib and our decoder read that.
void expect_joinable(std::string stream, const std::string& text) {
  DeflateJoiner joiner;
  joiner.make_joinable(stream, checksum(text), text.size());
  std::string other = libdeflate("another", 6);
  joiner.make_joinable(other, checksum("another"), 7);
  const std::string expected = text + text + "another";
  const std::string member =
      samples::gzip_member(stream + stream + other + final_deflate_block(), expected);
  ASSERT_TRUE(samples::zlib_gunzip(member) == expected);
  ASSERT_TRUE(samples::decode(Compression::gzip, member) == expected);
}

TEST(DeflateJoiner, JoinsLibdeflateOfEverySmallSize) {
  const std::string text = samples::words(600);
  for (std::size_t size = 0; size < text.size(); ++size) {
    expect_joinable(libdeflate(text.substr(0, size), 6), text.substr(0, size));
  }
}

TEST(DeflateJoiner, JoinsLibdeflateOfEveryLevel) {
  for (int level = 0; level <= 12; ++level) {
    for (const std::size_t size : {3'000UL, 120'000UL, 1UL << 20}) {
      const std::string text = samples::mixture(size, static_cast<std::uint32_t>(level));
      expect_joinable(libdeflate(text, level), text);
    }
  }
}

TEST(DeflateJoiner, JoinsStoredFixedAndDynamicBlocksOfAnyLength) {
  samples::Random generator(7);
  for (int round = 0; round < 600; ++round) {
    const std::string text = samples::mixture(generator() % 60'000, generator());
    const int strategy = static_cast<int>(generator() % 5);
    const int level = static_cast<int>(generator() % 10);
    const std::size_t flush_every = generator() % 3 == 0 ? 1 + generator() % 9'000 : 0;
    const std::string stream = samples::zlib_deflate(
        text, level, strategy, static_cast<int>(1 + generator() % 9), flush_every);
    expect_joinable(stream, text);
  }
}

// Fixed blocks of a few bits after each other: the final header begins at any bit of a byte.
TEST(DeflateJoiner, JoinsTinyFixedBlocks) {
  samples::Random generator(11);
  for (int round = 0; round < 2000; ++round) {
    z_stream stream{};
    ASSERT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, -15, 1, Z_FIXED), Z_OK);
    std::string text = samples::words(generator() % 40 + 1, generator());
    std::string out(4096, '\0');
    stream.next_out = reinterpret_cast<unsigned char*>(out.data());
    stream.avail_out = static_cast<unsigned>(out.size());
    stream.next_in = reinterpret_cast<unsigned char*>(text.data());
    for (std::size_t left = text.size(); left > 0;) {
      const std::size_t count = 1 + generator() % left;
      stream.avail_in = static_cast<unsigned>(count);
      ASSERT_EQ(deflate(&stream, Z_PARTIAL_FLUSH), Z_OK);  // ends a block, not a byte
      left -= count;
    }
    ASSERT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    expect_joinable(out, text);
  }
}

TEST(DeflateJoiner, RefusesAStreamOfOtherData) {
  DeflateJoiner joiner;
  std::string stream = libdeflate("text", 6);
  EXPECT_THROW(joiner.make_joinable(stream, checksum("test"), 4), Error);
}

TEST(DeflateJoiner, RefusesAStreamWithoutEndOrWithMoreBehindIt) {
  const std::string text = samples::words(100'000);
  const std::string whole = libdeflate(text, 6);
  DeflateJoiner joiner;
  std::string cut = whole.substr(0, whole.size() - 1);
  EXPECT_THROW(joiner.make_joinable(cut, checksum(text), text.size()), Error);
  std::string longer = whole + "more than is good";
  EXPECT_THROW(joiner.make_joinable(longer, checksum(text), text.size()), Error);
}

}  // namespace
}  // namespace imgops
