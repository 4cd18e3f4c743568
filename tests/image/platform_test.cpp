#include "libimgops/image/platform.hpp"

#include "tests/support/errors.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

using testing::kind_of;

TEST(Platform, PrintsWhatItParses) {
  EXPECT_EQ(Platform::parse("linux/amd64").to_string(), "linux/amd64");
  EXPECT_EQ(Platform::parse("linux/arm64/v8").to_string(), "linux/arm64/v8");
}

TEST(Platform, RefusesWordsThatAreNoPlatform) {
  for (const std::string_view text : {"", "linux", "linux/", "/amd64", "linux/arm/v7/x", "a/b c"}) {
    EXPECT_EQ(kind_of([&] { Platform::parse(text); }), ErrorKind::invalid_argument) << text;
  }
}

TEST(Platform, LeavesAnEmptyVariantOutOfItsJson) {
  EXPECT_EQ(print_json(Platform{"linux", "amd64", ""}.to_json()),
            R"({"architecture":"amd64","os":"linux"})");
}

TEST(Platform, ReadsItsOwnJson) {
  const Platform platform{"linux", "arm", "v7"};
  EXPECT_EQ(Platform::from_json(platform.to_json()), platform);
}

TEST(Platform, RefusesAnArchitectureThatIsNoText) {
  EXPECT_EQ(kind_of([] { Platform::from_json(Json{{"architecture", 64}}); }), ErrorKind::corrupt);
}

TEST(Platform, AVariantThatIsNotGivenMatchesEveryVariant) {
  EXPECT_TRUE(matches(Platform::parse("linux/arm"), Platform::parse("linux/arm/v6")));
}

TEST(Platform, AGivenVariantMatchesNoOther) {
  EXPECT_FALSE(matches(Platform::parse("linux/arm/v7"), Platform::parse("linux/arm/v6")));
  EXPECT_FALSE(matches(Platform::parse("linux/arm/v7"), Platform::parse("linux/arm")));
}

TEST(Platform, Arm64WithoutVariantIsVersion8) {
  EXPECT_TRUE(matches(Platform::parse("linux/arm64/v8"), Platform::parse("linux/arm64")));
  EXPECT_FALSE(matches(Platform::parse("linux/arm64/v9"), Platform::parse("linux/arm64")));
}

TEST(Platform, OtherArchitecturesDoNotMatch) {
  EXPECT_FALSE(matches(Platform::parse("linux/amd64"), Platform::parse("linux/386")));
  EXPECT_FALSE(matches(Platform::parse("linux/amd64"), Platform::parse("windows/amd64")));
}

TEST(Platform, UnknownMarksAttestations) {
  EXPECT_TRUE(Platform::parse("unknown/unknown").is_unknown());
  EXPECT_FALSE(host_platform().is_unknown());
}

}  // namespace
}  // namespace imgops
