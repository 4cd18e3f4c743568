#include "libimgops/base/hasher.hpp"
#include "tests/codec/samples.hpp"

#include <gtest/gtest.h>
#include <zstd.h>

namespace imgops {
namespace {

constexpr EncoderOptions zstd_options{Compression::zstd, 0};
constexpr std::size_t frame = 4 << 20;

// The content sizes that the frames of `blob` announce.
std::vector<std::uint64_t> frame_sizes(const std::string& blob) {
  std::vector<std::uint64_t> sizes;
  for (std::size_t at = 0; at < blob.size();) {
    sizes.push_back(ZSTD_getFrameContentSize(blob.data() + at, blob.size() - at));
    at += ZSTD_findFrameCompressedSize(blob.data() + at, blob.size() - at);
  }
  return sizes;
}

TEST(ZstdEncoder, DecodesToItsInputAtEverySizeAroundAFrame) {
  for (const std::size_t size : {0UL, 1UL, frame - 1, frame, frame + 1, 2 * frame + 12'345}) {
    const std::string text = samples::mixture(size);
    const std::string blob = samples::encode(zstd_options, text);
    EXPECT_TRUE(samples::decode(Compression::zstd, blob) == text);
    std::string other(text.size() + 1, '\0');
    const std::size_t made = ZSTD_decompress(other.data(), other.size(), blob.data(), blob.size());
    ASSERT_EQ(made, size);
    EXPECT_TRUE(other.substr(0, made) == text);
  }
}

TEST(ZstdEncoder, CutsFramesOfFourMebibytes) {
  const std::string blob = samples::encode(zstd_options, samples::words(2 * frame + 10));
  EXPECT_EQ(frame_sizes(blob), (std::vector<std::uint64_t>{frame, frame, 10}));
}

TEST(ZstdEncoder, EmptyInputIsOneEmptyFrame) {
  EXPECT_EQ(frame_sizes(samples::encode(zstd_options, "")), std::vector<std::uint64_t>{0});
}

TEST(ZstdEncoder, FramesHaveChecksums) {
  const std::string blob = samples::encode(zstd_options, "text");
  EXPECT_EQ(blob.at(4) & 4, 4);  // RFC 8878, 3.1.1.1.1.5
}

TEST(ZstdEncoder, BytesDoNotDependOnThreadsOrWrites) {
  const std::string text = samples::mixture(30'000'000);
  const std::string one = samples::encode(zstd_options, text, 1);
  EXPECT_TRUE(samples::encode(zstd_options, text, 16) == one);
  EXPECT_TRUE(samples::encode(zstd_options, text, 3, 1'234'567) == one);
}

// Golden, as for gzip: Debian 12 has libzstd 1.5.4.
TEST(ZstdEncoder, BytesAreThoseOfZstd154) {
  if (ZSTD_versionNumber() != 10504) GTEST_SKIP() << "another libzstd: " << ZSTD_versionString();
  const std::string blob = samples::encode(zstd_options, samples::mixture(5'000'000));
  EXPECT_EQ(digest_of(as_bytes(blob)).to_string(),
            "sha256:0d121d0bb499af70c74bd3f6eeb24939027ed6c534b458fc42a3e395071d7e7c");
}

TEST(ZstdEncoder, LevelZeroMeansThree) {
  const std::string text = samples::words(100'000);
  EXPECT_EQ(samples::encode(zstd_options, text), samples::encode({Compression::zstd, 3}, text));
  EXPECT_NE(samples::encode(zstd_options, text), samples::encode({Compression::zstd, 9}, text));
}

TEST(ZstdEncoder, UnknownLevelsAreRefused) {
  EXPECT_THROW(samples::encode({Compression::zstd, 23}, ""), Error);
  EXPECT_THROW(samples::encode({Compression::zstd, -1}, ""), Error);
}

}  // namespace
}  // namespace imgops
