#include "libimgops/layer/host_scan.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/file.hpp"
#include "tests/layer/layer_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace imgops::testing {
namespace {

using ::testing::ElementsAre;

class FindingsObserver final : public Observer {
 public:
  void diagnose(const Diagnostic& diagnostic) override {
    codes.emplace_back(name(diagnostic.code));
  }
  void progress(std::string_view, std::string_view, std::uint64_t, std::uint64_t) override {}
  std::vector<std::string> codes;
};

void write(const std::filesystem::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::vector<std::string> paths(const LayerIndex& index) {
  std::vector<std::string> result;
  for (const LayerEntry& entry : index.entries) result.emplace_back(entry.path);
  return result;
}

TEST(HostScan, GivesFilesByPathBelowTheDestination) {
  const ScratchDirectory scratch;
  std::filesystem::create_directories(scratch.path() / "a/inner");
  write(scratch.path() / "a/inner/f", "text");
  write(scratch.path() / "a-b", "x");
  std::filesystem::create_symlink("/nowhere/../x", scratch.path() / "z");
  SilentObserver observer;
  const auto index = scan_directory(scratch.path(), "opt/app", {}, observer);
  EXPECT_THAT(paths(*index), ElementsAre("opt/app/a", "opt/app/a/inner", "opt/app/a/inner/f",
                                         "opt/app/a-b", "opt/app/z"));
  EXPECT_EQ(index->origin, Origin::host_files);
  const Inode& file = index->entries[2].inode;
  EXPECT_EQ(file.content().origin, index.get());
  EXPECT_EQ(file.content().size_bytes, 4U);
  EXPECT_EQ(index->host_files.at(file.content().offset_bytes), scratch.path() / "a/inner/f");
  EXPECT_EQ(index->entries[4].inode.type(), FileType::symlink);
  EXPECT_EQ(index->entries[4].inode.link_target(), "/nowhere/../x");
}

TEST(HostScan, KeepsHardLinksTogether) {
  const ScratchDirectory scratch;
  write(scratch.path() / "b", "text");
  std::filesystem::create_hard_link(scratch.path() / "b", scratch.path() / "a");
  std::filesystem::create_hard_link(scratch.path() / "b", scratch.path() / "c");
  SilentObserver observer;
  const auto index = scan_directory(scratch.path(), "", {}, observer);
  ASSERT_EQ(index->entries.size(), 3U);
  EXPECT_EQ(index->entries[0].kind(), EntryKind::file);
  EXPECT_EQ(index->entries[1].kind(), EntryKind::hard_link);
  EXPECT_EQ(index->entries[1].link_path(), "a");
  EXPECT_EQ(index->entries[2].link_path(), "a");
  EXPECT_EQ(index->host_files.size(), 1U);
}

TEST(HostScan, OptionsReplaceOwnersModesAndLateTimes) {
  const ScratchDirectory scratch;
  std::filesystem::create_directory(scratch.path() / "d");
  write(scratch.path() / "d/f", "x");
  const timespec times[2] = {{100, 5}, {100, 5}};
  ASSERT_EQ(utimensat(AT_FDCWD, (scratch.path() / "d/f").c_str(), times, 0), 0);
  ASSERT_EQ(chmod((scratch.path() / "d").c_str(), 0700), 0);
  SilentObserver observer;
  HostScanOptions options;
  options.uid = 7;
  options.gid = 8;
  options.mode = 04711;
  options.latest_mtime = 1000;
  const auto index = scan_directory(scratch.path(), "", options, observer);
  EXPECT_EQ(index->entries[0].inode.uid(), 7U);
  EXPECT_EQ(index->entries[0].inode.gid(), 8U);
  EXPECT_EQ(index->entries[0].inode.mode(), 0700);
  EXPECT_EQ(index->entries[0].inode.mtime(), (Timestamp{1000, 0}));
  EXPECT_EQ(index->entries[1].inode.mode(), 04711);
  EXPECT_EQ(index->entries[1].inode.mtime(), (Timestamp{100, 5}));
}

TEST(HostScan, M17SocketsAreLeftOutWithAWarning) {
  const ScratchDirectory scratch;
  const FileDescriptor socket_file(socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = (scratch.path() / "s").string();
  ASSERT_LT(name.size(), sizeof address.sun_path);
  name.copy(address.sun_path, name.size());
  ASSERT_EQ(bind(socket_file.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
            0);
  FindingsObserver observer;
  EXPECT_TRUE(scan_directory(scratch.path(), "", {}, observer)->entries.empty());
  EXPECT_THAT(observer.codes, ElementsAre("SOCKET"));
}

TEST(HostScan, KeepsXattrsByName) {
  const ScratchDirectory scratch;
  const std::string file = (scratch.path() / "f").string();
  write(file, "x");
  if (setxattr(file.c_str(), "user.b", "2", 1, 0) != 0) GTEST_SKIP() << "no xattrs here";
  setxattr(file.c_str(), "user.a", "1", 1, 0);
  setxattr(file.c_str(), "user.overlay.opaque", "y", 1, 0);
  setxattr(file.c_str(), "user.empty", "", 0, 0);
  FindingsObserver observer;
  const auto index = scan_file(file, "f", {}, observer);
  ASSERT_NE(index->entries.at(0).inode.xattrs(), nullptr);
  EXPECT_THAT(*index->entries[0].inode.xattrs(),
              ElementsAre(ExtendedAttribute{"user.a", "1"}, ExtendedAttribute{"user.b", "2"}));
  EXPECT_THAT(observer.codes, ::testing::UnorderedElementsAre("XATTR-OVERLAY", "XATTR-FOREIGN"));
}

TEST(HostScan, ASingleLinkIsNotFollowed) {
  const ScratchDirectory scratch;
  std::filesystem::create_symlink("target", scratch.path() / "l");
  SilentObserver observer;
  const auto index = scan_file(scratch.path() / "l", "usr/l", {}, observer);
  EXPECT_THAT(paths(*index), ElementsAre("usr/l"));
  EXPECT_EQ(index->entries[0].inode.link_target(), "target");
}

TEST(HostScan, LinksToDirectoriesAreNotEntered) {
  const ScratchDirectory scratch;
  std::filesystem::create_directory_symlink("/etc", scratch.path() / "l");
  SilentObserver observer;
  EXPECT_THAT(paths(*scan_directory(scratch.path(), "", {}, observer)), ElementsAre("l"));
}

TEST(HostScan, FifosAreNotOpened) {
  const ScratchDirectory scratch;
  ASSERT_EQ(mkfifo((scratch.path() / "p").c_str(), 0600), 0);
  SilentObserver observer;
  EXPECT_EQ(scan_directory(scratch.path(), "", {}, observer)->entries.at(0).inode.type(),
            FileType::fifo);
}

ErrorKind kind_of_failure(const std::filesystem::path& directory, std::string_view destination) {
  SilentObserver observer;
  try {
    scan_directory(directory, destination, {}, observer);
  } catch (const Error& error) {
    return error.kind();
  }
  return ErrorKind::unsupported;
}

TEST(HostScan, W12MarkerNamesAreRefused) {
  const ScratchDirectory scratch;
  std::filesystem::create_directory(scratch.path() / ".wh.d");
  EXPECT_EQ(kind_of_failure(scratch.path(), ""), ErrorKind::conflict);
}

TEST(HostScan, AnAbsentDirectoryIsNotFound) {
  const ScratchDirectory scratch;
  EXPECT_EQ(kind_of_failure(scratch.path() / "absent", ""), ErrorKind::not_found);
}

}  // namespace
}  // namespace imgops::testing
