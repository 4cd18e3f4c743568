// What dpkg 1.21 was seen to do with small packages on a root of its own (tests/oracle/packages has
// the same in its hands where dpkg is there).
#include "libimgops/install/dpkg_install.hpp"

#include "tests/install/debian_image.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace imgops {
namespace {

using testing::control_document;
using testing::Debian;
using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MadeDeb;
using testing::md5;
using ::testing::Not;
using testing::RawTar;
using testing::status_of;
using testing::version_2;

// Version 2 without the configuration file, which it wants to be gone.
MadeDeb without_conf() {
  MadeDeb deb = version_2();
  deb.documents[1].second = "remove-on-upgrade /etc/conf\n";
  deb.data = RawTar().directory("./usr/").directory("./usr/lib/").file("./usr/lib/library").end();
  return deb;
}

TEST(DpkgInstall, AConfigurationFileThatIsToGoGoesWhereNobodyChangedIt) {
  Debian debian;
  debian.files.file("etc/conf", "old");
  const InstalledPackages result = debian.install(without_conf(), debian.tree());
  EXPECT_EQ(result.tree.find("etc"), nullptr);  // which that emptied, and no other package has
  EXPECT_THAT(result.notes, IsEmpty());
  EXPECT_THAT(debian.text(result.tree, "var/lib/dpkg/status"),
              HasSubstr("Conffiles:\n /etc/conf " + md5("old") + " remove-on-upgrade\n"));
  EXPECT_THAT(debian.text(result.tree, "var/lib/dpkg/info/library.list"),
              Not(HasSubstr("/etc/conf")));
}

TEST(DpkgInstall, AConfigurationFileThatIsToGoAndTheImageChangedIsPutAside) {
  Debian debian;
  debian.files.file("etc/conf", "of the image");
  const InstalledPackages result = debian.install(without_conf(), debian.tree());
  EXPECT_EQ(result.tree.find("etc/conf"), nullptr);
  EXPECT_EQ(debian.text(result.tree, "etc/conf.dpkg-old"), "of the image");
  EXPECT_THAT(result.notes, ElementsAre(HasSubstr("/etc/conf: the package removes it")));
}

TEST(DpkgInstall, AConfigurationFileThatIsToGoAndNeverWasIsOnlyNamed) {
  Debian debian;
  MadeDeb deb = without_conf();
  deb.documents[1].second = "remove-on-upgrade /etc/never\n";
  const InstalledPackages result = debian.install(deb, debian.tree());
  EXPECT_THAT(debian.text(result.tree, "var/lib/dpkg/status"),
              HasSubstr("Conffiles:\n /etc/never newconffile remove-on-upgrade\n"));
}

TEST(DpkgInstall, ConffilesThatCannotBeRightAreCorruptAndNamed) {
  for (const char* line : {"etc/conf", "/../etc/conf", "/etc/./conf", "keep-always /etc/conf",
                           "remove-on-upgrade etc/x", "remove-on-upgrade", "/etc", "/etc/passwd",
                           "remove-on-upgrade /etc/conf"}) {
    Debian debian;
    MadeDeb deb = version_2();
    deb.documents[1].second = std::string(line) + "\n";
    const Tree lower = debian.tree();
    const auto error = error_of([&] { debian.install(deb, lower); });
    ASSERT_TRUE(error) << line;
    EXPECT_EQ(error->kind(), ErrorKind::corrupt) << line;
    EXPECT_THAT(error->what(), HasSubstr("library.deb: conffiles: ")) << line;
  }
}

TEST(DpkgInstall, ChecksumsMadeForAPackageWithoutHaveLinksAndConfigurationFilesToo) {
  Debian debian;
  debian.files.file("etc/conf", "old");
  MadeDeb deb = version_2();
  deb.data = RawTar()
                 .directory("./usr/")
                 .file("./usr/a", "a")
                 .hard_link("./usr/b", "./usr/a")
                 .symlink("./usr/c", "a")
                 .file("./etc/conf", "new")
                 .end();
  const InstalledPackages result = debian.install(deb, debian.tree());
  EXPECT_EQ(debian.text(result.tree, "var/lib/dpkg/info/library.md5sums"),
            md5("a") + "  usr/a\n" + md5("a") + "  usr/b\n" + md5("new") + "  etc/conf\n");
}

const Inode& library_with_override(Debian& debian, const std::string& line) {
  debian.files.file("var/lib/dpkg/statoverride", line + " 4711 /usr/lib/library\n");
  debian.shop.held.push_back(nullptr);
  static InstalledPackages result;
  result = debian.install(version_2(), debian.tree());
  return *result.tree.find("usr/lib/library")->inode();
}

TEST(DpkgInstall, OverriddenOwnersNeedNoPasswdForRootNumbersAndFilesThatAreThere) {
  for (const char* line : {"root root", "#0 #0", "unknown unknown"}) {
    Debian debian;
    const Inode& inode = library_with_override(debian, line);
    EXPECT_EQ(inode.uid(), 0U) << line;
    EXPECT_EQ(inode.mode(), 04711) << line;
  }
  Debian debian;
  debian.files.file("usr/lib/library", "library 1").last().uid = 42;
  EXPECT_EQ(library_with_override(debian, "unknown root").uid(), 42U);
}

TEST(DpkgInstall, AnOverriddenOwnerThatNobodyKnowsIsRefusedByName) {
  Debian debian;
  debian.files.file("var/lib/dpkg/statoverride", "unknown root 755 /usr/lib/added\n");
  EXPECT_THAT(debian.refusal(version_2()),
              HasSubstr("/usr/lib/added: statoverride gives it to unknown"));
}

TEST(DpkgInstall, APackageOfAnyMachineBecomesOneOfTheImagesMachineOnly) {
  Debian debian;
  debian.status.replace(debian.status.find("amd64"), 5, "all");
  EXPECT_THAT(debian.refusal(version_2()), HasSubstr("is for amd64, the image has it for all"));
  Debian other;
  other.status.replace(other.status.find("amd64"), 5, "all");
  other.status += status_of("tool", "1");
  EXPECT_EQ(other.refusal(version_2()), "");
}

TEST(DpkgInstall, APackageThatIsInstalledIsNoLongerOnHold) {
  Debian debian;
  debian.status.replace(debian.status.find("install ok"), 10, "hold ok");
  const InstalledPackages result = debian.install(version_2(), debian.tree());
  EXPECT_THAT(debian.text(result.tree, "var/lib/dpkg/status"),
              HasSubstr("Status: install ok installed\n"));
}

TEST(DpkgInstall, AConfigurationFileThatTheImageRemovedStaysAwayAndIsTold) {
  Debian debian;
  const InstalledPackages result = debian.install(version_2(), debian.tree());
  EXPECT_EQ(result.tree.find("etc/conf"), nullptr);
  EXPECT_THAT(result.notes, ElementsAre(HasSubstr("/etc/conf: the image removed it")));
}

TEST(DpkgInstall, AConfigurationFileKeepsTheOwnerAndModeThatTheImageGaveIt) {
  Debian debian;
  InodeFields& conf = debian.files.file("etc/conf", "old").last();
  conf.uid = 7;
  conf.gid = 8;
  conf.mode = 0600;
  debian.files.file("var/lib/dpkg/statoverride", "#1 #2 644 /etc/conf\n");
  const InstalledPackages result = debian.install(version_2(), debian.tree());
  EXPECT_EQ(debian.text(result.tree, "etc/conf"), "new");
  const Inode& inode = *result.tree.find("etc/conf")->inode();
  EXPECT_EQ(inode.uid(), 7U);
  EXPECT_EQ(inode.gid(), 8U);
  EXPECT_EQ(inode.mode(), 0600);
}

// dpkg unpacks beside the link, looks beside what it leads to, and finds nothing to do.
TEST(DpkgInstall, AConfigurationFileThatIsALinkStaysOneAndThePackagesLiesBesideIt) {
  for (const char* target : {"../usr/conf", "/usr/nowhere"}) {
    Debian debian;
    debian.files.file("usr/conf", "old").symlink("etc/conf", target);
    const InstalledPackages result = debian.install(version_2(), debian.tree());
    EXPECT_EQ(result.tree.find("etc/conf")->inode()->link_target(), target);
    EXPECT_EQ(debian.text(result.tree, "usr/conf"), "old");
    EXPECT_EQ(debian.text(result.tree, "etc/conf.dpkg-new"), "new");
    EXPECT_THAT(result.notes, ElementsAre(HasSubstr("/etc/conf: is no plain file in the image")));
    EXPECT_THAT(debian.text(result.tree, "var/lib/dpkg/status"),
                HasSubstr("Conffiles:\n /etc/conf " + md5("old") + "\n"));
  }
}

TEST(DpkgInstall, AConfigurationFileThatIsALinkToNoFileHasNoChecksum) {
  for (const auto& [target, beside] :
       {std::pair("conf", "etc/conf.dpkg-new"), std::pair("../usr/queue", "usr/queue.dpkg-new")}) {
    Debian debian;
    debian.files.file("usr/queue", "").last().type = FileType::fifo;
    debian.files.symlink("etc/conf", target);
    const InstalledPackages result = debian.install(version_2(), debian.tree());
    EXPECT_EQ(debian.text(result.tree, beside), "new") << target;
    EXPECT_THAT(debian.text(result.tree, "var/lib/dpkg/status"),
                HasSubstr("Conffiles:\n /etc/conf -\n"));
  }
}

TEST(DpkgInstall, ADirectoryThatComesHasTheOwnerThatTheImageOverrides) {
  Debian debian;
  debian.files.file("var/lib/dpkg/statoverride", "#1 #2 700 /usr/keys\n#1 #2 700 /usr/lib\n");
  MadeDeb deb = version_2();
  deb.documents.erase(deb.documents.begin() + 1);  // conffiles
  deb.data = RawTar().directory("./usr/lib/").directory("./usr/keys/").end();
  const InstalledPackages result = debian.install(deb, debian.tree());
  const Inode& keys = *result.tree.find("usr/keys")->inode();
  EXPECT_EQ(keys.uid(), 1U);
  EXPECT_EQ(keys.gid(), 2U);
  EXPECT_EQ(keys.mode(), 0700);
  EXPECT_EQ(result.tree.find("usr/lib")->inode()->uid(), 0U);  // which was there
}

TEST(DpkgInstall, DocumentsOfAPackageOfSeveralArchitecturesHaveItsOwnInTheirNames) {
  const std::string info = "var/lib/dpkg/info/library";
  Debian debian;
  debian.files.directory("var/lib/dpkg/triggers")
      .file(info + ".prerm", "old")
      .file(info + ".triggers", "interest /usr/lib\n")
      .file("var/lib/dpkg/triggers/File", "/usr/lib library\n");
  MadeDeb deb = version_2("Multi-Arch: same\n");
  deb.documents.back().second = "interest /usr/lib\n";
  const InstalledPackages shared = debian.install(deb, debian.tree());
  for (const char* kind : {".list", ".md5sums", ".postinst", ".triggers"}) {
    EXPECT_NE(shared.tree.find(info + ":amd64" + kind), nullptr) << kind;
    EXPECT_EQ(shared.tree.find(info + kind), nullptr) << kind;
  }
  EXPECT_EQ(shared.tree.find(info + ".prerm"), nullptr);
  EXPECT_EQ(debian.text(shared.tree, "var/lib/dpkg/triggers/File"), "/usr/lib library:amd64\n");

  deb.documents[0].second = control_document("library", "3");
  const InstalledPackages plain = debian.install(deb, shared.tree);
  for (const char* kind : {".list", ".md5sums", ".postinst", ".triggers"}) {
    EXPECT_EQ(plain.tree.find(info + ":amd64" + kind), nullptr) << kind;
    EXPECT_NE(plain.tree.find(info + kind), nullptr) << kind;
  }
  EXPECT_EQ(debian.text(plain.tree, "var/lib/dpkg/triggers/File"), "/usr/lib library\n");
}

// The package for two machines.
struct TwoMachines : Debian {
  TwoMachines() {
    status = status_of("library", "1", "Multi-Arch: same\n");
    std::string other = status_of("library", "1", "Multi-Arch: same\n");
    status += other.replace(other.find("amd64"), 5, "i386");
    files.file("var/lib/dpkg/info/library:amd64.list", "/.\n/usr\n/usr/lib\n/usr/lib/library\n")
        .file("var/lib/dpkg/info/library:i386.list", "/.\n/usr\n/usr/lib\n/usr/lib/library\n");
  }
  static MadeDeb deb(std::string_view architecture, std::string_view text) {
    MadeDeb deb = version_2("Multi-Arch: same\n");
    deb.documents.erase(deb.documents.begin() + 1);  // conffiles
    std::string& control = deb.documents[0].second;
    control.replace(control.find("amd64"), 5, architecture);
    deb.data = RawTar().directory("./usr/").file("./usr/lib/library", text).end();
    return deb;
  }
  std::string refusal_of_both(std::string_view text) {
    const Tree lower = tree();
    const std::vector<PackageFile> both{open(deb("amd64", "library 2")), open(deb("i386", text))};
    const auto error = error_of([&] { install_packages(shop.operation, lower, both, 1); });
    return error ? error->what() : "";
  }
};

TEST(DpkgInstall, APackageOfTwoMachinesIsPatchedForBothOrNot) {
  EXPECT_THAT(TwoMachines().refusal(TwoMachines::deb("amd64", "library 2")),
              HasSubstr("package library: 2 for amd64 cannot be with 1 for i386"));
  EXPECT_EQ(TwoMachines().refusal_of_both("library 2"), "");
}

TEST(DpkgInstall, AFileThatTwoMachinesShareIsOneFile) {
  EXPECT_THAT(TwoMachines().refusal_of_both("another"),
              HasSubstr("/usr/lib/library: is another file than that of library:amd64"));
}

// An image without dpkg: a file a package, called otherwise than the package, and its checksums.
struct Distroless : Debian {
  Distroless() {
    status.clear();
    list.clear();
    files.directory("var/lib/dpkg/status.d")
        .file("var/lib/dpkg/status.d/lib", "Package: library\nVersion: 1\nArchitecture: amd64\n")
        .file("var/lib/dpkg/status.d/lib.md5sums", md5("library 1") + "  usr/lib/library\n" +
                                                       md5("gone") + "  ./usr/lib/gone\n" +
                                                       md5("shared") + "  usr/lib/shared\n")
        .file("usr/lib/shared", "shared")
        .file("var/lib/dpkg/status.d/other", "Package: other\nVersion: 1\nArchitecture: amd64\n")
        .file("var/lib/dpkg/status.d/other.md5sums",
              md5("shared") + "  usr/lib/shared\n" + md5("x") + "  usr/lib/others\n")
        .file("usr/lib/others", "x");
  }
};

MadeDeb distroless_2(std::string_view more = {}) {
  MadeDeb deb = version_2(more);
  deb.documents.erase(deb.documents.begin() + 1);  // conffiles
  deb.data = RawTar().directory("./usr/").file("./usr/lib/library", "library 2").end();
  return deb;
}

TEST(DpkgInstall, WithoutDpkgFilesOfTheOldVersionAreThoseOfItsChecksums) {
  Distroless image;
  const InstalledPackages result = image.install(distroless_2(), image.tree());
  EXPECT_EQ(image.text(result.tree, "usr/lib/library"), "library 2");
  EXPECT_EQ(result.tree.find("usr/lib/gone"), nullptr);
  EXPECT_NE(result.tree.find("usr/lib/shared"), nullptr);  // another package has it too
  EXPECT_THAT(result.notes, IsEmpty());
}

TEST(DpkgInstall, WithoutDpkgTheFilesOfThePackageSayWhatIsThere) {
  Distroless image;
  const InstalledPackages result = image.install(distroless_2(), image.tree());
  EXPECT_EQ(image.text(result.tree, "var/lib/dpkg/status.d/lib"), control_document("library", "2"));
  EXPECT_EQ(image.text(result.tree, "var/lib/dpkg/status.d/lib.md5sums"),
            md5("library 2") + "  usr/lib/library\n");
  EXPECT_EQ(result.tree.find("var/lib/dpkg/status.d/library"), nullptr);
  EXPECT_EQ(result.tree.find("var/lib/dpkg/status.d/lib.postinst"), nullptr);
}

TEST(DpkgInstall, WithoutDpkgAFileOfAnotherPackageIsRefusedOrLeavesItsChecksums) {
  const auto with_others = [](std::string_view more) {
    MadeDeb deb = distroless_2(more);
    deb.data = RawTar().directory("./usr/").file("./usr/lib/others", "mine").end();
    return deb;
  };
  EXPECT_THAT(Distroless().refusal(with_others("")), HasSubstr("is of package other 1"));
  Distroless image;
  const InstalledPackages result = image.install(with_others("Replaces: other\n"), image.tree());
  EXPECT_EQ(image.text(result.tree, "var/lib/dpkg/status.d/other.md5sums"),
            md5("shared") + "  usr/lib/shared\n");
}

TEST(DpkgInstall, WithoutChecksumsItIsToldThatOldFilesStay) {
  Debian debian;
  debian.status.clear();
  debian.files.directory("var/lib/dpkg/status.d")
      .file("var/lib/dpkg/status.d/library", "Package: library\nVersion: 1\nArchitecture: amd64\n");
  const InstalledPackages result = debian.install(distroless_2(), debian.tree());
  EXPECT_NE(result.tree.find("usr/lib/gone"), nullptr);
  EXPECT_THAT(result.notes, ElementsAre(HasSubstr("no list of the files of library 1")));
}

}  // namespace
}  // namespace imgops
