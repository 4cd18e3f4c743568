// apk's database and its archive of scripts.
#include "libimgops/packages/apk_installed.hpp"

#include <gtest/gtest.h>

#include <cstdio>

namespace imgops {
namespace {

std::string package(const std::string& name, const std::string& version) {
  return "C:Q1" + version + "=\nP:" + name + "\nV:" + version +
         "\nA:x86_64\nD:so:libc.musl-x86_64.so.1\np:cmd:" + name + "=" + version +
         "\nF:usr\nF:usr/bin\nR:" + name + "\na:0:0:755\nZ:Q1x=\n\n";
}

TEST(ApkInstalled, FieldsOfAPackageAreRead) {
  const std::string text = package("busybox", "1.36.1-r5");
  const auto packages = parse_apk_installed(text);
  ASSERT_EQ(packages.size(), 1U);
  EXPECT_EQ(packages[0].name, "busybox");
  EXPECT_EQ(packages[0].version, "1.36.1-r5");
  EXPECT_EQ(packages[0].depends, "so:libc.musl-x86_64.so.1");
  EXPECT_EQ(packages[0].provides, "cmd:busybox=1.36.1-r5");
}

TEST(ApkInstalled, NewVersionsOfTheBaseAndPackagesOfTheAppAreBothThere) {
  const MergedText merged = merge_apk_installed(
      {package("musl", "1"), package("musl", "1") + package("curl", "8"), package("musl", "2")},
      MergePolicy::fail);
  EXPECT_EQ(merged.text, package("musl", "2") + package("curl", "8"));
}

TEST(ApkInstalled, OnePackageChangedTwoWaysIsNamedWithBothVersions) {
  const MergedText merged = merge_apk_installed(
      {package("musl", "1"), package("musl", "2"), package("musl", "3")}, MergePolicy::fail);
  EXPECT_EQ(merged.reason, "packages changed on both sides: musl (ours 2, theirs 3)");
}

TEST(ApkInstalled, WhatIsNoFieldIsARefusal) {
  EXPECT_FALSE(merge_apk_installed({"", "P:a\nodd\n", "P:b\n"}, MergePolicy::fail).text);
  EXPECT_FALSE(merge_apk_installed({"", "V:1\n", "P:b\n"}, MergePolicy::fail).text);
}

std::string member(const std::string& name, const std::string& body, char mtime = '1') {
  std::string header(512, '\0');
  header.replace(0, name.size(), name);
  char size[12];
  std::snprintf(size, sizeof size, "%011zo", body.size());
  header.replace(124, 11, size);
  header[146] = mtime;
  header[156] = '0';
  return header + body + std::string((512 - body.size() % 512) % 512, '\0');
}
const std::string end(1024, '\0');

TEST(ApkScripts, ScriptsOfBothSidesAreThere) {
  const MergedText merged =
      merge_apk_scripts({member("a", "1") + end, member("a", "1") + member("c", "3") + end,
                         member("a", "1") + member("b", std::string(600, 'x')) + end},
                        MergePolicy::fail);
  EXPECT_EQ(merged.text,
            member("a", "1") + member("b", std::string(600, 'x')) + member("c", "3") + end);
}

TEST(ApkScripts, OneBodyWithTwoHeadersIsNoConflict) {
  const MergedText merged = merge_apk_scripts(
      {end, member("a", "1", '2') + end, member("a", "1", '3') + end}, MergePolicy::fail);
  EXPECT_EQ(merged.text, member("a", "1", '3') + end);
}

TEST(ApkScripts, OneNameWithTwoBodiesIsAConflict) {
  EXPECT_FALSE(
      merge_apk_scripts({end, member("a", "1") + end, member("a", "2") + end}, MergePolicy::fail)
          .text);
}

TEST(ApkScripts, AnArchiveCutShortIsARefusal) {
  const std::string whole = member("a", std::string(600, 'x'));
  EXPECT_FALSE(merge_apk_scripts({end, whole.substr(0, 1000), end}, MergePolicy::fail).text);
  EXPECT_FALSE(merge_apk_scripts({end, whole + "rest", end}, MergePolicy::fail).text);
}

}  // namespace
}  // namespace imgops
