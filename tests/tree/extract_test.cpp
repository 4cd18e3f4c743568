#include "libimgops/tree/extract.hpp"

#include "tests/support/errors.hpp"
#include "tests/tree/playground.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stop_token>

#include <sys/sysmacros.h>
#include <sys/xattr.h>

namespace imgops {
namespace {

TEST(Extract, DirectoryBringsAllBelowIt) {
  TreeBuilder builder;
  builder.directory("a");
  builder.directory("a/b");
  builder.file("a/b/c", "see");
  builder.file("a-not", "no");
  const Playground playground;
  const ExtractResult result = playground.extract(builder.tree(), "a", "copy");
  EXPECT_EQ(text_of(playground.out() / "copy/b/c"), "see");
  EXPECT_THAT(names_in(playground.out()), ::testing::ElementsAre("copy"));
  EXPECT_EQ(result.files, 1U);
  EXPECT_EQ(result.bytes, 3U);
}

TEST(Extract, RootIsADirectoryLikeOthers) {
  TreeBuilder builder;
  builder.file("file", "text");
  const Playground playground;
  playground.extract(builder.tree(), "", "image");
  EXPECT_EQ(text_of(playground.out() / "image/file"), "text");
  EXPECT_EQ(Playground::lstat_of(playground.out() / "image").st_mtim.tv_sec, 1'000'000'000);
}

TEST(Extract, SingleFileGetsTheNameAsked) {
  TreeBuilder builder;
  builder.directory("d");
  builder.file("d/f", "text", 0600);
  const Playground playground;
  playground.extract(builder.tree(), "d/f", "other");
  EXPECT_EQ(text_of(playground.out() / "other"), "text");
  EXPECT_THAT(names_in(playground.out()), ::testing::ElementsAre("other"));
}

TEST(Extract, TimesHaveNanosecondsAlsoOfDirectoriesAndLinks) {
  TreeBuilder builder;
  builder.directory("d");
  builder.directory("d/e");
  builder.file("d/e/f", "text");
  builder.symlink("d/s", "nowhere");
  const Playground playground;
  playground.extract(builder.tree(), "d", "d");
  for (const char* const name : {"d", "d/e", "d/e/f", "d/s"}) {
    const struct stat status = Playground::lstat_of(playground.out() / name);
    EXPECT_EQ(status.st_mtim.tv_sec, 1'234'567'890) << name;
    EXPECT_EQ(status.st_mtim.tv_nsec, 123'456'789) << name;
  }
}

// Asks for the end once the first file is there.
class StoppingObserver final : public Observer {
 public:
  void diagnose(const Diagnostic&) override {}
  void progress(std::string_view, std::string_view, std::uint64_t done,
                std::uint64_t total) override {
    EXPECT_LT(done, total);
    stop_.request_stop();
  }
  std::stop_token token() const { return stop_.get_token(); }

 private:
  std::stop_source stop_;
};

TEST(Extract, WhoeverIsStoppedLeavesNothing) {
  TreeBuilder builder;
  builder.directory("d", 0755);
  builder.file("d/a", "x", 0644);
  builder.file("d/b", "y", 0644);
  const Playground playground;
  const MemoryBlobs blobs;
  LayerCache cache(blobs, std::nullopt);
  ContentReader contents(cache);
  StoppingObserver observer;
  EXPECT_EQ(made::kind_of([&] {
              extract(builder.tree(), "d", contents, playground.out(), "d", observer,
                      observer.token());
            }),
            ErrorKind::cancelled);
  EXPECT_TRUE(fs::is_empty(playground.out()));
}

TEST(Extract, ModesIncludeSetuidAndSticky) {
  TreeBuilder builder;
  builder.directory("d", 01777);
  builder.file("d/su", "x", 04755);
  builder.file("d/none", "x", 0);
  const Playground playground;
  playground.extract(builder.tree(), "d", "d");
  EXPECT_EQ(Playground::lstat_of(playground.out() / "d").st_mode & 07777, 01777U);
  EXPECT_EQ(Playground::lstat_of(playground.out() / "d/su").st_mode & 07777, 04755U);
  EXPECT_EQ(Playground::lstat_of(playground.out() / "d/none").st_mode & 07777, 0U);
}

TEST(Extract, OwnersAreNumbersAndKeepSetuid) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  TreeBuilder builder;
  InodeFields& inode = builder.file("su", "x", 06755);
  inode.uid = 1234;
  inode.gid = 5678;
  const Playground playground;
  const ExtractResult result = playground.extract(builder.tree(), "su", "su");
  const struct stat status = Playground::lstat_of(playground.out() / "su");
  EXPECT_EQ(status.st_uid, 1234U);
  EXPECT_EQ(status.st_gid, 5678U);
  EXPECT_EQ(status.st_mode & 07777, 06755U);
  EXPECT_EQ(result.owners_left_out, 0U);
}

TEST(Extract, ClosedDirectoriesAreFilledBeforeTheyClose) {
  TreeBuilder builder;
  builder.directory("d", 0700);
  builder.directory("d/r", 0500);
  builder.directory("d/r/none", 0);
  builder.file("d/r/none/f", "text");
  const Playground playground;
  playground.extract(builder.tree(), "d", "d");
  EXPECT_EQ(Playground::lstat_of(playground.out() / "d/r").st_mode & 07777, 0500U);
  EXPECT_EQ(Playground::lstat_of(playground.out() / "d/r/none").st_mode & 07777, 0U);
}

TEST(Extract, HardLinksAreOneFile) {
  TreeBuilder builder;
  builder.directory("a");
  builder.directory("b");
  builder.file("a/1", "text");
  builder.hard_link("a/2", "a/1");
  builder.hard_link("b/3", "a/1");
  const Playground playground;
  const ExtractResult result = playground.extract(builder.tree(), "", "x");
  const auto inode = Playground::lstat_of(playground.out() / "x/a/1").st_ino;
  EXPECT_EQ(Playground::lstat_of(playground.out() / "x/a/2").st_ino, inode);
  EXPECT_EQ(Playground::lstat_of(playground.out() / "x/b/3").st_ino, inode);
  EXPECT_EQ(result.files, 3U);
  EXPECT_EQ(result.bytes, 4U);
}

TEST(Extract, LinkToANameOutsideThePartIsAFileOfItsOwn) {
  TreeBuilder builder;
  builder.directory("a");
  builder.directory("b");
  builder.file("a/1", "text");
  builder.hard_link("b/2", "a/1");
  const Playground playground;
  playground.extract(builder.tree(), "b", "b");
  EXPECT_EQ(text_of(playground.out() / "b/2"), "text");
}

TEST(Extract, SymlinkTargetsAreWrittenAsTheyAre) {
  TreeBuilder builder;
  builder.directory("d");
  builder.symlink("d/up", "../../../canary/./file");
  builder.symlink("d/root", "/etc//passwd");
  const Playground playground;
  playground.extract(builder.tree(), "d", "d");
  EXPECT_EQ(fs::read_symlink(playground.out() / "d/up"), "../../../canary/./file");
  EXPECT_EQ(fs::read_symlink(playground.out() / "d/root"), "/etc//passwd");
}

TEST(Extract, SymlinkOwnerIsTheLinksNotItsTargets) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  const Playground playground;
  TreeBuilder builder;
  builder.symlink("s", (playground.canary() / "file").string()).uid = 1234;
  playground.extract(builder.tree(), "s", "s");
  EXPECT_EQ(Playground::lstat_of(playground.out() / "s").st_uid, 1234U);
  EXPECT_TRUE(playground.canary_is_untouched());
}

TEST(Extract, ExtendedAttributesAreRawBytes) {
  TreeBuilder builder;
  const std::string value("a\0b\xff", 4);
  builder.xattr(builder.file("f", "text", 0444), "user.test", value);
  const Playground playground;
  const ExtractResult result = playground.extract(builder.tree(), "f", "f");
  if (result.xattrs_left_out == 1) GTEST_SKIP() << "this file system has no user xattrs";
  std::string found(16, '\0');
  const ssize_t size = ::lgetxattr((playground.out() / "f").c_str(), "user.test", found.data(), 16);
  ASSERT_EQ(size, 4);
  EXPECT_EQ(found.substr(0, 4), value);
}

TEST(Extract, AttributeThatCannotBeSetIsCounted) {
  TreeBuilder builder;
  builder.xattr(builder.symlink("s", "target"), "user.test", "value");
  const Playground playground;
  EXPECT_EQ(playground.extract(builder.tree(), "s", "s").xattrs_left_out, 1U);
}

TEST(Extract, FifosAndDevicesAreMadeByRoot) {
  TreeBuilder builder;
  builder.directory("d");
  builder.special("d/fifo", FileType::fifo);
  builder.special("d/null", FileType::character_device).device = {1, 3};
  const Playground playground;
  const ExtractResult result = playground.extract(builder.tree(), "d", "d");
  EXPECT_TRUE(S_ISFIFO(Playground::lstat_of(playground.out() / "d/fifo").st_mode));
  EXPECT_EQ(Playground::lstat_of(playground.out() / "d/fifo").st_mode & 07777, 0644U);
  if (result.devices_left_out == 1) GTEST_SKIP() << "no right to make devices";
  EXPECT_TRUE(S_ISCHR(Playground::lstat_of(playground.out() / "d/null").st_mode));
  EXPECT_EQ(Playground::lstat_of(playground.out() / "d/null").st_rdev, makedev(1, 3));
}

TEST(Extract, ExistingDirectoryIsMergedInto) {
  TreeBuilder builder;
  builder.directory("d", 0711);
  builder.file("d/new", "new");
  const Playground playground;
  fs::create_directory(playground.out() / "d");
  std::ofstream(playground.out() / "d/old") << "old";
  playground.extract(builder.tree(), "d", "d");
  EXPECT_THAT(names_in(playground.out() / "d"), ::testing::ElementsAre("new", "old"));
  EXPECT_EQ(Playground::lstat_of(playground.out() / "d").st_mode & 07777, 0711U);
}

TEST(Extract, FileDoesNotReplaceADirectory) {
  TreeBuilder builder;
  builder.directory("d");
  builder.file("d/a", "1");
  builder.file("d/f", "2");
  const Playground playground;
  fs::create_directories(playground.out() / "d/f/inside");
  EXPECT_EQ(error_of([&] { playground.extract(builder.tree(), "d", "d"); }), ErrorKind::conflict);
  EXPECT_EQ(error_of([&] { playground.extract(builder.tree(), "d/f", "d"); }), ErrorKind::conflict);
  EXPECT_THAT(names_in(playground.out() / "d"), ::testing::ElementsAre("f"));
}

TEST(Extract, NamesOf255BytesWorkAndLongerAreRefusedBeforehand) {
  const std::string longest(255, 'n');
  TreeBuilder builder;
  builder.directory("ok");
  builder.file("ok/" + longest, "text");
  builder.directory("bad");
  builder.file("bad/a", "text");
  builder.file("bad/" + longest + "n", "text");
  const Playground playground;
  playground.extract(builder.tree(), "ok", "ok");
  EXPECT_EQ(text_of(playground.out() / "ok" / longest), "text");
  EXPECT_EQ(error_of([&] { playground.extract(builder.tree(), "bad", "bad"); }),
            ErrorKind::conflict);
  EXPECT_THAT(names_in(playground.out()), ::testing::ElementsAre("ok"));
}

TEST(Extract, DeepTreesNeedFewDescriptors) {
  TreeBuilder builder;
  std::string path = "d";
  builder.directory(path);
  for (int depth = 0; depth < 1100; ++depth) {
    path += "/e";
    builder.directory(path);
    builder.file(path + "f", "text");
  }
  const Playground playground;
  EXPECT_EQ(playground.extract(builder.tree(), "d", "d").files, 1100U);
}

TEST(Extract, MissingNodeOrDestinationIsNotFound) {
  TreeBuilder builder;
  const Playground playground;
  EXPECT_EQ(error_of([&] { playground.extract(builder.tree(), "x", "x"); }), ErrorKind::not_found);
  fs::remove_all(playground.out());
  EXPECT_EQ(error_of([&] { playground.extract(builder.tree(), "", "x"); }), ErrorKind::not_found);
}

TEST(Extract, NameIsOneComponent) {
  TreeBuilder builder;
  const Playground playground;
  for (const char* const name : {"", ".", "..", "a/b", "../x", "/x"}) {
    EXPECT_EQ(error_of([&] { playground.extract(builder.tree(), "", name); }),
              ErrorKind::invalid_argument)
        << name;
  }
}

}  // namespace
}  // namespace imgops
