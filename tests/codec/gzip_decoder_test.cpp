#include "tests/codec/samples.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <array>
#include <utility>
#include <vector>

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

TEST(GzipDecoder, HasTwoEnginesThatAgree) {
  const std::string text = samples::mixture(700'000);
  std::string blob;
  for (const int strategy : {Z_DEFAULT_STRATEGY, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED}) {
    const std::string deflate = samples::zlib_deflate(text, 6, strategy, 1, 70'000);
    blob += samples::gzip_member(deflate, text);
  }
  std::vector<std::string> texts;
  for (const InflateEngine engine : {InflateEngine::own, InflateEngine::isal}) {
    const auto decoder = make_decoder(kind, std::make_unique<StringSource>(blob), engine);
    texts.push_back(read_all(*decoder, UINT64_MAX, "text"));
  }
  EXPECT_TRUE(texts[0] == text + text + text + text);
  EXPECT_TRUE(texts[0] == texts[1]);
}

class BlockList final : public BlockWatcher {
 public:
  void block(DeflateBlock block) override { blocks.push_back(std::move(block)); }
  std::vector<DeflateBlock> blocks;
};

// Their bits one after the other are the stream they come from.
TEST(GzipDecoder, TellsTheBitsOfEachBlock) {
  const std::string text = samples::mixture(500'000);
  const std::string deflate = samples::zlib_deflate(text, 6, Z_DEFAULT_STRATEGY, 8, 90'000);
  const std::string member = samples::gzip_member(deflate, text);
  BlockList list;
  const auto decoder = make_decoder(kind, std::make_unique<StringSource>(member + member));
  decoder->watch_blocks(&list);
  ASSERT_TRUE(read_all(*decoder, UINT64_MAX, "text") == text + text);
  std::string bits;
  std::uint64_t offset = 0;
  std::size_t beginnings = 0;
  for (const DeflateBlock& block : list.blocks) {
    ASSERT_EQ(block.archive_offset_bytes, offset);
    offset += block.size_bytes;
    // Flushing leaves blocks without bytes behind, one at the very end.
    const bool is_first = block.archive_offset_bytes % text.size() == 0;
    ASSERT_TRUE(block.begins_stream == is_first || block.size_bytes == 0);
    if (block.begins_stream && ++beginnings == 2) break;
    for (std::uint64_t i = 0; i < block.bit_count; ++i) {
      const std::uint64_t at = block.first_bit + i;
      const auto byte = static_cast<unsigned char>(block.bytes.at(at / 8));
      bits += (byte >> (at % 8)) % 2 == 0 ? '0' : '1';
    }
  }
  ASSERT_EQ(beginnings, 2U);
  ASSERT_LE(bits.size(), 8 * deflate.size());
  ASSERT_GT(bits.size(), 8 * (deflate.size() - 1));
  for (std::size_t at = 0; at < bits.size(); ++at) {
    const auto byte = static_cast<unsigned char>(deflate[at / 8]);
    ASSERT_EQ(bits[at], (byte >> (at % 8)) % 2 == 0 ? '0' : '1') << at;
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
