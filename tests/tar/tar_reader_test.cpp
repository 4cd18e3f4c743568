#include "libimgops/tar/tar_reader.hpp"

#include "tests/support/raw_tar.hpp"
#include "tests/tar/tar_reading.hpp"

#include <gtest/gtest.h>

namespace imgops::testing {
namespace {

TEST(TarReader, GivesEveryTypeWithItsAttributes) {
  const Reading reading = read_tar(
      RawTar()
          .add({.name = "f", .body = "hello", .mode = 04755, .uid = 5, .gid = 6, .mtime = 7})
          .hard_link("h", "f")
          .symlink("s", "../target")
          .add({.name = "c", .type = '3', .device_major = 1, .device_minor = 3})
          .add({.name = "b", .type = '4', .device_major = 8, .device_minor = 16})
          .directory("d/")
          .add({.name = "p", .type = '6'})
          .end());
  ASSERT_EQ(reading.rejected(), "");
  ASSERT_EQ(reading.members.size(), 7U);
  const FileAttributes& file = reading.members.at(0).member.attributes;
  EXPECT_EQ(reading.members.at(0).body, "hello");
  EXPECT_EQ(file.mode, 04755);
  EXPECT_EQ(file.uid, 5U);
  EXPECT_EQ(file.gid, 6U);
  EXPECT_EQ(file.mtime, (Timestamp{7, 0}));
  EXPECT_EQ(reading.members.at(1).member.kind, MemberKind::hard_link);
  EXPECT_EQ(reading.members.at(1).member.link_path, "f");
  EXPECT_EQ(reading.members[2].member.attributes.link_target, "../target");
  EXPECT_EQ(reading.members[3].member.attributes.type, FileType::character_device);
  EXPECT_EQ(reading.members[3].member.attributes.device, (DeviceNumber{1, 3}));
  EXPECT_EQ(reading.members[4].member.attributes.device, (DeviceNumber{8, 16}));
  EXPECT_EQ(reading.members[5].member.attributes.type, FileType::directory);
  EXPECT_EQ(reading.members[6].member.attributes.type, FileType::fifo);
  EXPECT_EQ(reading.found(), "");
}

TEST(TarReader, SpansFollowEachOtherWithoutGaps) {
  const std::string archive =
      RawTar()
          .directory("d/")
          .add({.name = "a", .body = std::string(513, 'x'), .records = {{"mtime", "1.5"}}})
          .extension('L', std::string(200, 'n'))
          .file("short", "body")
          .file("last")
          .end();
  const Reading reading = read_tar(archive);
  std::uint64_t expected = 0;
  for (const ReadMember& read : reading.members) {
    const Member& member = read.member;
    EXPECT_EQ(member.offset_bytes, expected) << member.path;
    EXPECT_EQ(archive.substr(member.offset_bytes, member.body_offset_bytes - member.offset_bytes),
              read.header);
    EXPECT_EQ(archive.substr(member.body_offset_bytes, member.stored_bytes), read.body);
    expected = member.body_offset_bytes + (member.stored_bytes + 511) / 512 * 512;
  }
  EXPECT_EQ(expected, archive.size() - 1024);
  EXPECT_EQ(reading.position_bytes, archive.size());
}

TEST(TarReader, ReadsTheSameFromSmallPieces) {
  const std::string archive = RawTar()
                                  .file("a", std::string(3000, 'a'))
                                  .records({{"path", std::string(300, 'p')}})
                                  .file("b", "b")
                                  .end();
  for (const std::size_t piece : {1U, 7U, 511U, 513U}) {
    const Reading reading = read_tar(archive, piece);
    ASSERT_EQ(reading.members.size(), 2U);
    EXPECT_EQ(reading.members.at(0).body, std::string(3000, 'a'));
    EXPECT_EQ(reading.members.at(1).member.path, std::string(300, 'p'));
    EXPECT_EQ(reading.members.at(1).body, "b");
  }
}

TEST(TarReader, SkipsBodiesNobodyAskedFor) {
  StringSource source(RawTar().file("a", std::string(1'000'000, 'a')).file("b", "b").end());
  SilentObserver observer;
  TarReader reader(source, observer);
  reader.next();
  const Member* const second = reader.next();
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(second->path, "b");
  EXPECT_EQ(as_text(reader.body()), "b");
  EXPECT_EQ(reader.next(), nullptr);
  EXPECT_EQ(reader.next(), nullptr);
}

TEST(TarReader, SoundMembersMayBeCopiedVerbatim) {
  const Reading reading =
      read_tar(RawTar()
                   .directory("d/")
                   .add({.name = "d/f",
                         .body = "x",
                         .mode = 0100644,
                         .dialect = RawDialect::gnu,
                         .records = {{"atime", "1.5"}, {"SCHILY.xattr.user.k", "v"}}})
                   .hard_link("d/h", "d/f")
                   .symlink("d/s", "/anything/../at//all")
                   .directory("./")
                   .end());
  ASSERT_EQ(reading.members.size(), 5U);
  for (const ReadMember& read : reading.members)
    EXPECT_TRUE(read.member.verbatim) << read.member.path;
}

TEST(TarReader, OddlySpelledMembersAreNotCopiedVerbatim) {
  const Reading reading = read_tar(RawTar()
                                       .file("./a")
                                       .file("/b")
                                       .file("c//d")
                                       .directory("e")
                                       .hard_link("f", "/b")
                                       .hard_link("g", "./b")
                                       .add({.name = "h", .type = '\0'})
                                       .add({.name = "i/", .type = '2', .link_name = "x"})
                                       .add({.name = "j", .type = '1', .link_name = "b", .size = 0})
                                       .end());
  ASSERT_EQ(reading.members.size(), 9U);
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_FALSE(reading.members[i].member.verbatim) << reading.members[i].member.path;
  }
  EXPECT_TRUE(reading.members[8].member.verbatim);
}

}  // namespace
}  // namespace imgops::testing
