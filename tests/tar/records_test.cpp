// Rows M01–M09, M20–M24: extension records and sparse files.
#include "libimgops/tar/pax_record.hpp"
#include "tests/support/raw_tar.hpp"
#include "tests/tar/tar_reading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace imgops::testing {
namespace {

using ::testing::ElementsAre;

Reading read_with(const RawRecords& records, RawMember member = {.name = "f"}) {
  member.records = records;
  return read_tar(RawTar().add(member).end());
}

TEST(TarRecords, M01GlobalValuesAreIgnoredWithAWarning) {
  const Reading reading = read_tar(
      RawTar().file("before").global_records({{"uid", "7"}, {"path", "evil"}}).file("after").end());
  EXPECT_THAT(reading.paths(), ElementsAre("before", "after"));
  EXPECT_EQ(reading.members.at(1).member.attributes.uid, 0U);
  EXPECT_FALSE(reading.members.at(1).member.verbatim);
  EXPECT_EQ(reading.found(), "PAX-GLOBAL M01");
}

TEST(TarRecords, M01AGlobalCommentIsNotWorthAWarning) {
  const Reading reading = read_tar(RawTar().global_records({{"comment", "abc"}}).file("f").end());
  EXPECT_EQ(reading.found(), "");
  EXPECT_EQ(reading.members.at(0).member.offset_bytes, 1024U);
  EXPECT_FALSE(reading.members.at(0).member.verbatim);
}

TEST(TarRecords, M01AGlobalHeaderEndsWhatWasSaidBeforeIt) {
  const Reading reading = read_tar(
      RawTar().records({{"path", "other"}}).global_records({{"comment", "abc"}}).file("f").end());
  EXPECT_THAT(reading.paths(), ElementsAre("f"));
  EXPECT_EQ(reading.found(), "PAX-ODD M23");
}

TEST(TarRecords, M02OfAKeyTwiceTheLastCounts) {
  const Reading reading = read_with({{"path", "first"}, {"uid", "1"}, {"path", "second"}});
  EXPECT_THAT(reading.paths(), ElementsAre("second"));
  EXPECT_EQ(reading.members.at(0).member.attributes.uid, 1U);
  EXPECT_EQ(reading.found(), "PAX-ODD M02");
}

TEST(TarRecords, M02OfTwoHeadersInARowTheLaterWins) {
  const Reading reading =
      read_tar(RawTar().records({{"path", "first"}}).records({{"path", "second"}}).file("f").end());
  EXPECT_THAT(reading.paths(), ElementsAre("second"));
  EXPECT_EQ(reading.found(), "PAX-ODD M02");
}

// Measured with umoci 0.4.7 (Go 1.19): the path of the first header is not applied.
TEST(TarRecords, M02OfTwoHeadersInARowRuntimesReadTheLaterOnly) {
  const Reading reading =
      read_tar(RawTar().records({{"path", "first"}}).records({{"mtime", "5"}}).file("f").end());
  EXPECT_THAT(reading.paths(), ElementsAre("f"));
  EXPECT_EQ(reading.members.at(0).member.attributes.mtime.seconds, 5);
}

TEST(TarRecords, M02AnEmptyValueIsUnset) {
  const Reading reading =
      read_with({{"uid", ""}, {"path", ""}, {"SCHILY.xattr.user.k", ""}}, {.name = "f", .uid = 3});
  EXPECT_THAT(reading.paths(), ElementsAre("f"));
  EXPECT_EQ(reading.members.at(0).member.attributes.uid, 3U);
  EXPECT_TRUE(reading.members.at(0).member.attributes.xattrs.empty());
  EXPECT_EQ(reading.found(), "PAX-ODD M02");
}

TEST(TarRecords, M02ASizeOverridesTheHeaders) {
  const Reading reading = read_with({{"size", "4"}}, {.name = "f", .body = "body", .size = 0});
  EXPECT_EQ(reading.members.at(0).body, "body");
  EXPECT_EQ(reading.found(), "");
}

TEST(TarRecords, M02ASizeThatContradictsTheHeadersIsOdd) {
  const Reading reading = read_with({{"size", "4"}}, {.name = "f", .body = "body", .size = 513});
  EXPECT_EQ(reading.members.at(0).body, "body");
  EXPECT_EQ(reading.found(), "PAX-ODD M02");
}

TEST(TarRecords, M02ASizeBindsToTheFileNotToHeadersBetween) {
  const Reading reading = read_tar(RawTar()
                                       .records({{"size", "4"}})
                                       .extension('L', std::string(1500, 'n') + '\0')
                                       .add({.name = "f", .body = "body", .size = 0})
                                       .end());
  ASSERT_EQ(reading.rejected(), "");
  EXPECT_THAT(reading.paths(), ElementsAre(std::string(1500, 'n')));
  EXPECT_EQ(reading.members.at(0).body, "body");
}

TEST(TarRecords, M03MalformedNumbersAreRejected) {
  const RawRecords malformed = {{"mtime", "abc"},
                                {"mtime", "1.5x"},
                                {"mtime", "."},
                                {"atime", "x"},
                                {"ctime", "1 "},
                                {"uid", "x"},
                                {"gid", "0x1"},
                                {"size", "1.0"},
                                {"size", "-1"},
                                {"uid", "+-1"},
                                {"size", "9223372036854775808"},
                                {"size", "18446744073709551615"}};
  for (const auto& [key, value] : malformed) {
    EXPECT_EQ(read_with({{key, value}}).rejected(), "PAX-BAD M03") << key << '=' << value;
  }
}

TEST(TarRecords, M03MalformedRecordsAreRejected) {
  for (const char* const text :
       {"x", "5 a=b\n", "8 a=b\n", "7 a=b\n", "6 ab=\n", "6 abc\n", "6 =bc\n", "6  a=b\n",
        "-6 a=b\n", "6 a=bc", "99999999999999999999 a=b\n", "2 \n"}) {
    const Reading reading = read_tar(RawTar().extension('x', text).file("f").end());
    const bool sound = std::string_view(text) == "6 ab=\n";  // only unset
    EXPECT_EQ(reading.rejected(), sound ? "" : "PAX-BAD M03") << text;
  }
}

TEST(TarRecords, M03NulInAKeyIsRejected) {
  EXPECT_EQ(read_with({{std::string("a\0b", 3), "v"}}).rejected(), "PAX-BAD M03");
  EXPECT_EQ(read_with({{"uname", std::string("a\0b", 3)}}).rejected(), "PAX-BAD M03");
}

TEST(TarRecords, M04XattrsAreRawBytesByName) {
  const std::string capability("\x01\0\0\x02", 4);
  const Reading reading = read_with({{"SCHILY.xattr.user.b", "x=y\n"},
                                     {"SCHILY.xattr.security.capability", capability},
                                     {"SCHILY.xattr.user.a", "1"}});
  EXPECT_THAT(reading.members.at(0).member.attributes.xattrs,
              ElementsAre(ExtendedAttribute{"security.capability", capability},
                          ExtendedAttribute{"user.a", "1"}, ExtendedAttribute{"user.b", "x=y\n"}));
  EXPECT_TRUE(reading.members.at(0).member.verbatim);
}

void expect_left_out(const std::string& key, const std::string& finding) {
  const Reading reading = read_with({{key, "v"}, {"SCHILY.xattr.user.kept", "v"}});
  EXPECT_THAT(reading.members.at(0).member.attributes.xattrs,
              ElementsAre(ExtendedAttribute{"user.kept", "v"}));
  EXPECT_FALSE(reading.members.at(0).member.verbatim);
  EXPECT_EQ(reading.found(), finding) << key;
  EXPECT_EQ(reading.findings.at(0).level, DiagnosticLevel::warning);
}

TEST(TarRecords, M05ForeignXattrsAreLeftOut) {
  expect_left_out("LIBARCHIVE.xattr.user.k", "XATTR-FOREIGN M05");
  expect_left_out("SCHILY.acl.access", "XATTR-FOREIGN M05");
  expect_left_out("RHT.security.selinux", "XATTR-FOREIGN M05");
}

TEST(TarRecords, M06XattrsForTheKernelsOverlayAreLeftOut) {
  expect_left_out("SCHILY.xattr.trusted.overlay.opaque", "XATTR-OVERLAY M06");
  expect_left_out("SCHILY.xattr.trusted.anything", "XATTR-OVERLAY M06");
  expect_left_out("SCHILY.xattr.user.overlay.redirect", "XATTR-OVERLAY M06");
}

TEST(TarRecords, M07SecurityLabelsAreLeftOut) {
  expect_left_out("SCHILY.xattr.security.selinux", "XATTR-SELINUX M07");
}

TEST(TarRecords, M08UserXattrsOnLinksAndDevicesAreKeptWithAWarning) {
  const Reading reading =
      read_with({{"SCHILY.xattr.user.k", "v"}}, {.name = "s", .type = '2', .link_name = "x"});
  EXPECT_EQ(reading.members.at(0).member.attributes.xattrs.size(), 1U);
  EXPECT_FALSE(reading.members.at(0).member.verbatim);
  EXPECT_EQ(reading.found(), "XATTR-PLACE M08");
}

TEST(TarRecords, M09TimesHaveNanoseconds) {
  const auto time = [](const char* text) {
    return read_with({{"mtime", text}}).members.at(0).member.attributes.mtime;
  };
  EXPECT_EQ(time("1350244992.023960108"), (Timestamp{1350244992, 23960108}));
  EXPECT_EQ(time("5.5"), (Timestamp{5, 500000000}));
  EXPECT_EQ(time("5.1234567899"), (Timestamp{5, 123456789}));
  EXPECT_EQ(time("5."), (Timestamp{5, 0}));
  EXPECT_EQ(time("+5"), (Timestamp{5, 0}));
}

TEST(TarRecords, M21FilesOver8GiBHaveASizeRecord) {
  const std::string archive =
      RawTar().records({{"size", "8589934592"}}).add({.name = "f", .size = 0}).bytes();
  const Reading reading = read_tar(archive + std::string(1000, 'x'));
  EXPECT_EQ(reading.members.at(0).member.size_bytes, 8589934592U);
  EXPECT_EQ(reading.rejected(), "TRUNCATED S05");
}

TEST(TarRecords, M22AnExtensionHeaderOfOneMebibyteIsRead) {
  const std::string record = pax_record("comment", std::string((1 << 20) - 17, 'c'));
  ASSERT_EQ(record.size(), std::size_t{1} << 20);
  EXPECT_EQ(read_tar(RawTar().extension('x', record).file("f").end()).rejected(), "");
}

TEST(TarRecords, M22LargerExtensionHeadersAreRejected) {
  const std::string text((1 << 20) + 1, 'n');
  for (const char type : {'x', 'g', 'L', 'K'}) {
    EXPECT_EQ(read_tar(RawTar().extension(type, text).file("f").end()).rejected(), "META-SIZE M22");
  }
}

TEST(TarRecords, M22TooManyExtensionHeadersOfOneMemberAreRejected) {
  RawTar archive;
  for (int i = 0; i < 5; ++i) archive.extension('L', std::string(1 << 20, 'n'));
  EXPECT_EQ(read_tar(archive.file("f").end()).rejected(), "META-SIZE M22");
}

TEST(TarRecords, M22NothingIsAllocatedForAClaim) {
  const Reading reading = read_tar(raw_header({.name = "x", .type = 'x', .size = 60'000'000'000}));
  EXPECT_EQ(reading.rejected(), "META-SIZE M22");
}

TEST(TarRecords, M23AnExtensionHeaderAtTheEndIsIgnored) {
  const Reading reading = read_tar(RawTar().file("f").records({{"path", "x"}}).end());
  EXPECT_THAT(reading.paths(), ElementsAre("f"));
  EXPECT_EQ(reading.found(), "PAX-ODD M23");
}

TEST(TarRecords, M24RecordsCountBeforeTheHeader) {
  const Reading reading =
      read_with({{"uid", "70000"}, {"gid", "4294967294"}, {"path", "p"}, {"mtime", "0"}},
                {.name = "f", .uid = 1, .gid = 2, .mtime = 3});
  const Member& member = reading.members.at(0).member;
  EXPECT_EQ(member.path, "p");
  EXPECT_EQ(member.attributes.uid, 70000U);
  EXPECT_EQ(member.attributes.gid, 4294967294U);
  EXPECT_EQ(member.attributes.mtime, Timestamp{});
}

TEST(TarRecords, XattrValuesOver64KiBAreRejected) {
  const std::string value(64 * 1024, 'v');
  EXPECT_EQ(read_with({{"SCHILY.xattr.user.k", value}}).rejected(), "");
  EXPECT_EQ(read_with({{"SCHILY.xattr.user.k", value + 'v'}}).rejected(), "META-SIZE M04");
}

// Names and values count; the records have to stay below their own limit, which is as large.
TEST(TarRecords, XattrsOfOneFileOver1MiBAreRejected) {
  const auto reading_of = [](std::size_t last_bytes) {
    RawTar archive;
    RawMember member{.name = "f"};
    for (int i = 0; i < 15; ++i) {
      member.records.emplace_back("SCHILY.xattr.user." + std::to_string(10 + i),
                                  std::string(64 * 1024, 'v'));
    }
    member.records.emplace_back("SCHILY.xattr.u", std::string(last_bytes, 'v'));
    return read_tar(archive.add(member).end());
  };
  EXPECT_EQ(reading_of(64 * 1024 - 600).rejected(), "");
  EXPECT_EQ(reading_of(64 * 1024 - 1).rejected(), "META-SIZE M22");
}

std::string record_of(const RawTar& archive, std::string_view key) {
  const std::string bytes = archive.end();
  StringSource source(bytes);
  SilentObserver silent;
  TarReader reader(source, silent);
  return reader.next() == nullptr ? "(none)" : find_pax_record(reader.header(), key);
}

TEST(TarRecords, WhatMeansNothingToAnImageCanBeAskedFor) {
  const RawTar archive = RawTar().records({{"a", "1"}, {"other", "x"}}).file("f", "text");
  EXPECT_EQ(record_of(archive, "other"), "x");
  EXPECT_EQ(record_of(archive, "f"), "");
  EXPECT_EQ(record_of(RawTar().file("other=x", "other=x"), "other"), "");
  EXPECT_EQ(record_of(RawTar().records({{"a", "1"}}).records({{"a", "2"}}).file("f"), "a"), "2");
  EXPECT_EQ(record_of(RawTar().records({{"path", "6 a=1\n"}}).file("f"), "a"), "");
}

}  // namespace
}  // namespace imgops::testing
