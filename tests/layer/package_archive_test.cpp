#include "libimgops/layer/package_archive.hpp"

#include "libimgops/base/old_checksum.hpp"
#include "tests/layer/layer_world.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/made_package.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace imgops {
namespace {

using testing::control_document;
using testing::error_of;
using ::testing::HasSubstr;
using testing::MadeDeb;
using testing::make_ar;
using testing::RawTar;
using testing::World;

std::shared_ptr<const RandomAccess> refuse_to_unpack(std::shared_ptr<const RandomAccess>,
                                                     std::uint64_t) {
  throw Error(ErrorKind::unsupported, "packed");
}

PackageArchive read(const std::string& bytes) {
  return read_package(std::make_shared<StringAccess>(bytes), PackageFormat::deb, refuse_to_unpack,
                      "a.deb");
}

std::string failure(const std::string& bytes) {
  const auto error = error_of([&] { read(bytes); });
  return error && error->kind() == ErrorKind::corrupt ? error->what() : "";
}

std::string md5(std::string_view text) {
  const std::string value = old_checksum_of(OldChecksum::md5, text);
  return to_hexadecimal(as_bytes(value));
}

MadeDeb sample() {
  return {{{"control", control_document("a", "1")}, {"md5sums", md5("text") + "  usr/a\n"}},
          RawTar().directory("./usr/").file("./usr/a", "text").end()};
}

TEST(PackageArchive, ControlDocumentsAndDataAreApart) {
  const PackageArchive package = read(sample().bytes());
  EXPECT_EQ(package.control.at("control").text, control_document("a", "1"));
  EXPECT_EQ(package.data->size_bytes(), sample().data.size());
}

TEST(PackageArchive, ADebIsKnownByItsFirstBytes) {
  EXPECT_EQ(detect_package(StringAccess(sample().bytes())), PackageFormat::deb);
  EXPECT_EQ(detect_package(StringAccess(RawTar().file("a", "b").end())), std::nullopt);
  EXPECT_EQ(detect_package(StringAccess("\x1f\x8b damaged")), std::nullopt);
}

TEST(PackageArchive, AnApkIsKnownByItsDocumentsInAnyOrder) {
  const auto format_of = [](const RawTar& archive) {
    return detect_package(StringAccess(testing::compress(archive.bytes(), Compression::gzip)));
  };
  EXPECT_EQ(format_of(RawTar().file(".pre-upgrade", "x").file(".PKGINFO", "y")),
            PackageFormat::apk);
  EXPECT_EQ(format_of(RawTar().directory("lib").file("lib/a", "x").file(".SIGN.RSA.key", "y")),
            PackageFormat::apk);
  EXPECT_EQ(format_of(RawTar().file(".profile", "x").file("a/.PKGINFO", "y")), std::nullopt);
}

TEST(PackageArchive, AnApkOfFormat3IsRefusedByThatName) {
  for (const char* magic : {"ADB.", "ADBd", "ADBc"}) {
    const std::string bytes = magic + std::string(600, 'x');
    EXPECT_EQ(detect_package(StringAccess(bytes)), PackageFormat::apk) << magic;
    const auto error = error_of([&] {
      read_package(std::make_shared<StringAccess>(bytes), PackageFormat::apk, refuse_to_unpack,
                   "a.apk");
    });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->kind(), ErrorKind::unsupported);
    EXPECT_THAT(error->what(), HasSubstr("a.apk: package: is of apk's format 3"));
  }
  EXPECT_EQ(detect_package(StringAccess(RawTar().file("ADB.txt", "b").end())), std::nullopt);
}

TEST(PackageArchive, APartThatIsNotPackedAsItsNameSaysIsNamed) {
  const std::string control = RawTar().file("control", control_document("a", "1")).end();
  EXPECT_THAT(
      failure(make_ar(
          {{"debian-binary", "2.0\n"}, {"control.tar.gz", control}, {"data.tar", RawTar().end()}})),
      HasSubstr("part control.tar.gz is not packed as its name says"));
}

TEST(PackageArchive, APartThatIsMissingOrThereTwiceIsNamed) {
  const std::string control = RawTar().file("control", control_document("a", "1")).end();
  EXPECT_THAT(failure(make_ar({{"debian-binary", "2.0\n"}, {"control.tar", control}})),
              HasSubstr("has no part data.tar"));
  EXPECT_THAT(failure(make_ar({{"debian-binary", "2.0\n"},
                               {"control.tar", control},
                               {"data.tar", RawTar().end()},
                               {"data.tar.gz", ""}})),
              HasSubstr("two parts are called data.tar"));
  EXPECT_THAT(failure(make_ar({{"control.tar", control}})), HasSubstr("is no Debian package"));
}

TEST(PackageArchive, AControlDocumentThatIsALinkIsRefused) {
  const std::string control = RawTar().symlink("control", "/etc/passwd").end();
  EXPECT_THAT(
      failure(make_ar(
          {{"debian-binary", "2.0\n"}, {"control.tar", control}, {"data.tar", RawTar().end()}})),
      HasSubstr("control is no plain file"));
}

TEST(PackageArchive, AControlPartThatHoldsTooMuchIsRefused) {
  MadeDeb deb = sample();
  deb.documents.emplace_back("large", std::string(package_control_limit_bytes, 'x'));
  EXPECT_THAT(failure(deb.bytes()), HasSubstr("control part is too large"));
}

TEST(PackageArchive, ADocumentGivenTwiceIsRefused) {
  MadeDeb deb = sample();
  deb.documents.emplace_back("control", control_document("b", "1"));
  EXPECT_THAT(failure(deb.bytes()), HasSubstr("control is there twice"));
}

// What md5sums says of the files.
std::string checked(const MadeDeb& deb) {
  World world;
  const PackageArchive package = read(deb.bytes());
  LayerCache cache(world.blobs, {});
  const auto files =
      world.open(cache, testing::add_layer(world.blobs, deb.data, Compression::none));
  ContentReader contents(cache);
  const auto error = error_of([&] { check_package_files(package, *files, contents, "a.deb"); });
  return error ? error->what() : "";
}

TEST(PackageArchive, FilesWithTheirChecksumsAreAccepted) {
  EXPECT_EQ(checked(sample()), "");
}

TEST(PackageArchive, AFileWithAnotherChecksumIsNamed) {
  MadeDeb deb = sample();
  deb.data = RawTar().directory("./usr/").file("./usr/a", "forged").end();
  EXPECT_THAT(checked(deb), HasSubstr("/usr/a: has not the checksum that md5sums says"));
}

TEST(PackageArchive, AChecksumOfAFileThatIsNotThereIsNamed) {
  MadeDeb deb = sample();
  deb.data = RawTar().end();
  EXPECT_THAT(checked(deb), HasSubstr("/usr/a is in md5sums and not in the package"));
}

}  // namespace
}  // namespace imgops
