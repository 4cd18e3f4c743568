// Databases of dpkg as apt leaves them: an app installed on the old base, a new base with newer
// packages.
#include "libimgops/packages/dpkg_status.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

// A paragraph as dpkg writes it.
std::string package(const std::string& name, const std::string& version,
                    const std::string& status = "install ok installed",
                    const std::string& more = "") {
  return "Package: " + name + "\nStatus: " + status +
         "\nPriority: optional\nMaintainer: M <m@example.org>\nArchitecture: amd64\n"
         "Multi-Arch: same\nVersion: " +
         version + "\n" + more + "Description: the package " + name + "\n of " + version + "\n\n";
}

MergedText merge(const std::string& base, const std::string& ours, const std::string& theirs,
                 MergePolicy policy = MergePolicy::fail) {
  return merge_dpkg_status({base, ours, theirs}, policy);
}

TEST(DpkgStatus, ThePackageOfTheAppAndTheNewVersionsOfTheBaseAreBothThere) {
  const std::string ours = package("bash", "1") + package("libc6", "1") + package("nginx", "3");
  const std::string theirs = package("bash", "1") + package("libc6", "2");
  const MergedText merged = merge(package("bash", "1") + package("libc6", "1"), ours, theirs);
  EXPECT_EQ(merged.text, package("bash", "1") + package("libc6", "2") + package("nginx", "3"));
}

TEST(DpkgStatus, PackagesAreInDpkgsOrder) {
  const std::string base = package("bash", "1") + package("zlib1g", "1");
  const std::string ours = package("bash", "1") + package("curl", "1") + package("zlib1g", "1");
  const std::string theirs = package("bash", "1") + package("dash", "1") + package("zlib1g", "1");
  EXPECT_EQ(merge(base, ours, theirs).text, package("bash", "1") + package("curl", "1") +
                                                package("dash", "1") + package("zlib1g", "1"));
}

TEST(DpkgStatus, OnePackageChangedTwoWaysIsNamedWithBothVersions) {
  const MergedText merged =
      merge(package("libssl3", "3.0.1"), package("libssl3", "3.0.2"), package("libssl3", "3.0.3"));
  EXPECT_FALSE(merged.text);
  EXPECT_EQ(merged.reason,
            "packages changed on both sides: libssl3 amd64 (ours 3.0.2, theirs 3.0.3)");
}

TEST(DpkgStatus, ThePolicySettlesOnlyTheConflict) {
  const std::string base = package("a", "1") + package("b", "1");
  const std::string ours = package("a", "2") + package("b", "1");
  const std::string theirs = package("a", "3") + package("b", "2");
  const MergedText merged = merge(base, ours, theirs, MergePolicy::ours);
  EXPECT_EQ(merged.text, package("a", "2") + package("b", "2"));
  EXPECT_EQ(merged.reason, "ours taken of: a amd64");
}

TEST(DpkgStatus, UpgradedAlikeOnBothSidesIsNoConflict) {
  const std::string theirs = package("a", "2") + package("b", "2");
  EXPECT_EQ(merge(package("a", "1"), package("a", "2"), theirs).text, theirs);
}

TEST(DpkgStatus, APackageOnHoldStaysOnHoldInItsNewVersion) {
  const MergedText merged =
      merge(package("a", "1"), package("a", "1", "hold ok installed"), package("a", "2"));
  EXPECT_EQ(merged.text, package("a", "2", "hold ok installed"));
}

TEST(DpkgStatus, APackageHeldAndUpgradedByOursTakesAWishOfTheirs) {
  const MergedText merged =
      merge(package("a", "1"), package("a", "2"), package("a", "1", "hold ok installed"));
  EXPECT_EQ(merged.text, package("a", "2", "hold ok installed"));
}

TEST(DpkgStatus, FieldsOfTwoVersionsAreNeverMixed) {
  // Ours rebuilt the package without a new version; each field alone could be merged.
  const std::string rebuilt = package("a", "1", "install ok installed", "Depends: x\n");
  EXPECT_FALSE(merge(package("a", "1"), rebuilt, package("a", "2")).text);
}

TEST(DpkgStatus, WhatOnlyDescribesOneVersionIsMergedByField) {
  const std::string section = package("a", "1", "install ok installed", "Section: net\n");
  const std::string origin = package("a", "1", "install ok installed", "Origin: Debian\n");
  const MergedText merged = merge(package("a", "1"), section, origin);
  ASSERT_TRUE(merged.text) << merged.reason;
  EXPECT_NE(merged.text->find("Section: net\n"), std::string::npos);
  EXPECT_NE(merged.text->find("Origin: Debian\n"), std::string::npos);
}

TEST(DpkgStatus, RemovedByTheAppAndUpgradedByTheBaseIsAConflict) {
  const MergedText merged = merge(package("a", "1"), "", package("a", "2"));
  EXPECT_FALSE(merged.text);
  EXPECT_EQ(merged.reason, "packages changed on both sides: a amd64 (ours none, theirs 2)");
  EXPECT_FALSE(
      merge(package("a", "1"), package("a", "1", "deinstall ok config-files"), package("a", "2"))
          .text);
}

TEST(DpkgStatus, RemovedByTheAppAndLeftByTheBaseStaysRemoved) {
  EXPECT_EQ(merge(package("a", "1") + package("b", "1"), package("b", "1"),
                  package("a", "1") + package("b", "2"))
                .text,
            package("b", "2"));
}

TEST(DpkgStatus, FieldsWeDoNotKnowAndTheirOrderSurvive) {
  const std::string odd =
      "X-Own:  a\nPackage: a\nArchitecture: all\nVersion: 1\nConffiles:\n"
      " /etc/a 0123\n /etc/b 4567 obsolete\n\n";
  EXPECT_EQ(merge(odd, odd + package("z", "1"), odd + package("y", "1")).text,
            odd + package("y", "1") + package("z", "1"));
}

TEST(DpkgStatus, OnePackageOfTwoArchitecturesIsRefusedUnlessItAllowsThat) {
  const std::string all =
      "Package: a\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n\n";
  const std::string amd64 =
      "Package: a\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n";
  const MergedText merged = merge("", all, amd64);
  EXPECT_FALSE(merged.text);
  EXPECT_EQ(merged.reason, "packages that cannot be there for two architectures: a");
  std::string foreign = package("b", "1");
  foreign.replace(foreign.find("amd64"), 5, "i386");
  EXPECT_TRUE(merge("", foreign, package("b", "1")).text);
}

TEST(DpkgStatus, WhatCannotBeReadIsAReasonAndNoError) {
  const MergedText merged = merge("", "no field\n", package("a", "1"));
  EXPECT_FALSE(merged.text);
  EXPECT_NE(merged.reason.find("line 1"), std::string::npos);
}

TEST(DpkgStatus, InstalledArePackagesThatAreConfigured) {
  const std::string text = package("a", "1") + package("b", "1", "deinstall ok config-files") +
                           package("c", "1", "install ok half-configured") +
                           package("d", "1", "install ok triggers-pending") +
                           "Package: e\nVersion: 2\nArchitecture: amd64\n";
  std::string names;
  for (const InstalledPackage& one : installed_packages(ControlFile::parse(text)))
    names += one.name;
  EXPECT_EQ(names, "ade");
}

}  // namespace
}  // namespace imgops
