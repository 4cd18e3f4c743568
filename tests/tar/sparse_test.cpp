// Row M20 in its three forms, and M19.
#include "tests/support/raw_tar.hpp"
#include "tests/tar/tar_reading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace imgops::testing {
namespace {

std::string padded(std::string map) {
  map.resize((map.size() + 511) / 512 * 512, '\0');
  return map;
}

void expect_two_runs(const Reading& reading) {
  ASSERT_EQ(reading.rejected(), "");
  ASSERT_EQ(reading.members.size(), 2U);
  const Member& member = reading.members.at(0).member;
  EXPECT_EQ(member.path, "sparse");
  EXPECT_EQ(member.size_bytes, 20U);
  EXPECT_EQ(member.stored_bytes, 5U);
  EXPECT_EQ(reading.members.at(0).body, "abcde");
  ASSERT_EQ(member.sparse.size(), 2U);
  EXPECT_EQ(member.sparse[0].offset_bytes, 2U);
  EXPECT_EQ(member.sparse[0].size_bytes, 3U);
  EXPECT_EQ(member.sparse[1].offset_bytes, 10U);
  EXPECT_EQ(member.sparse[1].size_bytes, 2U);
  EXPECT_FALSE(member.verbatim);
  EXPECT_EQ(reading.members.at(1).member.path, "next");
  EXPECT_EQ(reading.members.at(1).member.offset_bytes,
            member.body_offset_bytes + 512);  // spans have no gaps
  EXPECT_EQ(reading.found(), "SPARSE M20");
  EXPECT_EQ(reading.findings.at(0).level, DiagnosticLevel::note);
}

Reading read_sparse(const RawRecords& records, const std::string& body) {
  return read_tar(RawTar()
                      .add({.name = "GNUSparseFile.1/sparse", .body = body, .records = records})
                      .file("next")
                      .end());
}

TEST(SparseFiles, Form00RepeatsItsKeys) {
  expect_two_runs(read_sparse({{"GNU.sparse.size", "20"},
                               {"GNU.sparse.numblocks", "2"},
                               {"GNU.sparse.name", "sparse"},
                               {"GNU.sparse.offset", "2"},
                               {"GNU.sparse.numbytes", "3"},
                               {"GNU.sparse.offset", "10"},
                               {"GNU.sparse.numbytes", "2"}},
                              "abcde"));
}

TEST(SparseFiles, Form01HasItsMapInOneRecord) {
  expect_two_runs(read_sparse({{"GNU.sparse.size", "20"},
                               {"GNU.sparse.numblocks", "2"},
                               {"GNU.sparse.name", "sparse"},
                               {"GNU.sparse.map", "2,3,10,2"}},
                              "abcde"));
}

TEST(SparseFiles, Form10HasItsMapBeforeTheData) {
  expect_two_runs(read_sparse({{"GNU.sparse.major", "1"},
                               {"GNU.sparse.minor", "0"},
                               {"GNU.sparse.name", "sparse"},
                               {"GNU.sparse.realsize", "20"}},
                              padded("2\n2\n3\n10\n2\n") + "abcde"));
}

TEST(SparseFiles, AFileThatIsAllHoleHasOneEmptyRun) {
  const Reading reading = read_sparse(
      {{"GNU.sparse.major", "1"}, {"GNU.sparse.minor", "0"}, {"GNU.sparse.realsize", "20"}},
      padded("0\n"));
  ASSERT_EQ(reading.members.size(), 2U);
  ASSERT_EQ(reading.members.at(0).member.sparse.size(), 1U);
  EXPECT_EQ(reading.members.at(0).member.sparse[0].offset_bytes, 20U);
  EXPECT_EQ(reading.members.at(0).member.stored_bytes, 0U);
}

TEST(SparseFiles, MalformedMapsAreRejected) {
  for (const char* const map :
       {"2,3,10", "2,3,10,2,", "2,3,1,2", "2,3,19,2", "2,-3,10,8", "2,3,10,1", "2,3,10,3",
        "a,b,c,d", "2,3,9223372036854775807,2", "2,3,10,9223372036854775807"}) {
    const Reading reading = read_sparse(
        {{"GNU.sparse.size", "20"}, {"GNU.sparse.numblocks", "2"}, {"GNU.sparse.map", map}},
        "abcde");
    EXPECT_EQ(reading.rejected(), "PAX-BAD M20") << map;
  }
}

TEST(SparseFiles, ACountThatLiesIsRejectedWithoutAllocating) {
  for (const char* const count : {"3", "1", "9223372036854775807", "-1", "", "x"}) {
    const Reading reading = read_sparse({{"GNU.sparse.size", "20"},
                                         {"GNU.sparse.numblocks", count},
                                         {"GNU.sparse.map", "2,3,10,2"}},
                                        "abcde");
    EXPECT_EQ(reading.rejected(), "PAX-BAD M20") << count;
  }
  const Reading reading = read_sparse(
      {{"GNU.sparse.major", "1"}, {"GNU.sparse.minor", "0"}, {"GNU.sparse.realsize", "20"}},
      padded("9223372036854775807\n2\n3\n"));
  EXPECT_EQ(reading.rejected(), "PAX-BAD M20");
}

TEST(SparseFiles, KeysOfForm00InTheWrongOrderAreRejected) {
  EXPECT_EQ(read_sparse({{"GNU.sparse.numbytes", "2"}, {"GNU.sparse.offset", "3"}}, "").rejected(),
            "PAX-BAD M03");
}

TEST(SparseFiles, MapsOverOneMebibyteAreRejected) {
  std::string map = "200000\n";
  for (int i = 0; i < 400000; ++i) map += "100\n";
  EXPECT_EQ(
      read_sparse({{"GNU.sparse.major", "1"}, {"GNU.sparse.minor", "0"}}, padded(map)).rejected(),
      "META-SIZE M20");
}

TEST(SparseFiles, AnUnknownVersionIsAnOrdinaryFileWithAWarning) {
  const Reading reading =
      read_sparse({{"GNU.sparse.major", "2"}, {"GNU.sparse.minor", "0"}}, "abcde");
  ASSERT_EQ(reading.members.size(), 2U);
  EXPECT_TRUE(reading.members.at(0).member.sparse.empty());
  EXPECT_EQ(reading.members.at(0).body, "abcde");
  EXPECT_EQ(reading.found(), "DIFFERENTIAL M20");
}

TEST(SparseFiles, M19TheOldFormIsRejected) {
  EXPECT_EQ(read_tar(RawTar().add({.name = "f", .type = 'S', .dialect = RawDialect::gnu}).end())
                .rejected(),
            "SPARSE-OLD M19");
}

}  // namespace
}  // namespace imgops::testing
