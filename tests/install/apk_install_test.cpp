#include "libimgops/base/bytes.hpp"
#include "libimgops/base/old_checksum.hpp"
#include "libimgops/codec/codec.hpp"
#include "libimgops/install/install_packages.hpp"
#include "tests/ops/patch_workshop.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/raw_tar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace imgops {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using testing::error_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::LayerBuilder;
using ::testing::Not;
using testing::PatchWorkshop;
using testing::RawTar;
using ::testing::StartsWith;

std::string sha1(std::string_view text) {
  return "Q1" + to_base64(old_checksum_of(OldChecksum::sha1, text));
}

// An image of Alpine's with a package `library` 1-r0.
struct Alpine {
  PatchWorkshop shop;
  std::deque<PackageFile> packages;
  std::string installed =
      "C:Q1old=\nP:library\nV:1-r0\nA:x86_64\nS:1\nI:1\nT:t\nF:usr\nF:usr/lib\n"
      "R:gone\nZ:" +
      sha1("gone") + "\nR:library\nZ:" + sha1("library 1") + "\nF:etc\nR:conf\nZ:" + sha1("old") +
      "\n\nC:Q1x=\nP:user\nV:2\nA:x86_64\n"
      "D:library>=1\nF:usr\nF:usr/bin\nR:tool\na:0:0:755\nZ:" +
      sha1("tool") + "\n\n";
  std::string triggers = "Q1x= /usr/lib\n";
  std::string conf = "old";
  std::function<void(LayerBuilder&)> more = [](LayerBuilder&) {};

  Tree tree() {
    LayerBuilder files;
    more(files);
    shop.held.push_back(files.directory("usr")
                            .directory("usr/lib")
                            .file("usr/lib/library", "library 1")
                            .file("usr/lib/gone", "gone")
                            .directory("usr/bin")
                            .file("usr/bin/tool", "tool")
                            .directory("etc")
                            .file("etc/conf", conf)
                            .directory("lib")
                            .directory("lib/apk")
                            .directory("lib/apk/db")
                            .file("lib/apk/db/installed", installed)
                            .file("lib/apk/db/triggers", triggers)
                            .file("lib/apk/db/scripts.tar",
                                  RawTar().file("library-1-r0.Q1old=.post-upgrade", "old").end())
                            .build());
    return apply_layers(Tree(), std::span(&shop.held.back(), 1), 0, shop.observer);
  }

  std::string gzip(std::string_view text) {
    StringSink sink;
    const auto encoder = make_encoder(sink, shop.workers, {});
    encoder->write(as_bytes(text));
    encoder->finish();
    return sink.take();
  }

  std::string data = RawTar()
                         .directory("usr")
                         .directory("usr/lib")
                         .file("usr/lib/library", "library 2")
                         .directory("etc")
                         .file("etc/conf", "new")
                         .end();

  std::string bytes(const std::string& information) {
    const std::string files = gzip(data);
    const std::string control =
        RawTar()
            .file(".PKGINFO",
                  information + "datahash = " + digest_of(as_bytes(files)).hexadecimal() + "\n")
            .file(".post-upgrade", "#!/bin/sh\n")
            .bytes();
    return gzip(RawTar().file(".SIGN.RSA.key", "signature").bytes()) + gzip(control) + files;
  }

  InstalledPackages install(const std::string& apk, const Tree& lower) {
    auto archive = read_package(
        std::make_shared<StringAccess>(apk), PackageFormat::apk,
        [](std::shared_ptr<const RandomAccess> packed, std::uint64_t) { return packed; },
        "library.apk");
    const Digest digest = write_document(shop.blobs, gzip(data));
    const ImageLayer layer{
        Descriptor("application/vnd.oci.image.layer.v1.tar+gzip", digest, gzip(data).size()),
        DiffId{digest_of(as_bytes(data))}};
    packages.push_back(
        {"library.apk", std::move(archive),
         shop.cache.open(std::span(&layer, 1), shop.workers, shop.observer).front()});
    return install_packages(shop.operation, lower, std::span(&packages.back(), 1), 1);
  }

