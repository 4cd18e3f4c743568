#include "tests/codec/samples.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <array>

namespace imgops {
namespace {

using namespace std::string_literals;
using samples::gzip;
using samples::words;

constexpr Compression kind = Compression::gzip;

// The member `gzip(text)` with other flags and with `fields` after the fixed header.
std::string with_fields(const std::string& text, char flags, const std::string& fields) {
  std::string member = gzip(text);
  member[3] = flags;
  member.insert(10, fields);
  return member;
}

TEST(GzipDecoder, DecodesEveryKindOfBlock) {
  const std::string text = samples::mixture(700'000);
  for (const int strategy : {Z_DEFAULT_STRATEGY, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED}) {
    for (const int level : {0, 1, 9}) {
      const std::string deflate = samples::zlib_deflate(text, level, strategy, 1, 70'000);
      EXPECT_EQ(samples::decode(kind, samples::gzip_member(deflate, text)), text);
    }
  }
}

TEST(GzipDecoder, SizeOfReadsDoesNotMatter) {
  const std::string text = samples::mixture(300'000);
  const std::string blob = gzip(text);
  for (const std::size_t piece_bytes : {1UL, 7UL, 32768UL, 65536UL, 1'000'000UL}) {
    EXPECT_EQ(samples::decode(kind, blob, piece_bytes), text);
  }
}

TEST(GzipDecoder, JoinsMembersEvenEmptyOnes) {
  std::string text;
  std::string blob = gzip("");
  for (std::uint32_t i = 0; i < 200; ++i) {
    text += words(i * 37, i);
    blob += gzip(words(i * 37, i), static_cast<int>(i % 10)) + gzip("");
  }
  EXPECT_EQ(samples::decode(kind, blob), text);
}

TEST(GzipDecoder, AcceptsExtraFieldNameAndComment) {
  const std::string extra = "\x05\0hello"s;
  EXPECT_EQ(samples::decode(kind, with_fields("text", 4 | 8 | 16, extra + "name\0a comment\0"s)),
            "text");
}

TEST(GzipDecoder, ChecksTheHeaderCheck) {
  std::string member = with_fields("text", 8 | 2, "name\0??"s);
  const auto check =
      crc32(0, reinterpret_cast<const unsigned char*>(member.data()), 15);  // 10 and "name\0"
  member[15] = static_cast<char>(static_cast<unsigned char>(check));
  member[16] = static_cast<char>(static_cast<unsigned char>(check >> 8));
  EXPECT_EQ(samples::decode(kind, member), "text");
  member[16] = static_cast<char>(member[16] ^ 1);
  EXPECT_EQ(samples::verdict(kind, member), "CODEC-CHECK S08");
}

TEST(GzipDecoder, RejectsUnknownMethodAndFlags) {
  std::string method = gzip("text");
  method[2] = 7;
  EXPECT_EQ(samples::verdict(kind, method), "CODEC-CHECK S08");
  EXPECT_EQ(samples::verdict(kind, with_fields("text", 32, "")), "CODEC-CHECK S08");
}

TEST(GzipDecoder, RejectsWhatIsNoGzip) {
  EXPECT_EQ(samples::verdict(kind, ""), "CODEC-CHECK S08");
  EXPECT_EQ(samples::verdict(kind, "\x1f"), "CODEC-CHECK S08");
  EXPECT_EQ(samples::verdict(kind, "plain text"), "CODEC-CHECK S08");
}

TEST(GzipDecoder, RejectsBytesAfterTheLastMember) {
  for (const std::string& tail : {"\0"s, "\x1f"s, std::string(512, '\0'), "garbage"s}) {
    EXPECT_EQ(samples::verdict(kind, gzip(words(1000)) + tail), "CODEC-TRAILING S07");
  }
}

TEST(GzipDecoder, RejectsWrongChecksumAndLengthOfAnyMember) {
  const std::string member = gzip(words(70'000));
  for (std::size_t from_end = 1; from_end <= 8; ++from_end) {
    std::string wrong = member;
    wrong[wrong.size() - from_end] = static_cast<char>(wrong[wrong.size() - from_end] ^ 0x10);
    EXPECT_EQ(samples::verdict(kind, wrong), "CODEC-CHECK S08");
    EXPECT_EQ(samples::verdict(kind, wrong + member), "CODEC-CHECK S08");
  }
}

TEST(GzipDecoder, RejectsEveryCut) {
  const std::string blob = with_fields(words(300), 4 | 8, "\x05\0helloname\0"s);
  for (std::size_t size = 0; size < blob.size(); ++size) {
    EXPECT_EQ(samples::verdict(kind, blob.substr(0, size)), "CODEC-CHECK S08") << size;
  }
}

TEST(GzipDecoder, EveryFlippedBitOfTheDeflateStreamIsNoticed) {
  const std::string blob = gzip(words(200));
  for (std::size_t bit = 8 * 10; bit < 8 * blob.size(); ++bit) {
    std::string wrong = blob;
    wrong[bit / 8] = static_cast<char>(wrong[bit / 8] ^ (1 << (bit % 8)));
    std::string text;
    try {
      text = samples::decode(kind, wrong);
    } catch (const Error& error) {
      ASSERT_NE(error.diagnostic(), nullptr);
      continue;
    }
    EXPECT_EQ(text, words(200)) << bit;  // only padding may be flipped
  }
}

TEST(GzipDecoder, EndsOnlyOnce) {
  const auto decoder = make_decoder(kind, std::make_unique<StringSource>(gzip("")));
  std::array<std::byte, 16> buffer{};
  EXPECT_EQ(decoder->read(buffer), 0U);
  EXPECT_EQ(decoder->read(buffer), 0U);
}

}  // namespace
}  // namespace imgops
