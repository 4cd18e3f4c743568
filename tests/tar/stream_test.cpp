// Rows S01–S05: where an archive ends.
#include "tests/support/raw_tar.hpp"
#include "tests/tar/tar_reading.hpp"

#include <gtest/gtest.h>

namespace imgops::testing {
namespace {

TEST(TarStream, S01EmptyArchivesAreComplete) {
  for (const std::size_t size : {0U, 1024U, 10240U}) {
    const Reading reading = read_tar(std::string(size, '\0'));
    EXPECT_TRUE(reading.members.empty());
    EXPECT_EQ(reading.rejected() + reading.found(), "");
    EXPECT_EQ(reading.position_bytes, size);
  }
}

TEST(TarStream, S02AMissingEndMarkIsNoted) {
  EXPECT_EQ(read_tar(RawTar().file("f", "x").bytes()).found(), "NO-EOF S02");
  EXPECT_EQ(read_tar(RawTar().file("f", "x").zero_blocks(1).bytes()).found(), "NO-EOF S02");
}

TEST(TarStream, S02MissingPaddingIsAnEndToo) {
  const std::string archive = raw_header({.name = "f", .size = 3}) + "abc";
  const Reading reading = read_tar(archive);
  EXPECT_EQ(reading.found(), "NO-EOF S02");
  EXPECT_EQ(reading.members.at(0).body, "abc");
}

TEST(TarStream, S03EntriesAfterOneZeroBlockAreRejected) {
  EXPECT_EQ(read_tar(RawTar().file("a").zero_blocks(1).file("b").end()).rejected(), "ZERO-GAP S03");
}

TEST(TarStream, S04BytesAfterTheEndAreIgnoredWithAWarning) {
  const std::string archive = RawTar().file("a").zero_blocks(2).file("b").end();
  const Reading reading = read_tar(archive);
  EXPECT_EQ(reading.members.size(), 1U);
  EXPECT_EQ(reading.found(), "TRAILING-DATA S04");
  EXPECT_EQ(reading.findings.at(0).level, DiagnosticLevel::warning);
  EXPECT_EQ(reading.position_bytes, archive.size());
}

TEST(TarStream, S04ZerosAfterTheEndAreFilling) {
  const std::string archive = RawTar().file("a").zero_blocks(1001).bytes() + std::string(100, '\0');
  const Reading reading = read_tar(archive);
  EXPECT_EQ(reading.found(), "");
  EXPECT_EQ(reading.position_bytes, archive.size());
}

TEST(TarStream, S05CutArchivesAreRejectedWhereverTheyAreCut) {
  const std::string archive =
      RawTar().records({{"path", "long"}}).file("f", std::string(600, 'x')).zero_blocks(1).bytes();
  for (std::size_t size = 1; size < archive.size(); ++size) {
    // Behind data, padding may be missing, and so may the end mark.
    const bool after_records = size >= 512 + 13 && size <= 1024;
    const bool after_body = size >= 1536 + 600 && size <= 2560;
    EXPECT_EQ(read_tar(archive.substr(0, size)).rejected(),
              after_records || after_body ? "" : "TRUNCATED S05")
        << size;
  }
}

TEST(TarStream, S05WhatIsNoArchiveIsRejected) {
  EXPECT_EQ(read_tar(std::string(2048, 'x')).rejected(), "BAD-HEADER S05");
  EXPECT_EQ(read_tar("#!/bin/sh\n").rejected(), "TRUNCATED S05");
}

TEST(TarStream, S05ACutBodyNamesItsFile) {
  const Reading reading = read_tar(raw_header({.name = "./d/f", .size = 5000}) + "abc");
  EXPECT_EQ(reading.rejected(), "TRUNCATED S05");
  EXPECT_EQ(reading.rejection->path, "d/f");
}

}  // namespace
}  // namespace imgops::testing
