#include "libimgops/tar/tar_writer.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/hasher.hpp"
#include "libimgops/tar/limits.hpp"
#include "tests/tar/tar_reading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace imgops::testing {
namespace {

FileAttributes attributes(FileType type) {
  FileAttributes result;
  result.type = type;
  result.mode = 0755;
  result.uid = 5;
  result.gid = 6;
  result.mtime = {1'700'000'000, 0};
  return result;
}

// What our reader makes of one member.
ReadMember read_back(const std::string& header, const std::string& body = {}) {
  std::string archive = header + body;
  archive.append(tar_padding_bytes(body.size()), '\0');
  archive += tar_end();
  Reading reading = read_tar(archive);
  EXPECT_EQ(reading.rejected() + reading.found(), "");
  return reading.members.at(0);
}

void expect_conflict(std::string_view path, const FileAttributes& written, std::string_view code) {
  try {
    encode_header(path, written, 0);
    ADD_FAILURE() << "written: " << path;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::conflict);
    EXPECT_NE(std::string_view(error.what()).find(code), std::string_view::npos) << error.what();
  }
}

TEST(TarWriter, WhatItWritesIsReadBack) {
  for (const FileType type : {FileType::regular, FileType::directory, FileType::symlink,
                              FileType::character_device, FileType::block_device, FileType::fifo}) {
    FileAttributes written = attributes(type);
    if (type == FileType::symlink) written.link_target = "../some/where";
    if (type == FileType::character_device || type == FileType::block_device)
      written.device = {10, 200};
    const std::string body = type == FileType::regular ? "body" : "";
    const ReadMember read = read_back(encode_header("d/name", written, body.size()), body);
    EXPECT_EQ(read.member.path, "d/name");
    EXPECT_EQ(read.member.attributes, written);
    EXPECT_EQ(read.body, body);
    EXPECT_TRUE(read.member.verbatim);
  }
}

TEST(TarWriter, W11CommonHeadersAreOneBlock) {
  EXPECT_EQ(encode_header("d/name", attributes(FileType::regular), 4).size(), 512U);
  EXPECT_EQ(encode_header(std::string(100, 'n'), attributes(FileType::regular), 4).size(), 512U);
  EXPECT_EQ(encode_header(std::string(99, 'n'), attributes(FileType::directory), 0).size(), 512U);
}

TEST(TarWriter, W11WhatDoesNotFitGoesToRecords) {
  FileAttributes written = attributes(FileType::regular);
  written.uid = limits::largest_id;
  written.gid = 3'000'000;
  written.mtime = {1'700'000'000, 120'000'000};
  written.xattrs = {{"security.capability", std::string("\x01\0\x02", 3)}, {"user.k", "v"}};
  const std::string path = std::string(250, 'd') + "/" + std::string(250, 'f');
  const ReadMember read = read_back(encode_header(path, written, 0));
  EXPECT_EQ(read.member.path, path);
  EXPECT_EQ(read.member.attributes, written);
  EXPECT_NE(read.header.find(" mtime=1700000000.12\n"), std::string::npos);
  EXPECT_LT(read.header.find("SCHILY.xattr.security"), read.header.find(" gid="));
  EXPECT_LT(read.header.find(" gid="), read.header.find(" path="));
  EXPECT_EQ(read.header.substr(0, 16), "PaxHeaders/entry");
}

TEST(TarWriter, M21LargeSizesGoToARecord) {
  const std::string header = encode_header("f", attributes(FileType::regular), 8'589'934'592);
  EXPECT_NE(header.find("19 size=8589934592\n"), std::string::npos);
  EXPECT_EQ(encode_header("f", attributes(FileType::regular), 8'589'934'591).size(), 512U);
}

TEST(TarWriter, N11LongLinkNamesGoToARecord) {
  FileAttributes link = attributes(FileType::symlink);
  link.link_target = std::string(101, 't');
  EXPECT_EQ(read_back(encode_header("s", link, 0)).member.attributes.link_target, link.link_target);
  const ReadMember hard =
      read_back(encode_hard_link("h", std::string(101, 't'), attributes(FileType::regular)));
  EXPECT_EQ(hard.member.link_path, std::string(101, 't'));
}

TEST(TarWriter, W07HardLinksRepeatTheirTargetsAttributes) {
  FileAttributes written = attributes(FileType::regular);
  written.xattrs = {{"user.k", "v"}};
  const ReadMember read = read_back(encode_hard_link("d/h", "d/f", written));
  EXPECT_EQ(read.member.kind, MemberKind::hard_link);
  EXPECT_EQ(read.member.link_path, "d/f");
  EXPECT_EQ(read.member.attributes, written);
}

TEST(TarWriter, W03WhiteoutsAreEmptyFilesOfNobody) {
  const ReadMember read = read_back(encode_whiteout("d/gone"));
  EXPECT_EQ(read.member.path, "d/.wh.gone");
  EXPECT_EQ(read.member.attributes, FileAttributes{});
  EXPECT_EQ(read.member.size_bytes, 0U);
}

TEST(TarWriter, M10TimesAreClamped) {
  FileAttributes written = attributes(FileType::regular);
  written.mtime = {-5, 300};
  EXPECT_EQ(read_back(encode_header("f", written, 0)).member.attributes.mtime, Timestamp{});
  written.mtime = {1LL << 33, 300};
  EXPECT_EQ(read_back(encode_header("f", written, 0)).member.attributes.mtime,
            (Timestamp{(1LL << 33) - 1, 0}));
}

TEST(TarWriter, TheRootIsADotAndASlash) {
  const ReadMember read = read_back(encode_header("", attributes(FileType::directory), 0));
  EXPECT_EQ(read.member.stored_name, "./");
  EXPECT_TRUE(read.member.verbatim);
}

TEST(TarWriter, W12RefusesWhatNoRuntimeTakes) {
  const FileAttributes file = attributes(FileType::regular);
  expect_conflict(std::string(256, 'n'), file, "NAME-LONG");
  std::string path = "a";
  while (path.size() < 4096) path += "/b";
  expect_conflict(path, file, "NAME-LONG");
  expect_conflict("d/.wh.x", file, "WH-NAME");
  expect_conflict(".wh.d/x", file, "WH-NAME");
  expect_conflict("c", attributes(FileType::character_device), "CHAR-00");
}

TEST(TarWriter, W08RefusesXattrsThatAreNeverWritten) {
  const auto with = [](FileType type, const char* name) {
    FileAttributes result = attributes(type);
    result.xattrs = {{name, "v"}};
    return result;
  };
  expect_conflict("f", with(FileType::regular, "trusted.overlay.opaque"), "XATTR-OVERLAY");
  expect_conflict("f", with(FileType::regular, "user.overlay.opaque"), "XATTR-OVERLAY");
  expect_conflict("f", with(FileType::regular, "security.selinux"), "XATTR-SELINUX");
  expect_conflict("f", with(FileType::fifo, "user.k"), "XATTR-PLACE");
}

TEST(TarWriter, M11RefusesTheIdThatMeansUnchanged) {
  FileAttributes written = attributes(FileType::regular);
  written.uid = 4294967295;
  expect_conflict("f", written, "ID-RANGE");
}

TEST(TarWriter, S01TheEmptyLayerHasItsKnownDigest) {
  EXPECT_EQ(digest_of(as_bytes(tar_end())).to_string(),
            "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef");
}

TEST(TarWriter, TheSameFileGivesTheSameBytes) {
  FileAttributes written = attributes(FileType::regular);
  written.mtime = {1'700'000'000, 1};
  written.xattrs = {{"user.k", "v"}};
  EXPECT_EQ(digest_of(as_bytes(encode_header("d/f", written, 3))).to_string(),
            "sha256:4f50330c538cdc05f594f91a62c58fdd127921ca7643fd676992c51c16d476e4");
}

}  // namespace
}  // namespace imgops::testing
