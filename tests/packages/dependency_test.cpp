// What packages need, and whether others give it.
#include "libimgops/packages/dependency.hpp"

#include "libimgops/base/error.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace imgops {
namespace {

InstalledPackage installed(const std::string& name, const std::string& version,
                           const std::string& provides = "", const std::string& multi_arch = "",
                           const std::string& architecture = "amd64") {
  return {name, architecture, version, multi_arch, "", "", provides};
}

bool is_met(const std::string& field, const std::vector<InstalledPackage>& packages,
            const std::string& architecture = "amd64") {
  const auto dependencies = parse_dependencies(field);
  const PackageSet set(packages);
  return std::ranges::all_of(dependencies, [&](const Dependency& dependency) {
    return set.meets(dependency, architecture);
  });
}

TEST(Dependencies, AreReadWithAlternativesVersionsAndArchitectures) {
  const auto dependencies =
      parse_dependencies("libc6 (>= 2.36), python3:any, default-mta | mail-transport-agent ,\n x");
  ASSERT_EQ(dependencies.size(), 4U);
  EXPECT_EQ(dependencies[0].alternatives[0].name, "libc6");
  EXPECT_EQ(dependencies[0].alternatives[0].relation, VersionRelation::not_earlier);
  EXPECT_EQ(dependencies[0].alternatives[0].version, "2.36");
  EXPECT_EQ(dependencies[1].alternatives[0].architecture, "any");
  EXPECT_EQ(dependencies[2].alternatives.size(), 2U);
  EXPECT_EQ(dependencies[2].text, "default-mta | mail-transport-agent");
  EXPECT_EQ(dependencies[3].alternatives[0].name, "x");
}

TEST(Dependencies, WhatCannotBeReadIsCorrupt) {
  for (const char* field : {"a (>= 1", "a (1)", "a (>= )", "a | ", "(>= 1)"}) {
    EXPECT_THROW(parse_dependencies(field), Error) << field;
  }
}

TEST(Dependencies, VersionsAreCompared) {
  const std::vector<InstalledPackage> packages{installed("a", "2")};
  EXPECT_TRUE(is_met("a", packages));
  EXPECT_TRUE(is_met("a (>= 2), a (<= 2), a (= 2), a (>> 1), a (<< 3)", packages));
  EXPECT_FALSE(is_met("a (>> 2)", packages));
  EXPECT_FALSE(is_met("a (<< 2)", packages));
  EXPECT_FALSE(is_met("a (= 1)", packages));
  EXPECT_FALSE(is_met("b", packages));
}

TEST(Dependencies, OneAlternativeIsEnough) {
  EXPECT_TRUE(is_met("b | a (>= 1)", {installed("a", "2")}));
}

TEST(Dependencies, VirtualPackagesMeetThemAndVersionsOnlyWhenTheyHaveOne) {
  const std::vector<InstalledPackage> packages{installed("exim4", "4", "mail-agent, mta (= 3)")};
  EXPECT_TRUE(is_met("mail-agent, mta (>= 2)", packages));
  EXPECT_FALSE(is_met("mail-agent (>= 1)", packages));
  EXPECT_FALSE(is_met("mta (>= 4)", packages));
}

TEST(Dependencies, AnotherArchitectureDoesOnlyWhenThePackageSaysSo) {
  EXPECT_FALSE(is_met("a", {installed("a", "1", "", "", "i386")}));
  EXPECT_TRUE(is_met("a", {installed("a", "1", "", "foreign", "i386")}));
  EXPECT_TRUE(is_met("a:any", {installed("a", "1", "", "allowed", "i386")}));
  EXPECT_TRUE(is_met("a", {installed("a", "1", "", "", "all")}));
  EXPECT_TRUE(is_met("a:i386", {installed("a", "1", "", "same", "i386")}));
}

TEST(Dependencies, AnyArchitectureDoesOnlyForPackagesThatAllowIt) {
  for (const char* multi_arch : {"", "foreign", "same"}) {
    EXPECT_FALSE(is_met("a:any", {installed("a", "1", "", multi_arch)})) << multi_arch;
  }
  EXPECT_FALSE(is_met("a:any", {installed("a", "1", "", "", "all")}));
}

bool is_met_on_amd64(const std::string& field, const std::vector<InstalledPackage>& packages,
                     const std::string& architecture) {
  return PackageSet(packages, "amd64\ni386\n").meets(parse_dependencies(field)[0], architecture);
}

TEST(Dependencies, APackageForAllIsOneOfTheMachinesOwnArchitecture) {
  const std::vector<InstalledPackage> packages{installed("own", "1"),
                                               installed("other", "1", "", "", "i386"),
                                               installed("any", "1", "", "", "all")};
  EXPECT_TRUE(is_met_on_amd64("own", packages, "all"));
  EXPECT_FALSE(is_met_on_amd64("other", packages, "all"));
  EXPECT_TRUE(is_met_on_amd64("any", packages, "amd64"));
  EXPECT_FALSE(is_met_on_amd64("any", packages, "i386"));
}

TEST(Dependencies, TheMachinesOwnArchitectureIsThatOfDpkgOrTheOnlyOneOrUnknown) {
  const InstalledPackage foreign = installed("a", "1", "", "", "i386");
  EXPECT_FALSE(is_met("a", {foreign, installed("dpkg", "1")}, "all"));
  EXPECT_TRUE(is_met("a", {foreign}, "all"));
  EXPECT_TRUE(is_met("a", {foreign, installed("b", "1")}, "all"));
}

TEST(Dependencies, WhoIsInTheWayIsNamed) {
  const std::vector<InstalledPackage> packages{installed("a", "1", "v"), installed("b", "1", "v")};
  const PackageSet set(packages);
  EXPECT_EQ(set.matching(parse_dependencies("v")[0], "a"), std::vector<std::string>{"b"});
  EXPECT_TRUE(set.matching(parse_dependencies("b (<< 1)")[0], "a").empty());
}

TEST(Dependencies, AVersionIsAdmittedByItsRelation) {
  const PackageRelation earlier = parse_dependencies("b (<< 1:2)")[0].alternatives[0];
  EXPECT_TRUE(admits(earlier, "3"));
  EXPECT_FALSE(admits(earlier, "1:2"));
  EXPECT_TRUE(admits(parse_dependencies("b")[0].alternatives[0], "1"));
}

TEST(Dependencies, OfApkAreWordsWithVersionsAndConflictsMarked) {
  const auto dependencies = parse_apk_dependencies("so:libz.so.1 busybox>=1.3 !odd a~1.2");
  ASSERT_EQ(dependencies.size(), 3U);
  EXPECT_EQ(dependencies[1].alternatives[0].name, "busybox");
  EXPECT_EQ(dependencies[1].alternatives[0].relation, VersionRelation::not_earlier);
  const auto conflicts = parse_apk_conflicts("so:libz.so.1 !odd<2");
  ASSERT_EQ(conflicts.size(), 1U);
  EXPECT_EQ(conflicts[0].alternatives[0].name, "odd");
}

TEST(Dependencies, OfApkAreMetByProvidedNames) {
  const auto packages = parse_apk_installed("P:zlib\nV:1.3-r2\np:so:libz.so.1=1.3\n");
  const PackageSet set(packages);
  EXPECT_TRUE(set.meets(parse_apk_dependencies("so:libz.so.1")[0], ""));
  EXPECT_TRUE(set.meets(parse_apk_dependencies("zlib>=1.3-r1")[0], ""));
  EXPECT_FALSE(set.meets(parse_apk_dependencies("so:libz.so.2")[0], ""));
}

TEST(Dependencies, ANameThatThousandsProvideIsRefused) {
  std::vector<InstalledPackage> packages;
  for (int at = 0; at < 1000; ++at)
    packages.push_back(installed("p" + std::to_string(at), "1", "v"));
  EXPECT_THROW(PackageSet{packages}, Error);
}

}  // namespace
}  // namespace imgops
