#include "libimgops/base/hasher.hpp"
#include "tests/codec/samples.hpp"

#include <gtest/gtest.h>

#include <cstdio>

#include <libdeflate.h>

namespace imgops {
namespace {

constexpr EncoderOptions gzip_options{Compression::gzip, 0};

// Two other decoders and ours.
void expect_decodes(const std::string& blob, const std::string& text) {
  ASSERT_TRUE(samples::zlib_gunzip(blob) == text);
  ASSERT_TRUE(samples::decode(Compression::gzip, blob) == text);
  FILE* const pipe = popen("gzip -t", "w");
  ASSERT_NE(pipe, nullptr);
  ASSERT_EQ(std::fwrite(blob.data(), 1, blob.size(), pipe), blob.size());
  ASSERT_EQ(pclose(pipe), 0);
}

TEST(GzipEncoder, DecodesToItsInputAtEverySizeAroundABlock) {
  const std::size_t block = 1 << 20;
  for (const std::size_t size :
       {0UL, 1UL, 511UL, block - 1, block, block + 1, 2 * block, 5 * block + 12'345}) {
    for (const std::string& text : {samples::random_bytes(size), samples::words(size),
                                    samples::mixture(size), std::string(size, '\0')}) {
      expect_decodes(samples::encode(gzip_options, text), text);
    }
  }
}

TEST(GzipEncoder, EveryLevelDecodes) {
  const std::string text = samples::mixture(1'300'000);
  for (int level = 1; level <= 12; ++level) {
    expect_decodes(samples::encode({Compression::gzip, level}, text), text);
  }
}

TEST(GzipEncoder, BytesDoNotDependOnThreadsOrWrites) {
  const std::string text = samples::mixture(9'000'000);
  const std::string one = samples::encode(gzip_options, text, 1);
  EXPECT_TRUE(samples::encode(gzip_options, text, 16) == one);
  EXPECT_TRUE(samples::encode(gzip_options, text, 3, 1'234'567) == one);
  EXPECT_TRUE(samples::encode(gzip_options, text, 3, text.size()) == one);
}

// Golden: libdeflate's output is the same on every processor (performance.md), but its versions
// differ. Debian 12 has 1.14.
TEST(GzipEncoder, BytesAreThoseOfLibdeflate114) {
  if (std::string_view(LIBDEFLATE_VERSION_STRING) != "1.14") {
    GTEST_SKIP() << "another libdeflate: " << LIBDEFLATE_VERSION_STRING;
  }
  const std::string blob = samples::encode(gzip_options, samples::mixture(2'500'000));
  EXPECT_EQ(digest_of(as_bytes(blob)).to_string(),
            "sha256:96e32bba2c35454cd79b073f080defcbc5c30cf5e19cac77abdedfb3aab23c86");
}

TEST(GzipEncoder, EmptyInputIsOneEmptyMember) {
  using namespace std::string_literals;
  EXPECT_EQ(samples::encode(gzip_options, ""),
            "\x1f\x8b\x08\0\0\0\0\0\0\xff\x03\0\0\0\0\0\0\0\0\0"s);
}

TEST(GzipEncoder, LevelZeroMeansSix) {
  const std::string text = samples::words(100'000);
  EXPECT_EQ(samples::encode(gzip_options, text), samples::encode({Compression::gzip, 6}, text));
  EXPECT_NE(samples::encode(gzip_options, text), samples::encode({Compression::gzip, 1}, text));
}

TEST(GzipEncoder, UnknownLevelsAreRefused) {
  EXPECT_THROW(samples::encode({Compression::gzip, 13}, ""), Error);
  EXPECT_THROW(samples::encode({Compression::gzip, -1}, ""), Error);
}

class BrokenSink final : public Sink {
 public:
  void write(ByteView bytes) override {
    if (bytes.size() > 100) throw Error(ErrorKind::input_output, "disk: full");
  }
};

TEST(GzipEncoder, FailureOfTheSinkComesOut) {
  Workers workers(2);
  BrokenSink sink;
  const auto encoder = make_encoder(sink, workers, gzip_options);
  const std::string text = samples::random_bytes(8 << 20);
  EXPECT_THROW(encoder->write(as_bytes(text)), Error);
}

TEST(GzipEncoder, MayBeDroppedBeforeItsEnd) {
  Workers workers(2);
  StringSink sink;
  const auto encoder = make_encoder(sink, workers, gzip_options);
  encoder->write(as_bytes(samples::random_bytes(3 << 20)));
}

}  // namespace
}  // namespace imgops
