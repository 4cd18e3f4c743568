#include "libimgops/base/bytes.hpp"
#include "libimgops/base/old_checksum.hpp"
#include "libimgops/codec/codec.hpp"
#include "libimgops/ops/install_packages.hpp"
#include "tests/ops/patch_workshop.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/raw_tar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace imgops {
namespace {

using testing::error_of;
using ::testing::HasSubstr;
using testing::LayerBuilder;
using testing::PatchWorkshop;
using testing::RawTar;

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
      "D:library>=1\n\n";
  std::string conf = "old";

  Tree tree() {
    shop.held.push_back(LayerBuilder()
                            .directory("usr")
                            .directory("usr/lib")
                            .file("usr/lib/library", "library 1")
                            .file("usr/lib/gone", "gone")
                            .directory("etc")
                            .file("etc/conf", conf)
                            .directory("lib")
                            .directory("lib/apk")
                            .directory("lib/apk/db")
                            .file("lib/apk/db/installed", installed)
                            .file("lib/apk/db/triggers", "Q1x= /usr/lib/*\n")
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
        [](std::shared_ptr<const RandomAccess> packed) { return packed; }, "library.apk");
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
                           : ContentReader(shop.cache).text(node->inode->content, 1 << 20);
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
  EXPECT_THAT(installed, ::testing::Not(HasSubstr("R:gone")));
}

TEST(ApkInstall, ScriptsAreStoredInThePlaceOfTheOldOnesAndTold) {
  Alpine alpine;
  const InstalledPackages result = alpine.install(alpine.bytes(information), alpine.tree());
  const std::string scripts = alpine.text(result.tree, "lib/apk/db/scripts.tar");
  EXPECT_THAT(scripts, HasSubstr("library-2-r0.Q1"));
  EXPECT_THAT(scripts, ::testing::Not(HasSubstr("library-1-r0")));
  ASSERT_EQ(result.skipped.size(), 1U);
  ASSERT_EQ(result.skipped[0].scripts.size(), 1U);
  EXPECT_EQ(result.skipped[0].scripts[0].name, ".post-upgrade");
  ASSERT_EQ(result.skipped[0].triggers.size(), 1U);
  EXPECT_EQ(result.skipped[0].triggers[0].name, "/usr/lib/*");
}

TEST(ApkInstall, FilesBelowEtcThatBothChangedAreRefused) {
  Alpine alpine;
  alpine.conf = "of the image";
  const Tree lower = alpine.tree();
  const auto error = error_of([&] { alpine.install(alpine.bytes(information), lower); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::conflict);
  EXPECT_THAT(error->what(), HasSubstr("/etc/conf"));
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
  for (const auto& [more, reason] :
       {std::pair(std::string("pkgname = library\npkgver = 0-r9\narch = x86_64\n"),
                  "is older than"),
        std::pair(information + "depend = so:nowhere.so.1\n", "needs so:nowhere.so.1")}) {
    Alpine alpine;
    const Tree lower = alpine.tree();
    const auto error = error_of([&] { alpine.install(alpine.bytes(more), lower); });
    ASSERT_TRUE(error) << reason;
    EXPECT_THAT(error->what(), HasSubstr(reason));
  }
}

}  // namespace
}  // namespace imgops
