// Which driver is for which path, and what it makes of three files.
#include "libimgops/ops/merge_drivers.hpp"

#include <gtest/gtest.h>

#include <string>

namespace imgops {
namespace {

class Drivers {
 public:
  explicit Drivers(MergeDriverOptions options = {})
      : drivers_(standard_merge_drivers(std::move(options))) {}

  const MergeDriver* find(std::string_view path) const {
    for (const auto& driver : drivers_) {
      if (driver->handles(path)) return driver.get();
    }
    return nullptr;
  }
  std::string name(std::string_view path) const {
    const MergeDriver* const driver = find(path);
    return driver == nullptr ? "" : std::string(driver->name());
  }
  DriverOutcome merge(std::string_view path, std::string_view base, std::string_view ours,
                      std::string_view theirs) const {
    return find(path)->merge(path, {base, ours, theirs});
  }

 private:
  std::vector<std::shared_ptr<const MergeDriver>> drivers_;
};

std::string package(const std::string& name, const std::string& version) {
  return "Package: " + name +
         "\nStatus: install ok installed\nArchitecture: amd64\nVersion: " + version + "\n\n";
}

TEST(MergeDrivers, EachPathHasItsDriver) {
  const Drivers drivers;
  EXPECT_EQ(drivers.name("var/lib/dpkg/status"), "dpkg");
  EXPECT_EQ(drivers.name("var/lib/dpkg/status.d/base"), "dpkg");
  EXPECT_EQ(drivers.name("var/lib/dpkg/info/libc6:amd64.list"), "dpkg");
  EXPECT_EQ(drivers.name("var/lib/dpkg/alternatives/editor"), "dpkg");
  EXPECT_EQ(drivers.name("var/lib/apt/extended_states"), "dpkg");
  EXPECT_EQ(drivers.name("var/cache/debconf/config.dat"), "dpkg");
  EXPECT_EQ(drivers.name("lib/apk/db/installed"), "apk");
  EXPECT_EQ(drivers.name("etc/apk/world"), "apk");
  EXPECT_EQ(drivers.name("var/lib/rpm/Packages"), "rpm");
  EXPECT_EQ(drivers.name("etc/passwd"), "accounts");
  EXPECT_EQ(drivers.name("etc/gshadow-"), "accounts");
  EXPECT_EQ(drivers.name("etc/subuid"), "accounts");
  EXPECT_EQ(drivers.name("etc/shells"), "lists");
  EXPECT_EQ(drivers.name("var/log/apt/history.log"), "log");
  EXPECT_EQ(drivers.name("var/lib/dpkg/status-old"), "cache");
  EXPECT_EQ(drivers.name("var/cache/debconf/config.dat-old"), "cache");
  EXPECT_EQ(drivers.name("etc/ld.so.cache"), "cache");
  EXPECT_EQ(drivers.name("usr/lib/python3/__pycache__/abc.cpython-311.pyc"), "cache");
  EXPECT_EQ(drivers.name("etc/nginx/nginx.conf"), "text");
}

TEST(MergeDrivers, OtherPathsHaveNoneUnlessTheUserNamesThem) {
  EXPECT_EQ(Drivers().name("usr/bin/sh"), "");
  EXPECT_EQ(Drivers().name("var/lib/dpkg/info/nginx.postinst"), "");
  EXPECT_EQ(Drivers().name("srv/app.conf"), "");
  EXPECT_EQ(Drivers({{"srv/*.conf"}, {}}).name("srv/app.conf"), "text");
}

TEST(MergeDrivers, APatternWithALeadingSlashMeansTheSame) {
  EXPECT_EQ(Drivers({{"/srv/*.conf"}, {}}).name("srv/app.conf"), "text");
  EXPECT_EQ(Drivers({{"/srv/app.conf"}, {}}).name("srv/app.conf"), "text");
  EXPECT_EQ(Drivers({{"/"}, {}}).name("srv/app.conf"), "");
}

TEST(MergeDrivers, TheDatabaseOfDpkgHasTheAppsPackageAndTheNewVersion) {
  const DriverOutcome outcome =
      Drivers().merge("var/lib/dpkg/status", package("libssl3", "1"),
                      package("libssl3", "1") + package("nginx", "1"), package("libssl3", "2"));
  EXPECT_EQ(outcome.text, package("libssl3", "2") + package("nginx", "1"));
  EXPECT_FALSE(outcome.is_doubtful);
}

TEST(MergeDrivers, APolicySettlesOnePackageAndNotTheWholeDatabase) {
  const std::string path = "var/lib/dpkg/status";
  const std::string base = package("a", "1") + package("b", "1");
  const std::string ours = package("a", "2") + package("b", "1");
  const std::string theirs = package("a", "3") + package("b", "2");
  EXPECT_FALSE(Drivers().merge(path, base, ours, theirs).text);
  EXPECT_EQ(Drivers({{}, MergePolicy::ours}).merge(path, base, ours, theirs).text,
            package("a", "2") + package("b", "2"));
}

TEST(MergeDrivers, AutomaticallyInstalledPackagesAreMerged) {
  const std::string a = "Package: a\nArchitecture: amd64\nAuto-Installed: 1\n\n";
  const std::string b = "Package: b\nArchitecture: amd64\nAuto-Installed: 1\n\n";
  EXPECT_EQ(Drivers().merge("var/lib/apt/extended_states", "", a, b).text, a + b);
}

TEST(MergeDrivers, TextsOfQuestionsAreTheNewBasesAndTheirOwnersASet) {
  const auto question = [](const std::string& description, const std::string& owners) {
    return "Name: x/y\nDescription: " + description + "\nOwners: " + owners + "\n\n";
  };
  const DriverOutcome outcome =
      Drivers().merge("var/cache/debconf/templates.dat", question("1", "a"), question("2", "a, b"),
                      question("3", "a, c"));
  EXPECT_EQ(outcome.text, question("3", "a, b, c"));
}

TEST(MergeDrivers, AnRpmDatabaseIsGivenUpWithItsKindAndAdvice) {
  const std::string sqlite = std::string("SQLite format 3\0", 16) + "rest";
  std::string berkeley(512, '\0');
  berkeley.replace(12, 4, std::string("\x61\x15\x06\0", 4));
  const DriverOutcome outcome =
      Drivers().merge("usr/lib/sysimage/rpm/rpmdb.sqlite", sqlite, sqlite + "1", sqlite + "2");
  EXPECT_FALSE(outcome.text);
  EXPECT_NE(outcome.reason.find("(sqlite)"), std::string::npos) << outcome.reason;
  EXPECT_NE(outcome.reason.find("--resolve"), std::string::npos);
  const DriverOutcome other = Drivers().merge("var/lib/rpm/Packages", "", berkeley, "RpmP");
  EXPECT_NE(other.reason.find("bdb in ours, ndb in theirs"), std::string::npos) << other.reason;
}

TEST(MergeDrivers, ACacheIsTheirsAndDoubtfulWhenSomethingMayBeMissing) {
  const DriverOutcome loader = Drivers().merge("etc/ld.so.cache", "1", "2", "3");
  EXPECT_EQ(loader.text, "3");
  EXPECT_TRUE(loader.is_doubtful);
  EXPECT_NE(loader.reason.find("ldconfig"), std::string::npos);
  const DriverOutcome backup = Drivers().merge("var/lib/dpkg/status-old", "1", "2", "3");
  EXPECT_EQ(backup.text, "3");
  EXPECT_FALSE(backup.is_doubtful);
}

TEST(MergeDrivers, WhatOursAddedToALogStandsBehindTheirs) {
  EXPECT_EQ(Drivers().merge("var/log/dpkg.log", "1\n", "1\n2\n", "1\n3\n").text, "1\n3\n2\n");
}

TEST(MergeDrivers, ALogThatOursBeganAnewOrThatIsNoTextIsTheirs) {
  EXPECT_EQ(Drivers().merge("var/log/dpkg.log", "1\n", "2\n", "3\n").text, "3\n");
  const std::string table("\0\1", 2);
  EXPECT_EQ(Drivers().merge("var/log/lastlog", "", table, "3").text, "3");
}

TEST(MergeDrivers, ABackupOfAccountsThatCannotBeMergedIsTheirs) {
  const std::string one = "a:x:1:1::/:\n";
  const std::string other = "a:x:2:2::/:\n";
  EXPECT_FALSE(Drivers().merge("etc/passwd", "", one, other).text);
  EXPECT_EQ(Drivers().merge("etc/passwd-", "", one, other).text, other);
}

TEST(MergeDrivers, TextIsMergedByLineAndBytesOfZeroAreNoText) {
  EXPECT_EQ(Drivers().merge("etc/a.conf", "1\n2\n3\n", "0\n2\n3\n", "1\n2\n4\n").text, "0\n2\n4\n");
  EXPECT_FALSE(
      Drivers().merge("etc/a", "1\n2\n3\n", std::string("0\n2\n3\n\0", 7), "1\n2\n4\n").text);
}

TEST(MergeDrivers, AddedOnBothSidesADatabaseIsMergedAndTextIsNot) {
  const Drivers drivers;
  const ThreeTexts texts{std::nullopt, "x\n", "y\n"};
  EXPECT_TRUE(drivers.find("etc/shells")->merge("etc/shells", texts).text);
  EXPECT_FALSE(drivers.find("etc/a.conf")->merge("etc/a.conf", texts).text);
}

}  // namespace
}  // namespace imgops