  std::string text(const Tree& tree, std::string_view path) {
    const Node* const node = tree.find(path);
    return node == nullptr ? "(absent)"
                           : ContentReader(shop.cache).text(node->inode()->content(), 1 << 20);
  }
};

const std::string information = "pkgname = library\npkgver = 2-r0\narch = x86_64\nsize = 9\n";

TEST(ApkInstall, APackageIsKnownByItsFirstArchive) {
  Alpine alpine;
  EXPECT_EQ(detect_package(StringAccess(alpine.bytes(information))), PackageFormat::apk);
}

TEST(ApkInstall, FilesAndDatabaseAreThoseOfTheNewVersion) {
  Alpine alpine;
  const InstalledPackages result = alpine.install(alpine.bytes(information), alpine.tree());
  EXPECT_EQ(alpine.text(result.tree, "usr/lib/library"), "library 2");
  EXPECT_EQ(result.tree.find("usr/lib/gone"), nullptr);
  const std::string installed = alpine.text(result.tree, "lib/apk/db/installed");
  EXPECT_THAT(installed, HasSubstr("P:library\nV:2-r0\nA:x86_64\n"));
  EXPECT_THAT(installed, HasSubstr("F:usr/lib\nR:library\nZ:" + sha1("library 2") + "\n"));
  EXPECT_THAT(installed, HasSubstr("P:user\nV:2\n"));
  EXPECT_THAT(installed, Not(HasSubstr("R:gone")));
}

TEST(ApkInstall, ScriptsAreStoredInThePlaceOfTheOldOnesAndTold) {
  Alpine alpine;
  const InstalledPackages result = alpine.install(alpine.bytes(information), alpine.tree());
  const std::string scripts = alpine.text(result.tree, "lib/apk/db/scripts.tar");
  EXPECT_THAT(scripts, HasSubstr("library-2-r0.Q1"));
  EXPECT_THAT(scripts, Not(HasSubstr("library-1-r0")));
  ASSERT_EQ(result.skipped.size(), 1U);
  ASSERT_EQ(result.skipped[0].scripts.size(), 1U);
  EXPECT_EQ(result.skipped[0].scripts[0].name, ".post-upgrade");
  ASSERT_EQ(result.skipped[0].triggers.size(), 1U);
  EXPECT_EQ(result.skipped[0].triggers[0].name, "/usr/lib");
}

TEST(ApkInstall, WhatTheImageChangedBelowEtcStaysAndThePackagesComesBeside) {
  Alpine alpine;
  alpine.conf = "of the image";
  const InstalledPackages result = alpine.install(alpine.bytes(information), alpine.tree());
  EXPECT_EQ(alpine.text(result.tree, "etc/conf"), "of the image");
  EXPECT_EQ(alpine.text(result.tree, "etc/conf.apk-new"), "new");
  EXPECT_THAT(alpine.text(result.tree, "lib/apk/db/installed"),
              HasSubstr("R:conf\nZ:" + sha1("new") + "\n"));
  EXPECT_THAT(result.notes, ElementsAre(HasSubstr("/etc/conf: the image changed it")));
}

TEST(ApkInstall, WhatTheImageHasAsThePackageBelowEtcNeedsNothingBeside) {
  Alpine alpine;
  alpine.conf = "new";
  const InstalledPackages result = alpine.install(alpine.bytes(information), alpine.tree());
  EXPECT_EQ(result.tree.find("etc/conf.apk-new"), nullptr);
  EXPECT_THAT(result.notes, IsEmpty());
}

TEST(ApkInstall, WhatANewVersionDropsBelowEtcStaysOnlyWhereTheImageChangedIt) {
  for (const std::string& conf : {std::string("old"), std::string("of the image")}) {
    Alpine alpine;
    alpine.conf = conf;
    alpine.more = [](LayerBuilder& files) { files.file("etc/conf.apk-new", "offered"); };
    alpine.data = RawTar().directory("usr").directory("etc").end();
    const InstalledPackages result = alpine.install(alpine.bytes(information), alpine.tree());
    EXPECT_EQ(alpine.text(result.tree, "etc/conf"), conf == "old" ? "(absent)" : conf);
    EXPECT_EQ(result.tree.find("etc/conf.apk-new"), nullptr);
    EXPECT_THAT(alpine.text(result.tree, "lib/apk/db/installed"), Not(HasSubstr("R:conf")));
  }
}

