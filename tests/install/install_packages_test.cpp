#include "libimgops/install/install_packages.hpp"

#include "libimgops/install/dpkg_conffiles.hpp"
#include "tests/install/debian_image.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace imgops {
namespace {

using testing::control_document;
using testing::Debian;
using testing::DebianWithOther;
using testing::error_of;
using ::testing::HasSubstr;
using testing::kind_of;
using testing::MadeDeb;
using testing::md5;
using ::testing::Not;
using testing::RawTar;
using testing::status_of;
using testing::version_2;

TEST(InstallPackages, FilesOfTheNewVersionComeAndThoseOfTheOldGo) {
  Debian debian;
  debian.files.file("etc/conf", "old");
  const InstalledPackages result = debian.install(version_2(), debian.tree());
  EXPECT_EQ(debian.text(result.tree, "usr/lib/library"), "library 2");
  EXPECT_EQ(debian.text(result.tree, "usr/lib/added"), "added");
  EXPECT_EQ(result.tree.find("usr/lib/gone"), nullptr);
}

TEST(InstallPackages, TheDatabaseSaysWhatIsThere) {
  Debian debian;
  debian.files.file("etc/conf", "old");
  const InstalledPackages result = debian.install(version_2(), debian.tree());
  EXPECT_EQ(debian.text(result.tree, "var/lib/dpkg/status"),
            "Package: library\nStatus: install ok installed\nMaintainer: a\nArchitecture: amd64\n"
            "Version: 2\nConffiles:\n /etc/conf " +
                md5("new") + "\nDescription: d\n\n");
  EXPECT_EQ(debian.text(result.tree, "var/lib/dpkg/info/library.list"),
            "/.\n/usr\n/usr/lib\n/usr/lib/library\n/usr/lib/added\n/etc\n/etc/conf\n");
  EXPECT_EQ(debian.text(result.tree, "var/lib/dpkg/info/library.md5sums"),
            md5("library 2") + "  usr/lib/library\n" + md5("added") + "  usr/lib/added\n" +
                md5("new") + "  etc/conf\n");
  EXPECT_EQ(debian.text(result.tree, "var/lib/dpkg/info/library.postinst"),
            "#!/bin/sh\nldconfig\n");
}

TEST(InstallPackages, ScriptsAndTriggersAreToldAndNotRun) {
  Debian debian;
  const InstalledPackages result = debian.install(version_2(), debian.tree());
  ASSERT_EQ(result.skipped.size(), 1U);
  EXPECT_EQ(result.skipped[0].old_version, "1");
  ASSERT_EQ(result.skipped[0].scripts.size(), 1U);
  EXPECT_EQ(result.skipped[0].scripts[0].name, "postinst");
  ASSERT_EQ(result.skipped[0].triggers.size(), 1U);
  EXPECT_EQ(result.skipped[0].triggers[0].name, "ldconfig");
}

// dpkg's table of configuration files: as the database, the image and the package have them.
struct ConffileRow {
  std::string old_package;
  std::string image;
  std::string new_package;
  std::optional<ConffileFate> fate;  // absent: dpkg would ask
};

TEST(InstallPackages, ConfigurationFilesGoByTheTableOfDpkg) {
  const std::vector<ConffileRow> rows = {
      {"a", "a", "a", ConffileFate::same},  {"a", "a", "b", ConffileFate::install},
      {"a", "c", "a", ConffileFate::keep},  {"a", "b", "b", ConffileFate::same},
      {"a", "", "b", ConffileFate::keep},   {"a", "", "a", ConffileFate::keep},
      {"", "", "b", ConffileFate::install}, {"", "b", "b", ConffileFate::same},
      {"a", "c", "b", std::nullopt},        {"", "c", "b", std::nullopt},
  };
  for (const ConffileRow& row : rows) {
    const auto judge = [&] {
      return judge_conffile({row.old_package, row.image, row.new_package}, "conf");
    };
    SCOPED_TRACE(row.old_package + " " + row.image + " " + row.new_package);
    if (row.fate) {
      EXPECT_EQ(judge(), *row.fate);
    } else {
      EXPECT_EQ(kind_of(judge), ErrorKind::conflict);
    }
  }
}

TEST(InstallPackages, AConfigurationFileThatBothChangedIsRefusedByName) {
  Debian debian;
  debian.files.file("etc/conf", "of the image");
  EXPECT_THAT(debian.refusal(version_2()), HasSubstr("/etc/conf: a configuration file that both"));
}

TEST(InstallPackages, DivertedFilesGoWhereTheyAreDiverted) {
  Debian debian;
  debian.files.file("var/lib/dpkg/diversions", "/usr/lib/library\n/usr/lib/library.real\nother\n");
  const InstalledPackages result = debian.install(version_2(), debian.tree());
  EXPECT_EQ(debian.text(result.tree, "usr/lib/library.real"), "library 2");
  EXPECT_EQ(debian.text(result.tree, "usr/lib/library"), "library 1");
}

TEST(InstallPackages, OwnersThatTheImageOverridesStayOverridden) {
  Debian debian;
  debian.files.file("var/lib/dpkg/statoverride", "#7 staff 4711 /usr/lib/library\n")
      .file("etc/group", "staff:x:50:\n");
  const InstalledPackages result = debian.install(version_2(), debian.tree());
  const Inode& inode = *result.tree.find("usr/lib/library")->inode();
  EXPECT_EQ(inode.uid(), 7U);
  EXPECT_EQ(inode.gid(), 50U);
  EXPECT_EQ(inode.mode(), 04711);
}

TEST(InstallPackages, WhatDpkgIsToldToLeaveOutStaysOut) {
  Debian debian;
  debian.files.directory("etc/dpkg")
      .directory("etc/dpkg/dpkg.cfg.d")
      .file("etc/dpkg/dpkg.cfg.d/slim", "path-exclude /usr/lib/a*\n");
  const InstalledPackages result = debian.install(version_2(), debian.tree());
  EXPECT_EQ(result.tree.find("usr/lib/added"), nullptr);
  EXPECT_THAT(debian.text(result.tree, "var/lib/dpkg/info/library.list"),
              HasSubstr("/usr/lib/added"));
}

TEST(InstallPackages, FilesBehindLinksOfTheImageGoWhereTheLinksLead) {
  Debian debian;
  MadeDeb deb = version_2();
  deb.documents.erase(deb.documents.begin() + 1);  // conffiles
  deb.data = RawTar().directory("./lib/").file("./lib/library", "library 2").end();
  const InstalledPackages result = debian.install(deb, debian.tree());
  EXPECT_EQ(debian.text(result.tree, "usr/lib/library"), "library 2");
  EXPECT_EQ(result.tree.find("lib")->inode()->type(), FileType::symlink);
}

MadeDeb version_2_with(std::string name, std::string text) {
  MadeDeb deb = version_2();
  deb.documents.emplace_back(std::move(name), std::move(text));
  return deb;
}

TEST(InstallPackages, AListThatThePackageBringsIsNotBelieved) {
  Debian debian;
  const Tree lower = debian.tree();
  const Tree tree = debian.install(version_2_with("list", "/etc/passwd\n"), lower).tree;
  EXPECT_THAT(debian.text(tree, "var/lib/dpkg/info/library.list"), Not(HasSubstr("passwd")));
}

TEST(InstallPackages, ALineBreakInANameIsRefused) {
  Debian debian;
  MadeDeb deb = version_2();
  deb.data = RawTar().file("./usr/lib/a\n/etc/passwd", "x").end();
  const Tree lower = debian.tree();
  EXPECT_EQ(kind_of([&] { debian.install(deb, lower); }), ErrorKind::corrupt);
}

TEST(InstallPackages, AVersionThatDpkgCannotReadIsRefused) {
  for (const char* version : {"9:a b", "../../x", "a:1", "1:"}) {
    Debian debian;
    const Tree lower = debian.tree();
    const MadeDeb deb{{{"control", control_document("library", version)}}};
    EXPECT_EQ(kind_of([&] { debian.install(deb, lower); }), ErrorKind::corrupt) << version;
  }
}

TEST(InstallPackages, RelationsThatDpkgCannotReadAreRefused) {
  for (const char* field : {"Depends: a (>= )", "Recommends: a (>= 1 2)", "Replaces: a (>= 1"}) {
    Debian debian;
    const Tree lower = debian.tree();
    const MadeDeb deb = version_2(std::string(field) + "\n");
    EXPECT_EQ(kind_of([&] { debian.install(deb, lower); }), ErrorKind::corrupt) << field;
  }
}

TEST(InstallPackages, WhatCannotBeRightIsRefusedByName) {
  EXPECT_THAT(Debian().refusal({{{"control", control_document("other", "2")}}}),
              HasSubstr("other is not installed in the image"));
  EXPECT_THAT(Debian().refusal({{{"control", control_document("library", "0.9")}}}),
              HasSubstr("library 0.9 is older than 1, which the image has"));
  EXPECT_THAT(Debian().refusal(version_2("Depends: nowhere (>= 3)\n")),
              HasSubstr("package library: needs nowhere (>= 3)"));
  MadeDeb arm = version_2();
  std::string& control = arm.documents[0].second;
  control.replace(control.find("amd64"), 5, "arm64");
  EXPECT_THAT(Debian().refusal(arm), HasSubstr("is for arm64, the image has it for amd64"));
}

TEST(InstallPackages, ADependencyOfAnotherPackageThatWouldBreakIsRefused) {
  Debian debian;
  debian.status += status_of("user", "3", "Depends: library (= 1)\n");
  EXPECT_THAT(debian.refusal(version_2()), HasSubstr("package user: needs library (= 1)"));
}

TEST(InstallPackages, ADependencyThatWasUnmetBeforeIsNoReason) {
  Debian debian;
  debian.status += status_of("user", "3", "Depends: never-there\n");
  EXPECT_EQ(debian.refusal(version_2()), "");
}

TEST(InstallPackages, AFileOfAnotherPackageIsNotOverwritten) {
  EXPECT_THAT(
      DebianWithOther().refusal(version_2()),
      HasSubstr("/usr/lib/added: is of package other 1, which the package does not replace"));
  EXPECT_THAT(
      DebianWithOther().refusal(version_2("Replaces: other (<< 1)\n")),
      HasSubstr("is of package other 1, of which the package replaces other versions only"));
}

TEST(InstallPackages, AFileOfAPackageThatIsReplacedLeavesItsList) {
  DebianWithOther debian;
  const InstalledPackages result =
      debian.install(version_2("Replaces: other (<< 2)\n"), debian.tree());
  EXPECT_EQ(debian.text(result.tree, "usr/lib/added"), "added");
  EXPECT_EQ(debian.text(result.tree, "var/lib/dpkg/info/other.list"),
            "/.\n/usr\n/usr/lib\n/usr/lib/others\n");
  EXPECT_THAT(debian.text(result.tree, "var/lib/dpkg/info/library.list"),
              HasSubstr("/usr/lib/added\n"));
}

TEST(InstallPackages, AFileOfAPackageThatReplacesThisOneStays) {
  DebianWithOther debian("Replaces: library (<< 3)\n");
  const InstalledPackages result = debian.install(version_2(), debian.tree());
  EXPECT_EQ(debian.text(result.tree, "usr/lib/added"), "mine");
  EXPECT_THAT(debian.text(result.tree, "var/lib/dpkg/info/other.list"),
              HasSubstr("/usr/lib/added"));
  EXPECT_THAT(debian.text(result.tree, "var/lib/dpkg/info/library.list"),
              Not(HasSubstr("/usr/lib/added")));
}

TEST(InstallPackages, ConfigurationFilesAreNotTaken) {
  DebianWithOther debian("Conffiles:\n /usr/lib/added " + md5("mine") + "\n");
  EXPECT_THAT(debian.refusal(version_2("Replaces: other\n")),
              HasSubstr("/usr/lib/added: is of package other 1, and a configuration file"));
}

TEST(InstallPackages, APackageThatWouldBeLeftWithoutFilesIsNamed) {
  Debian debian;
  debian.status += status_of("other", "1");
  debian.files.file("usr/lib/added", "mine")
      .file("var/lib/dpkg/info/other.list", "/.\n/usr\n/usr/lib\n/usr/lib/added\n");
  EXPECT_THAT(debian.refusal(version_2("Replaces: other\n")),
              HasSubstr("takes all files of package other, which dpkg would then remove"));
}

// `library` 1 told of changes in a directory and of "rebuild", as another package is.
TEST(InstallPackages, TriggersAreThoseOfTheNewVersion) {
  Debian debian;
  debian.files.directory("var/lib/dpkg/triggers")
      .file("var/lib/dpkg/info/library.triggers", "interest /usr/old\ninterest rebuild\n")
      .file("var/lib/dpkg/triggers/File", "/usr/old library\n/usr/share/man man-db\n")
      .file("var/lib/dpkg/triggers/rebuild", "library\n");
  MadeDeb deb = version_2();
  deb.documents.back().second = "interest-noawait /usr/lib\ninterest refresh\n";
  const InstalledPackages result = debian.install(deb, debian.tree());
  EXPECT_EQ(debian.text(result.tree, "var/lib/dpkg/triggers/File"),
            "/usr/share/man man-db\n/usr/lib library/noawait\n");
  EXPECT_EQ(debian.text(result.tree, "var/lib/dpkg/triggers/refresh"), "library\n");
  EXPECT_EQ(result.tree.find("var/lib/dpkg/triggers/rebuild"), nullptr);
  ASSERT_EQ(result.skipped[0].triggers.size(), 1U);
  EXPECT_EQ(result.skipped[0].triggers[0].name, "/usr/lib");
}

TEST(InstallPackages, TriggersOfTheImageThatCannotBeReadAreNamedByTheirFile) {
  Debian debian;
  debian.files.file("var/lib/dpkg/info/library.triggers", "interest ../status\n");
  const Tree lower = debian.tree();
  const auto error = error_of([&] { debian.install(version_2(), lower); });
  ASSERT_TRUE(error);
  EXPECT_THAT(error->what(), HasSubstr("/var/lib/dpkg/info/library.triggers: triggers: cannot be"));
}

TEST(InstallPackages, TriggersThatLeadElsewhereAreCorrupt) {
  Debian debian;
  MadeDeb deb = version_2();
  deb.documents.back().second = "interest ../status\n";
  const Tree lower = debian.tree();
  EXPECT_EQ(kind_of([&] { debian.install(deb, lower); }), ErrorKind::corrupt);
}

TEST(InstallPackages, AFileThatAnotherPackageHasTooStaysWhenTheOldVersionGoes) {
  Debian debian;
  debian.status += status_of("other", "1");
  debian.files.file("var/lib/dpkg/info/other.list", "/lib/gone\n");
  const InstalledPackages result = debian.install(version_2(), debian.tree());
  EXPECT_NE(result.tree.find("usr/lib/gone"), nullptr);
}

TEST(InstallPackages, AnImageWithAFileAPackageHasThatFileChanged) {
  Debian debian;
  debian.status.clear();
  debian.files.directory("var/lib/dpkg/status.d")
      .file("var/lib/dpkg/status.d/library", "Package: library\nVersion: 1\nArchitecture: amd64\n");
  const InstalledPackages result = debian.install(version_2(), debian.tree());
  EXPECT_THAT(debian.text(result.tree, "var/lib/dpkg/status.d/library"), HasSubstr("Version: 2"));
}

TEST(InstallPackages, HostilePackagesAreRefused) {
  MadeDeb name = version_2();
  name.documents[0].second = control_document("../../etc/x", "2");
  Debian debian;
  const Tree lower = debian.tree();
  EXPECT_EQ(kind_of([&] { debian.install(name, lower); }), ErrorKind::corrupt);
  MadeDeb through = version_2();
  through.data = RawTar().symlink("./way", "/etc").file("./way/passwd", "x").end();
  EXPECT_THAT(Debian().refusal(through), HasSubstr("lies behind a file or link"));
  MadeDeb marker = version_2();
  marker.data = RawTar().file("./usr/.wh.lib", "").end();
  EXPECT_THAT(Debian().refusal(marker), HasSubstr("a patch holds no whiteouts"));
}

}  // namespace
}  // namespace imgops
