#include "tests/codec/samples.hpp"

#include <gtest/gtest.h>
#include <zstd.h>

namespace imgops {
namespace {

using namespace std::string_literals;
using samples::skippable_frame;
using samples::words;
using samples::zstd_frame;

constexpr Compression kind = Compression::zstd;

// A frame whose header asks for a window of 2^`bits` bytes, before one empty last block.
std::string frame_with_window(unsigned bits) {
  std::string frame = "\x28\xb5\x2f\xfd\0"s;
  frame += static_cast<char>(static_cast<unsigned char>((bits - 10) << 3));
  return frame + "\x01\0\0"s;
}

TEST(ZstdDecoder, DecodesAndSizeOfReadsDoesNotMatter) {
  const std::string text = samples::mixture(1'000'000);
  const std::string blob = zstd_frame(text, 5);
  for (const std::size_t piece_bytes : {13UL, 65536UL, 1'000'000UL, 2'000'000UL}) {
    EXPECT_EQ(samples::decode(kind, blob, piece_bytes), text);
  }
}

TEST(ZstdDecoder, JoinsFramesAndStepsOverSkippableOnes) {
  const std::string blob = skippable_frame("") + zstd_frame("one ") +
                           skippable_frame(words(300'000)) + zstd_frame("") + zstd_frame("two") +
                           skippable_frame("end");
  EXPECT_EQ(samples::decode(kind, blob), "one two");
}

TEST(ZstdDecoder, OnlySkippableFramesAreNothing) {
  EXPECT_EQ(samples::decode(kind, skippable_frame("x")), "");
}

TEST(ZstdDecoder, RejectsWhatIsNoZstd) {
  EXPECT_EQ(samples::verdict(kind, ""), "CODEC-CHECK S08");
  EXPECT_EQ(samples::verdict(kind, "\x28\xb5"), "CODEC-CHECK S08");
  EXPECT_EQ(samples::verdict(kind, "plain text"), "CODEC-CHECK S08");
}

TEST(ZstdDecoder, RejectsBytesAfterTheLastFrame) {
  for (const std::string& tail : {"\0"s, std::string(512, '\0'), "garbage"s, "\x28\xb5\x2f"s}) {
    EXPECT_EQ(samples::verdict(kind, zstd_frame("text") + tail), "CODEC-TRAILING S07");
  }
}

TEST(ZstdDecoder, RejectsEveryCut) {
  const std::string blob = zstd_frame(words(400));
  for (std::size_t size = 0; size < blob.size(); ++size) {
    EXPECT_EQ(samples::verdict(kind, blob.substr(0, size)), "CODEC-CHECK S08") << size;
  }
}

TEST(ZstdDecoder, RejectsCutSkippableFrames) {
  const std::string blob = zstd_frame("text") + skippable_frame("0123456789");
  for (std::size_t cut = 1; cut <= 14; ++cut) {
    EXPECT_EQ(samples::verdict(kind, blob.substr(0, blob.size() - cut)), "CODEC-CHECK S08") << cut;
  }
}

TEST(ZstdDecoder, RejectsWrongChecksums) {
  std::string blob = zstd_frame(words(100'000));
  blob.back() = static_cast<char>(blob.back() ^ 1);
  EXPECT_EQ(samples::verdict(kind, blob), "CODEC-CHECK S08");
  EXPECT_EQ(samples::verdict(kind, blob + zstd_frame("more")), "CODEC-CHECK S08");
}

TEST(ZstdDecoder, RefusesWindowsBeyondOurMemory) {
  EXPECT_EQ(samples::verdict(kind, frame_with_window(27)), "none");
  try {
    samples::decode(kind, frame_with_window(28));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
  }
}

TEST(ZstdDecoder, RefusesWindowsBeyondTheLimitItIsGiven) {
  const auto decode = [](unsigned bits, std::uint64_t limit_bytes) {
    const auto decoder = make_decoder(kind, std::make_unique<StringSource>(frame_with_window(bits)),
                                      InflateEngine::own, limit_bytes);
    std::array<std::byte, 1> byte{};
    return decoder->read(byte);
  };
  EXPECT_EQ(decode(23, 8 << 20), 0);
  EXPECT_THROW(decode(24, 8 << 20), WindowTooLarge);
}

TEST(ZstdDecoder, TellsWhatItsWindowTakes) {
  const std::string frame = frame_with_window(23).substr(0, 6) + "\x08\0\0x"s + "\x01\0\0"s;
  const auto decoder = make_decoder(kind, std::make_unique<StringSource>(frame));
  EXPECT_LT(decoder->window_bytes(), 1 << 20);
  std::array<std::byte, 1> byte{};
  ASSERT_EQ(decoder->read(byte), 1);
  EXPECT_GE(decoder->window_bytes(), 8 << 20);
  EXPECT_LT(decoder->window_bytes(), 9 << 20);
}

}  // namespace
}  // namespace imgops