TEST(ApkInstall, AChecksumOfApk3TellsWhatTheImageChangedToo) {
  const std::string old = "Z:" + sha1("old");
  for (const std::string& conf : {std::string("old"), std::string("of the image")}) {
    Alpine alpine;
    alpine.conf = conf;
    // printf old | sha256sum | cut -c1-40 | xxd -r -p | base64
    alpine.installed.replace(alpine.installed.find(old), old.size(),
                             "Z:Q2y6BrVzb69n5UsHtWHq6UOV53TFE=");
    const InstalledPackages result = alpine.install(alpine.bytes(information), alpine.tree());
    EXPECT_EQ(alpine.text(result.tree, "etc/conf"), conf == "old" ? "new" : conf);
  }
}

TEST(ApkInstall, DirectoriesWithoutProtectionAreTheImagesOwnToName) {
  Alpine alpine;
  alpine.conf = "of the image";
  alpine.more = [](LayerBuilder& files) {
    files.directory("etc/apk/protected_paths.d").file("etc/apk/protected_paths.d/a.list", "-etc\n");
  };
  const InstalledPackages result = alpine.install(alpine.bytes(information), alpine.tree());
  EXPECT_EQ(alpine.text(result.tree, "etc/conf"), "new");
}

std::string with_tool() {
  return RawTar().directory("usr").directory("usr/bin").file("usr/bin/tool", "mine").end();
}

TEST(ApkInstall, AFileOfAPackageThatIsReplacedIsTheNewOnes) {
  Alpine alpine;
  alpine.data = with_tool();
  const InstalledPackages result =
      alpine.install(alpine.bytes(information + "replaces = user<3\n"), alpine.tree());
  EXPECT_EQ(alpine.text(result.tree, "usr/bin/tool"), "mine");
  const std::string installed = alpine.text(result.tree, "lib/apk/db/installed");
  EXPECT_THAT(installed, HasSubstr("r:user<3\nF:usr\nF:usr/bin\nR:tool\nZ:" + sha1("mine")));
  EXPECT_THAT(installed, HasSubstr("D:library>=1\nF:usr\nF:usr/bin\n\n"));
}

TEST(ApkInstall, AFileOfAPackageThatIsNotReplacedIsRefusedByName) {
  for (const char* more : {"", "replaces = user<2\n", "replaces = tool\n"}) {
    Alpine alpine;
    alpine.data = with_tool();
    const Tree lower = alpine.tree();
    const auto error = error_of([&] { alpine.install(alpine.bytes(information + more), lower); });
    ASSERT_TRUE(error) << more;
    EXPECT_EQ(error->kind(), ErrorKind::conflict);
    EXPECT_THAT(error->what(), HasSubstr("library.apk: /usr/bin/tool: is of package user 2"));
  }
}

TEST(ApkInstall, AFileOfAPackageThatReplacesMoreStronglyStaysIts) {
  Alpine alpine;
  alpine.installed.replace(alpine.installed.find("D:library>=1\n"), 13,
                           "D:library>=1\nr:library\nq:5\n");
  alpine.data = with_tool();
  const InstalledPackages result = alpine.install(
      alpine.bytes(information + "replaces = user\nreplaces_priority = 4\n"), alpine.tree());
  EXPECT_EQ(alpine.text(result.tree, "usr/bin/tool"), "tool");
  const std::string installed = alpine.text(result.tree, "lib/apk/db/installed");
  EXPECT_THAT(installed, HasSubstr("q:4\nF:usr\nF:usr/bin\n\n"));
  EXPECT_THAT(installed, HasSubstr("R:tool\na:0:0:755\nZ:" + sha1("tool")));
}

