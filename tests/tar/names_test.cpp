// Rows N, L11–L13, L16 and P17: what names and link names mean.
#include "tests/support/raw_tar.hpp"
#include "tests/tar/tar_reading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace imgops::testing {
namespace {

using ::testing::ElementsAre;

TEST(TarNames, N02EverySpellingIsOnePath) {
  const Reading reading = read_tar(RawTar()
                                       .file("a/b")
                                       .file("./a/b")
                                       .file("/a/b")
                                       .file("a//b")
                                       .file("a/./b")
                                       .directory("a/b/")
                                       .end());
  EXPECT_THAT(reading.paths(), ElementsAre("a/b", "a/b", "a/b", "a/b", "a/b", "a/b"));
  EXPECT_EQ(reading.members.at(1).member.stored_name, "./a/b");
  EXPECT_EQ(reading.found(), "");
}

TEST(TarNames, N02TheRootIsADirectoryInAnySpelling) {
  const Reading reading =
      read_tar(RawTar().directory("").directory("/").directory("./").directory(".").end());
  EXPECT_THAT(reading.paths(), ElementsAre("", "", "", ""));
}

TEST(TarNames, N03ParentComponentsAreCleanedWithAWarning) {
  const Reading reading = read_tar(RawTar().file("d/../a").end());
  EXPECT_THAT(reading.paths(), ElementsAre("a"));
  EXPECT_EQ(reading.found(), "NAME-DOTDOT N03");
  EXPECT_EQ(reading.findings.at(0).level, DiagnosticLevel::warning);
  EXPECT_FALSE(reading.members.at(0).member.verbatim);
}

TEST(TarNames, N04NamesThatLeaveTheRootAreRejected) {
  for (const char* const name : {"../x", "a/../../x", "/../x", ".."}) {
    EXPECT_EQ(read_tar(RawTar().file(name).end()).rejected(), "NAME-ESCAPE N04") << name;
  }
}

TEST(TarNames, N05NamelessFilesAreRejected) {
  EXPECT_EQ(read_tar(RawTar().file("").end()).rejected(), "NAME-EMPTY N05");
  EXPECT_EQ(read_tar(RawTar().file(".").end()).rejected(), "NAME-EMPTY N05");
  EXPECT_EQ(read_tar(RawTar().symlink("", "x").end()).rejected(), "NAME-EMPTY N05");
}

TEST(TarNames, P17ARootThatIsNoDirectoryIsRejected) {
  EXPECT_EQ(read_tar(RawTar().symlink(".", "/tmp").end()).rejected(), "ROOT-TYPE P17");
  EXPECT_EQ(read_tar(RawTar().symlink("/", "/tmp").end()).rejected(), "ROOT-TYPE P17");
  EXPECT_EQ(read_tar(RawTar().file("./").end()).rejected(), "ROOT-TYPE P17");
  EXPECT_EQ(read_tar(RawTar().hard_link("./", "x").end()).rejected(), "ROOT-TYPE P17");
}

TEST(TarNames, N06AFileWithASlashStaysAFile) {
  const Reading reading = read_tar(RawTar().file("a/", "body").end());
  ASSERT_EQ(reading.members.size(), 1U);
  EXPECT_EQ(reading.members.at(0).member.attributes.type, FileType::regular);
  EXPECT_EQ(reading.members.at(0).body, "body");
  EXPECT_FALSE(reading.members.at(0).member.verbatim);
  EXPECT_EQ(reading.found(), "DIFFERENTIAL N06");
  EXPECT_EQ(reading.findings.at(0).level, DiagnosticLevel::warning);
}

TEST(TarNames, N07TheOldTypeWithASlashIsADirectory) {
  const Reading reading = read_tar(RawTar()
                                       .add({.name = "d/", .type = '\0', .dialect = RawDialect::v7})
                                       .add({.name = "f", .type = '\0', .body = "x"})
                                       .end());
  ASSERT_EQ(reading.members.size(), 2U);
  EXPECT_EQ(reading.members.at(0).member.attributes.type, FileType::directory);
  EXPECT_EQ(reading.members.at(1).member.attributes.type, FileType::regular);
  EXPECT_EQ(reading.members.at(1).body, "x");
  EXPECT_EQ(reading.found(), "");
}

TEST(TarNames, N08NulInAPaxNameIsRejected) {
  const std::string nul("a\0b", 3);
  EXPECT_EQ(read_tar(RawTar().records({{"path", nul}}).file("f").end()).rejected(), "NAME-NUL N08");
  EXPECT_EQ(read_tar(RawTar().records({{"linkpath", nul}}).symlink("f", "x").end()).rejected(),
            "NAME-NUL N08");
}

TEST(TarNames, N09NamesTooLongToUnpackAreReadWithAWarning) {
  const std::string component(256, 'c');
  const Reading long_component = read_tar(RawTar().records({{"path", component}}).file("f").end());
  EXPECT_EQ(long_component.found(), "NAME-LONG N09");
  EXPECT_THAT(long_component.paths(), ElementsAre(component));
  EXPECT_FALSE(long_component.members.at(0).member.verbatim);

  std::string path = "a";
  while (path.size() < 4095) path += "/b";
  EXPECT_EQ(read_tar(RawTar().records({{"path", path}}).file("f").end()).found(), "");
  EXPECT_EQ(read_tar(RawTar().records({{"path", path + "b"}}).file("f").end()).found(),
            "NAME-LONG N09");
}

TEST(TarNames, N09AComponentOf255BytesIsNotTooLong) {
  EXPECT_EQ(read_tar(RawTar().records({{"path", std::string(255, 'c')}}).file("f").end()).found(),
            "");
}

TEST(TarNames, N10NamesAreBytes) {
  const std::string name = "\xff\n\t\\x\xc3\xa9";
  EXPECT_THAT(read_tar(RawTar().file(name).end()).paths(), ElementsAre(name));
}

TEST(TarNames, N11GnuRecordsGiveLongNames) {
  const std::string name(150, 'n');
  const std::string target(180, 't');
  const Reading reading = read_tar(RawTar()
                                       .extension('L', name + '\0')
                                       .extension('K', target + '\0')
                                       .symlink("cut", "cut")
                                       .end());
  ASSERT_EQ(reading.members.size(), 1U);
  EXPECT_EQ(reading.members.at(0).member.path, name);
  EXPECT_EQ(reading.members.at(0).member.attributes.link_target, target);
  EXPECT_TRUE(reading.members.at(0).member.verbatim);
}

TEST(TarNames, N11PaxRecordsGiveLongNames) {
  const std::string name(150, 'n');
  const std::string target(180, 't');
  const Reading reading = read_tar(
      RawTar().records({{"path", name}, {"linkpath", target}}).hard_link("cut", "cut").end());
  ASSERT_EQ(reading.members.size(), 1U);
  EXPECT_EQ(reading.members.at(0).member.path, name);
  EXPECT_EQ(reading.members.at(0).member.link_path, target);
}

TEST(TarNames, N11GnuNamesWinOverPaxNames) {
  EXPECT_THAT(
      read_tar(RawTar().extension('L', "gnu").records({{"path", "pax"}}).file("f").end()).paths(),
      ElementsAre("gnu"));
}

TEST(TarNames, N12TheUstarPrefixIsJoined) {
  EXPECT_THAT(read_tar(RawTar().add({.name = "f", .prefix = "usr/lib"}).end()).paths(),
              ElementsAre("usr/lib/f"));
}

TEST(TarNames, N12ThePrefixOfGnuHeadersIsATime) {
  const Reading reading = read_tar(
      RawTar().add({.name = "f", .prefix = "00000000001", .dialect = RawDialect::gnu}).end());
  EXPECT_THAT(reading.paths(), ElementsAre("f"));
}

TEST(TarNames, N12GnuHeadersOfOldGoProgramsHaveAPrefix) {
  const Reading reading =
      read_tar(RawTar().add({.name = "f", .prefix = "usr/lib", .dialect = RawDialect::gnu}).end());
  EXPECT_THAT(reading.paths(), ElementsAre("usr/lib/f"));
}

TEST(TarNames, N12ThePrefixOfStarIsShorter) {
  const Reading reading =
      read_tar(RawTar().add({.name = "f", .prefix = "usr", .dialect = RawDialect::star}).end());
  EXPECT_THAT(reading.paths(), ElementsAre("usr/f"));
}

TEST(TarNames, N12TheOldFormatHasNoPrefix) {
  const Reading reading =
      read_tar(RawTar().add({.name = "f", .prefix = "usr", .dialect = RawDialect::v7}).end());
  EXPECT_THAT(reading.paths(), ElementsAre("f"));
}

TEST(TarNames, N12ASymlinkWithASlashStaysASymlink) {
  const Reading reading = read_tar(RawTar().symlink("s/", "x").directory("d").end());
  ASSERT_EQ(reading.members.size(), 2U);
  EXPECT_EQ(reading.members.at(0).member.path, "s");
  EXPECT_EQ(reading.members.at(0).member.attributes.type, FileType::symlink);
  EXPECT_EQ(reading.members.at(1).member.attributes.type, FileType::directory);
}

TEST(TarNames, N13ASymlinkWithoutATargetIsRejected) {
  EXPECT_EQ(read_tar(RawTar().symlink("s", "").end()).rejected(), "LINK-EMPTY N13");
}

TEST(TarNames, L11AbsoluteLinkNamesStartAtTheRoot) {
  const Reading reading = read_tar(RawTar().hard_link("b", "/a/c").end());
  ASSERT_EQ(reading.members.size(), 1U);
  EXPECT_EQ(reading.members.at(0).member.link_path, "a/c");
}

TEST(TarNames, L12LinkNamesThatLeaveTheRootAreRejected) {
  for (const char* const name : {"../a", "/../a", "d/../../a"}) {
    EXPECT_EQ(read_tar(RawTar().hard_link("b", name).end()).rejected(), "HL-PATH L12") << name;
  }
}

TEST(TarNames, L16TheSizeOfALinkIsIgnoredWhenNoDataFollows) {
  const Reading reading =
      read_tar(RawTar()
                   .add({.name = "b", .type = '1', .link_name = "a", .size = 700})
                   .file("c", "next")
                   .end());
  EXPECT_THAT(reading.paths(), ElementsAre("b", "c"));
  EXPECT_EQ(reading.members.at(0).member.size_bytes, 0U);
  EXPECT_FALSE(reading.members.at(0).member.verbatim);
  EXPECT_EQ(reading.found(), "DIFFERENTIAL L16");
}

TEST(TarNames, L16ALinkWithDataIsRejected) {
  const RawMember link{.name = "b", .type = '1', .body = std::string(700, 'x'), .link_name = "a"};
  const Reading reading = read_tar(RawTar().add(link).end());
  EXPECT_EQ(reading.rejected(), "HL-DATA L16");
  EXPECT_EQ(reading.rejection->path, "b");
}

TEST(TarNames, L16ALinkWhoseDataLooksLikeTheEndIsRejected) {
  const RawMember link{.name = "b", .type = '1', .body = std::string(1024, '\0'), .link_name = "a"};
  EXPECT_EQ(read_tar(RawTar().add(link).file("hidden").end()).rejected(), "HL-DATA L16");
  const RawMember short_link{
      .name = "b", .type = '1', .body = std::string(512, '\0'), .link_name = "a"};
  EXPECT_EQ(read_tar(RawTar().add(short_link).file("hidden").end()).rejected(), "HL-DATA L16");
}

TEST(TarNames, L16ALinkWithAPaxSizeAndDataIsRejected) {
  const RawTar archive =
      RawTar()
          .records({{"size", "5"}})
          .add({.name = "b", .type = '1', .body = "12345", .link_name = "a", .size = 0});
  EXPECT_EQ(read_tar(archive.end()).rejected(), "HL-DATA L16");
}

}  // namespace
}  // namespace imgops::testing
