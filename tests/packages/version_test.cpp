// Versions that are known to be in order, each earlier than the next.
#include "libimgops/packages/version.hpp"

#include <gtest/gtest.h>

#include <compare>
#include <string>
#include <vector>

namespace imgops {
namespace {

template <class Compare>
void expect_ascending(const std::vector<std::string>& versions, const Compare& compare) {
  for (std::size_t one = 0; one < versions.size(); ++one) {
    for (std::size_t other = 0; other < versions.size(); ++other) {
      EXPECT_TRUE(compare(versions[one], versions[other]) == (one <=> other))
          << versions[one] << " and " << versions[other];
    }
  }
}

TEST(DpkgVersions, AreInDpkgsOrder) {
  expect_ascending(
      {"1.0~~", "1.0~~a", "1.0~", "1.0", "1.0-0.1", "1.0-1", "1.0-1+b1", "1.0-1+deb12u2",
       "1.0-1+deb12u10", "1.0a", "1.0+dfsg", "1.0.1", "1.2", "1.10", "01.11", "1:0.1", "2:0"},
      compare_dpkg_versions);
}

TEST(DpkgVersions, LeadingZerosAndAMissingRevisionSayNothing) {
  EXPECT_EQ(compare_dpkg_versions("1.01", "1.1"), std::strong_ordering::equal);
  EXPECT_EQ(compare_dpkg_versions("1.0", "0:1.0-0"), std::strong_ordering::equal);
  EXPECT_EQ(compare_dpkg_versions("", ""), std::strong_ordering::equal);
}

TEST(DpkgVersions, NumbersMayBeOfAnyLength) {
  EXPECT_EQ(compare_dpkg_versions("99999999999999999999", "100000000000000000000"),
            std::strong_ordering::less);
}

TEST(ApkVersions, AreInApksOrder) {
  expect_ascending({"1.0_alpha", "1.0_alpha2", "1.0_beta",
                    "1.0_pre3",  "1.0_rc1",    "1.0",
                    "1.0-r1",    "1.0-r10",    "1.0_git20200101",
                    "1.0_p1",    "1.0_p1-r1",  "1.0a",
                    "1.0b",      "1.0.1",      "1.09",
                    "1.1",       "1.2",        "1.10",
                    "2",         "20200101"},
                   compare_apk_versions);
}

}  // namespace
}  // namespace imgops