TEST(ApkInstall, TriggersOfAPackageThatHadNoneAreEntered) {
  Alpine alpine;
  const InstalledPackages result =
      alpine.install(alpine.bytes(information + "triggers = /srv/* /usr/lib\n"), alpine.tree());
  const std::string triggers = alpine.text(result.tree, "lib/apk/db/triggers");
  EXPECT_THAT(triggers, StartsWith("Q1x= /usr/lib\nQ1"));
  EXPECT_THAT(triggers, EndsWith("= /srv/* /usr/lib\n"));
  ASSERT_EQ(result.skipped[0].triggers.size(), 1U);
}

TEST(ApkInstall, TriggersOfThePackageBeforeGoWithIt) {
  Alpine alpine;
  alpine.triggers = "Q1old= /usr/lib\nQ1x= /srv\n";
  const InstalledPackages result = alpine.install(alpine.bytes(information), alpine.tree());
  EXPECT_EQ(alpine.text(result.tree, "lib/apk/db/triggers"), "Q1x= /srv\n");
}

TEST(ApkInstall, DirectoriesThatNobodyHasAnyLongerGoWhenTheyAreEmpty) {
  Alpine alpine;
  alpine.installed.insert(alpine.installed.find("F:etc\n"),
                          "F:opt/a/b\nR:f\nF:opt/kept\nR:g\nF:usr/bin\n");
  alpine.more = [](LayerBuilder& files) {
    files.directory("opt").directory("opt/a").directory("opt/a/b").file("opt/a/b/f", "f");
    files.directory("opt/kept").file("opt/kept/g", "g").file("opt/kept/of-the-image", "x");
  };
  const InstalledPackages result = alpine.install(alpine.bytes(information), alpine.tree());
  EXPECT_EQ(result.tree.find("opt/a"), nullptr);
  EXPECT_EQ(result.tree.find("opt/kept/g"), nullptr);
  EXPECT_NE(result.tree.find("opt/kept/of-the-image"), nullptr);
  EXPECT_NE(result.tree.find("usr/bin"), nullptr);
}

TEST(ApkInstall, RightsOfLinksAndPrivilegedFilesAreInTheDatabase) {
  Alpine alpine;
  alpine.data = RawTar()
                    .add({.name = "usr/", .type = '5', .mode = 0700})
                    .directory("usr/lib")
                    .add({.name = "usr/lib/su", .body = "su", .mode = 04755})
                    .add({.name = "usr/lib/link", .type = '2', .link_name = "su", .mode = 0777})
                    .end();
  const InstalledPackages result = alpine.install(alpine.bytes(information), alpine.tree());
  EXPECT_THAT(alpine.text(result.tree, "lib/apk/db/installed"),
              HasSubstr("F:usr\nM:0:0:700\nF:usr/lib\nR:su\na:0:0:4755\nZ:" + sha1("su") +
                        "\nR:link\na:0:0:777\nZ:" + sha1("su") + "\n"));
}

TEST(ApkInstall, ADirectoryOfThePackageAloneGetsItsNewRights) {
  Alpine alpine;
  alpine.data = RawTar()
                    .add({.name = "usr/", .type = '5', .mode = 0700})
                    .add({.name = "usr/lib/", .type = '5', .mode = 0711})
                    .end();
  const InstalledPackages result = alpine.install(alpine.bytes(information), alpine.tree());
  EXPECT_EQ(result.tree.find("usr/lib")->inode()->mode(), 0711);
  EXPECT_EQ(result.tree.find("usr")->inode()->mode(), 0755);  // the other package has it too
}

TEST(ApkInstall, AFileWithAnotherChecksumThanTheOneBesideItIsRefusedByName) {
  for (const bool is_right : {true, false}) {
    Alpine alpine;
    const std::string checksum =
        to_hexadecimal(as_bytes(old_checksum_of(OldChecksum::sha1, is_right ? "bytes" : "other")));
    alpine.data = RawTar()
                      .directory("usr")
                      .records({{"APK-TOOLS.checksum.SHA1", checksum}})
                      .file("usr/file", "bytes")
                      .end();
    const Tree lower = alpine.tree();
    const auto error = error_of([&] { alpine.install(alpine.bytes(information), lower); });
    ASSERT_EQ(error.has_value(), !is_right);
    if (is_right) continue;
    EXPECT_EQ(error->kind(), ErrorKind::corrupt);
    EXPECT_THAT(error->what(), HasSubstr("/usr/file: has not the checksum beside it"));
  }
}

