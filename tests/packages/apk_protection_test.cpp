#include "libimgops/packages/apk_protection.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

TEST(ApkProtection, WhatIsBelowEtcIsProtectedWithoutARule) {
  const ApkProtection protection;
  EXPECT_TRUE(protection.covers("etc"));
  EXPECT_TRUE(protection.covers("etc/init.d"));
  EXPECT_TRUE(protection.covers("etc/ssl/certs"));
  EXPECT_FALSE(protection.covers(""));
  EXPECT_FALSE(protection.covers("usr/etc"));
  EXPECT_FALSE(protection.covers("etcetera"));
}

TEST(ApkProtection, ADirectoryHasTheModeOfTheLastRuleThatMeansIt) {
  ApkProtection protection;
  protection.add("# a comment\n\n-etc/ssl/\n/srv/*/conf\n");
  EXPECT_FALSE(protection.covers("etc/ssl/certs"));
  EXPECT_TRUE(protection.covers("etc/other"));
  EXPECT_TRUE(protection.covers("srv/one/conf/deep"));
  EXPECT_FALSE(protection.covers("srv/one"));
  protection.add("!etc/ssl\n");
  EXPECT_TRUE(protection.covers("etc/ssl/certs"));
}

TEST(ApkProtection, AStarStaysInItsComponent) {
  ApkProtection protection;
  protection.add("+srv/**\n");
  EXPECT_TRUE(protection.covers("srv/a"));
  EXPECT_FALSE(protection.covers("srv"));
}

}  // namespace
}  // namespace imgops
