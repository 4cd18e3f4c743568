#include "libimgops/install/package_architecture.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace imgops {
namespace {

struct Row {
  std::string package;
  std::string platform;
};

const std::vector<Row> rows_of_dpkg = {
    {"amd64", "amd64"}, {"arm64", "arm64/v8"},  {"armel", "arm/v5"},    {"armhf", "arm/v7"},
    {"i386", "386"},    {"loong64", "loong64"}, {"mipsel", "mipsle"},   {"mips64el", "mips64le"},
    {"ppc64", "ppc64"}, {"ppc64el", "ppc64le"}, {"riscv64", "riscv64"}, {"s390x", "s390x"},
};
const std::vector<Row> rows_of_apk = {
    {"x86_64", "amd64"},        {"aarch64", "arm64/v8"}, {"armel", "arm/v5"},
    {"armhf", "arm/v6"},        {"armv7", "arm/v7"},     {"x86", "386"},
    {"loongarch64", "loong64"}, {"mips64", "mips64"},    {"ppc64le", "ppc64le"},
    {"riscv64", "riscv64"},     {"s390x", "s390x"},
};

void expect_own_platform_only(PackageFormat format, const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    for (const Row& other : rows) {
      EXPECT_EQ(is_for(format, row.package, Platform::parse("linux/" + other.platform)),
                row.package == other.package)
          << row.package << " on " << other.platform;
    }
  }
}

TEST(PackageArchitecture, EachArchitectureOfDpkgRunsOnItsOwnPlatformOnly) {
  expect_own_platform_only(PackageFormat::deb, rows_of_dpkg);
}

TEST(PackageArchitecture, EachArchitectureOfApkRunsOnItsOwnPlatformOnly) {
  expect_own_platform_only(PackageFormat::apk, rows_of_apk);
}

TEST(PackageArchitecture, WhatIsForAllIsForAnyPlatform) {
  for (const Row& row : rows_of_apk) {
    const Platform platform = Platform::parse("linux/" + row.platform);
    EXPECT_TRUE(is_for(PackageFormat::deb, "all", platform));
    EXPECT_TRUE(is_for(PackageFormat::apk, "noarch", platform));
    EXPECT_FALSE(is_for(PackageFormat::apk, "all", platform));
  }
}

TEST(PackageArchitecture, APlatformWithoutAVariantTakesAnyOfItsArchitecture) {
  const Platform platform = Platform::parse("linux/arm");
  for (const char* name : {"armel", "armhf"}) {
    EXPECT_TRUE(is_for(PackageFormat::deb, name, platform)) << name;
    EXPECT_TRUE(is_for(PackageFormat::apk, name, platform)) << name;
  }
}

}  // namespace
}  // namespace imgops