TEST(ApkInstall, APackageThatWorldDoesNotAskForIsRefused) {
  Alpine alpine;
  alpine.more = [](LayerBuilder& files) {
    files.directory("etc/apk").file("etc/apk/world", "library=1-r0\nuser\n");
  };
  const Tree lower = alpine.tree();
  const auto error = error_of([&] { alpine.install(alpine.bytes(information), lower); });
  ASSERT_TRUE(error);
  EXPECT_THAT(error->what(), HasSubstr("/etc/apk/world asks for library=1-r0"));
}

TEST(ApkInstall, InformationThatLiesIsCorrupt) {
  for (const char* more :
       {"size = 0\n", "pkgname = library\npkgname = other\npkgver = 2\narch = x86_64\nsize = 1\n",
        "pkgname = ../library\npkgver = 2\narch = x86_64\nsize = 1\n",
        "pkgname = library\npkgver = a b\narch = x86_64\nsize = 1\n",
        "pkgname = library\npkgver = 2\nsize = 1\n",
        "pkgname = library\npkgver = 2\narch = x86_64\nsize = 99999999999999999999999\n"}) {
    Alpine alpine;
    const std::string said(more);
    const std::string all = said.starts_with("size")
                                ? "pkgname = library\npkgver = 2-r0\narch = x86_64\n" + said
                                : said;
    const Tree lower = alpine.tree();
    const auto error = error_of([&] { alpine.install(alpine.bytes(all), lower); });
    ASSERT_TRUE(error) << more;
    EXPECT_EQ(error->kind(), ErrorKind::corrupt) << error->what();
    EXPECT_THAT(error->what(), HasSubstr("library.apk: "));
  }
}

TEST(ApkInstall, AControlCharacterInANameIsCorrupt) {
  Alpine alpine;
  alpine.data = RawTar().directory("usr").file("usr/a\x1b[31m", "x").end();
  const Tree lower = alpine.tree();
  const auto error = error_of([&] { alpine.install(alpine.bytes(information), lower); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::corrupt);
}

TEST(ApkInstall, APackageOfAnyMachineBecomesOneOfTheImagesMachineOnly) {
  for (const auto& [architecture, is_refused] :
       {std::pair(std::string("x86_64"), false), std::pair(std::string("aarch64"), true)}) {
    Alpine alpine;
    alpine.installed.replace(alpine.installed.find("A:x86_64"), 8, "A:noarch");
    const Tree lower = alpine.tree();
    const auto error = error_of([&, name = architecture] {
      alpine.install(
          alpine.bytes("pkgname = library\npkgver = 2-r0\nsize = 9\narch = " + name + "\n"), lower);
    });
    EXPECT_EQ(error.has_value(), is_refused) << architecture;
  }
}

TEST(ApkInstall, FilesThatHaveNotTheChecksumOfThePackageAreRefused) {
  Alpine alpine;
  std::string apk = alpine.bytes(information);
  apk.back() = static_cast<char>(apk.back() ^ 1);
  const Tree lower = alpine.tree();
  const auto error = error_of([&] { alpine.install(apk, lower); });
  ASSERT_TRUE(error);
  EXPECT_THAT(error->what(), HasSubstr("have not the checksum"));
}

TEST(ApkInstall, AnOlderVersionAndAnUnmetDependencyAreRefused) {
  for (const auto& [said, reason] :
       {std::pair(std::string("pkgname = library\npkgver = 0-r9\narch = x86_64\n"),
                  "is older than"),
        std::pair(information + "depend = so:nowhere.so.1\n", "needs so:nowhere.so.1")}) {
    Alpine alpine;
    const Tree lower = alpine.tree();
    const auto error = error_of([&, more = said] { alpine.install(alpine.bytes(more), lower); });
    ASSERT_TRUE(error) << reason;
    EXPECT_THAT(error->what(), HasSubstr(reason));
  }
}

}  // namespace
}  // namespace imgops
