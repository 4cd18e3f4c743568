// Rows M10–M13, M16, M18, S05: numbers and types in headers.
#include "tests/support/raw_tar.hpp"
#include "tests/tar/tar_reading.hpp"

#include <gtest/gtest.h>

namespace imgops::testing {
namespace {

Reading read_one(const RawMember& member) {
  return read_tar(RawTar().add(member).end());
}

TEST(TarNumbers, OctalFieldsMayBePaddedWithBlanks) {
  const Reading reading = read_one({.name = "f",
                                    .body = "abc",
                                    .size_field = "  3        \0",
                                    .uid_field = "    17 \0",
                                    .gid_field = std::string(8, '\0')});
  ASSERT_EQ(reading.rejected(), "");
  EXPECT_EQ(reading.members.at(0).body, "abc");
  EXPECT_EQ(reading.members.at(0).member.attributes.uid, 017U);
  EXPECT_EQ(reading.members.at(0).member.attributes.gid, 0U);
}

TEST(TarNumbers, BinaryFieldsAreRead) {
  const Reading reading = read_one({.name = "f",
                                    .body = "abc",
                                    .size_field = base_256(3, 12),
                                    .uid_field = base_256(3'000'000, 8),
                                    .mtime_field = base_256(1'700'000'000, 12)});
  ASSERT_EQ(reading.rejected(), "");
  EXPECT_EQ(reading.members.at(0).body, "abc");
  EXPECT_EQ(reading.members.at(0).member.attributes.uid, 3'000'000U);
  EXPECT_EQ(reading.members.at(0).member.attributes.mtime.seconds, 1'700'000'000);
}

TEST(TarNumbers, S05MalformedFieldsAreRejected) {
  EXPECT_EQ(read_one({.name = "f", .size_field = "00000000009"}).rejected(), "BAD-HEADER S05");
  EXPECT_EQ(read_one({.name = "f", .mode_field = "rwxr-xr"}).rejected(), "BAD-HEADER S05");
  EXPECT_EQ(read_one({.name = "f", .uid_field = "-000001"}).rejected(), "BAD-HEADER S05");
  EXPECT_EQ(read_one({.name = "f", .mtime_field = "0x1"}).rejected(), "BAD-HEADER S05");
  EXPECT_EQ(read_one({.name = "f", .device_field = "zz"}).rejected(), "BAD-HEADER S05");
}

TEST(TarNumbers, S05SizesOutOfRangeAreRejected) {
  EXPECT_EQ(read_one({.name = "f", .size_field = base_256(-1, 12)}).rejected(), "BAD-HEADER S05");
  std::string two_to_63(12, '\0');
  two_to_63[0] = '\x80';
  two_to_63[4] = '\x80';
  EXPECT_EQ(read_one({.name = "f", .size_field = two_to_63}).rejected(), "BAD-HEADER S05");
  const std::string largest = "\x80" + std::string(11, '\xFF');
  EXPECT_EQ(read_one({.name = "f", .size_field = largest}).rejected(), "BAD-HEADER S05");
  EXPECT_EQ(read_one({.name = "f", .size_field = base_256(INT64_MAX, 12)}).rejected(),
            "TRUNCATED S05");
}

TEST(TarNumbers, S05AWrongChecksumIsRejected) {
  EXPECT_EQ(read_one({.name = "f", .checksum_field = "000000"}).rejected(), "BAD-HEADER S05");
  EXPECT_EQ(read_one({.name = "f", .checksum_field = "garbage"}).rejected(), "BAD-HEADER S05");
}

TEST(TarNumbers, S05SignedChecksumsAreAccepted) {
  std::string header = raw_header({.name = "\xe9"});
  int sum = 0;
  for (std::size_t i = 0; i < header.size(); ++i) {
    sum += i >= 148 && i < 156 ? ' ' : static_cast<signed char>(header[i]);
  }
  std::string field(8, ' ');
  for (std::size_t i = 6; i-- > 0; sum /= 8) field[i] = static_cast<char>('0' + sum % 8);
  field[6] = '\0';
  const Reading reading = read_one({.name = "\xe9", .checksum_field = field});
  EXPECT_EQ(reading.rejected(), "");
  EXPECT_EQ(reading.members.at(0).member.path, "\xe9");
}

TEST(TarNumbers, M10TimesThatRuntimesCannotKeepAreExactWithAWarning) {
  const auto expect_warning = [](const RawMember& member, Timestamp expected) {
    const Reading reading = read_one(member);
    EXPECT_EQ(reading.members.at(0).member.attributes.mtime, expected);
    EXPECT_FALSE(reading.members.at(0).member.verbatim);
    EXPECT_EQ(reading.found(), "MTIME-RANGE M10");
  };
  expect_warning({.name = "f", .mtime_field = base_256(-5, 12)}, {-5, 0});
  expect_warning({.name = "f", .mtime_field = base_256(1LL << 33, 12)}, {1LL << 33, 0});
  expect_warning({.name = "f", .records = {{"mtime", "-1.5"}}}, {-2, 500'000'000});
  expect_warning({.name = "f", .records = {{"mtime", "-0.5"}}}, {-1, 500'000'000});
  EXPECT_EQ(read_one({.name = "f", .mtime = (1ULL << 33) - 1}).found(), "");
}

TEST(TarNumbers, M11TheIdThatMeansUnchangedIsRejected) {
  EXPECT_EQ(read_one({.name = "f", .uid_field = base_256(4294967295, 8)}).rejected(),
            "ID-RANGE M11");
  EXPECT_EQ(read_one({.name = "f", .records = {{"gid", "4294967295"}}}).rejected(), "ID-RANGE M11");
}

TEST(TarNumbers, M11TheLargestIdIsRead) {
  const Reading reading = read_one({.name = "f", .uid_field = base_256(4294967294, 8)});
  EXPECT_EQ(reading.members.at(0).member.attributes.uid, 4294967294U);
}

TEST(TarNumbers, M12IdsOutOfRangeAreRejected) {
  EXPECT_EQ(read_one({.name = "f", .uid_field = base_256(4294967301, 8)}).rejected(),
            "ID-RANGE M12");
  EXPECT_EQ(read_one({.name = "f", .gid_field = base_256(-2, 8)}).rejected(), "ID-RANGE M12");
  EXPECT_EQ(read_one({.name = "f", .records = {{"uid", "-1"}}}).rejected(), "ID-RANGE M12");
}

TEST(TarNumbers, M13ModesAreMasked) {
  const Reading reading = read_one({.name = "f", .mode = 0107777});
  EXPECT_EQ(reading.members.at(0).member.attributes.mode, 07777);
  EXPECT_EQ(reading.found(), "");
}

TEST(TarNumbers, M16ADevice00IsReadWithAWarning) {
  const Reading reading = read_one({.name = "c", .type = '3'});
  EXPECT_EQ(reading.members.at(0).member.attributes.type, FileType::character_device);
  EXPECT_EQ(reading.found(), "CHAR-00 M16");
  EXPECT_EQ(read_one({.name = "b", .type = '4'}).found(), "");
}

TEST(TarNumbers, M18OtherTypesAreRejected) {
  for (const char type : {'7', 'V', 'M', 'D', 'A', 'N', 'z', '\x01', ' '}) {
    EXPECT_EQ(read_one({.name = "f", .type = type}).rejected(), "TYPE-UNKNOWN M18") << type;
  }
}

}  // namespace
}  // namespace imgops::testing
