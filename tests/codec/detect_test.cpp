#include "tests/codec/samples.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace imgops {
namespace {

using namespace std::string_literals;

Compression detect(const std::string& text) {
  return detect_compression(as_bytes(text));
}

std::string refusal(const std::string& text) {
  try {
    detect(text);
    return "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.diagnostic()->code, DiagnosticCode::codec_unknown);
    return error.what();
  }
}

TEST(DetectCompression, KnowsGzip) {
  EXPECT_EQ(detect("\x1f\x8b\x08\0\0\0\0\0"s), Compression::gzip);
}

TEST(DetectCompression, KnowsZstdFrames) {
  EXPECT_EQ(detect("\x28\xb5\x2f\xfd"s), Compression::zstd);
}

TEST(DetectCompression, KnowsEverySkippableFrame) {
  for (char first = '\x50'; first <= '\x5f'; ++first) {
    EXPECT_EQ(detect(first + "\x2a\x4d\x18"s), Compression::zstd);
  }
}

TEST(DetectCompression, NeighboursOfSkippableFramesAreNone) {
  EXPECT_EQ(detect("\x4f\x2a\x4d\x18"s), Compression::none);
  EXPECT_EQ(detect("\x60\x2a\x4d\x18"s), Compression::none);
}

TEST(DetectCompression, NothingAndPrefixesAreNone) {
  for (const std::string& text : {""s, "\x1f\x8b"s, "\x28\xb5\x2f"s, "BZh9"s}) {
    EXPECT_EQ(detect(text), Compression::none);
  }
}

TEST(DetectCompression, ArchivesAreNone) {
  EXPECT_EQ(detect("usr/bin/"), Compression::none);
}

TEST(DetectCompression, FileWhoseNameBeginsLikeBzip2IsNone) {
  EXPECT_EQ(detect("BZh9/abc"), Compression::none);
}

TEST(DetectCompression, RefusesOtherFormatsByName) {
  EXPECT_THAT(refusal("BZh91AY&"), testing::HasSubstr("bzip2"));
  EXPECT_THAT(refusal("BZh9\x17\x72\x45\x38"), testing::HasSubstr("bzip2"));
  EXPECT_THAT(refusal("\xfd"
                      "7zXZ\0\0\4"s),
              testing::HasSubstr("xz"));
  EXPECT_THAT(refusal("\x04\x22\x4d\x18@p\xdf\x02"), testing::HasSubstr("lz4"));
}

}  // namespace
}  // namespace imgops
