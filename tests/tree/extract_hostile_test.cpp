// Destinations that were prepared, change meanwhile, or fail: nothing is touched outside.
#include "libimgops/tree/extract.hpp"
#include "libimgops/tree/rooted_directory.hpp"
#include "tests/tree/playground.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include <fcntl.h>
#include <linux/fs.h>

namespace imgops {
namespace {

TEST(Extract, ExistingFileIsReplacedNotWrittenTo) {
  TreeBuilder builder;
  builder.directory("d");
  builder.file("d/f", "new");
  const Playground playground;
  fs::create_directory(playground.out() / "d");
  fs::create_hard_link(playground.canary() / "file", playground.out() / "d/f");
  playground.extract(builder.tree(), "d", "d");
  EXPECT_EQ(text_of(playground.out() / "d/f"), "new");
  EXPECT_EQ(text_of(playground.canary() / "file"), "bird");
}

TEST(Extract, SymlinkPlantedAsDirectoryIsReplaced) {
  TreeBuilder builder;
  builder.directory("d");
  builder.directory("d/lib");
  builder.file("d/lib/b", "text");
  const Playground playground;
  fs::create_directory(playground.out() / "d");
  fs::create_directory_symlink(playground.canary(), playground.out() / "d/lib");
  playground.extract(builder.tree(), "d", "d");
  EXPECT_TRUE(playground.canary_is_untouched());
  EXPECT_EQ(text_of(playground.out() / "d/lib/b"), "text");
  EXPECT_FALSE(fs::is_symlink(playground.out() / "d/lib"));
}

TEST(Extract, SymlinkPlantedAsTopIsReplaced) {
  TreeBuilder builder;
  builder.directory("d");
  builder.file("d/f", "text");
  const Playground playground;
  fs::create_directory_symlink(playground.canary(), playground.out() / "d");
  playground.extract(builder.tree(), "d", "d");
  EXPECT_TRUE(playground.canary_is_untouched());
  EXPECT_FALSE(fs::is_symlink(playground.out() / "d"));
}

TEST(Extract, SymlinkPlantedAsFileIsReplaced) {
  TreeBuilder builder;
  builder.directory("d");
  builder.file("d/f", "text");
  const Playground playground;
  fs::create_directory(playground.out() / "d");
  fs::create_symlink(playground.canary() / "file", playground.out() / "d/f");
  fs::create_symlink(playground.canary() / "file", playground.out() / "f");
  playground.extract(builder.tree(), "d", "d");
  playground.extract(builder.tree(), "d/f", "f");
  EXPECT_TRUE(playground.canary_is_untouched());
  EXPECT_EQ(text_of(playground.out() / "f"), "text");
}

// T09: the first leaves a link, the second must not go through it.
TEST(Extract, SecondExtractionDoesNotGoThroughLinksOfTheFirst) {
  const Playground playground;
  TreeBuilder first;
  first.directory("d");
  first.symlink("d/lib", playground.canary().string());
  playground.extract(first.tree(), "d", "d");
  TreeBuilder second;
  second.directory("d");
  second.directory("d/lib", 0777);
  second.file("d/lib/file", "evil", 0777);
  playground.extract(second.tree(), "d", "d");
  EXPECT_TRUE(playground.canary_is_untouched());
}

TEST(Extract, FailureLeavesNothing) {
  TreeBuilder builder;
  builder.directory("d");
  builder.directory("d/closed", 0);
  builder.file("d/closed/f", "text");
  InodeFields& bad = builder.file("d/z", "text");
  bad.content.offset_bytes = 999;  // no such text: reading it throws
  const Playground playground;
  EXPECT_ANY_THROW(playground.extract(builder.tree(), "d", "d"));
  EXPECT_THAT(names_in(playground.out()), testing::IsEmpty());
}

TEST(Extract, FailureInAnExistingDirectoryTakesBackOnlyItsOwn) {
  TreeBuilder builder;
  builder.directory("d");
  builder.directory("d/new");
  builder.file("d/new/f", "text");
  builder.file("d/z", "text").content.offset_bytes = 999;
  const Playground playground;
  fs::create_directory(playground.out() / "d");
  std::ofstream(playground.out() / "d/old") << "old";
  EXPECT_ANY_THROW(playground.extract(builder.tree(), "d", "d"));
  EXPECT_THAT(names_in(playground.out() / "d"), testing::ElementsAre("old"));
}

// Files of the image's names in the current directory must play no part (T03).
TEST(Extract, BaitInTheCurrentDirectoryIsNotTaken) {
  TreeBuilder builder;
  builder.directory("d");
  builder.file("d/a", "good");
  builder.hard_link("d/b", "d/a");
  const Playground playground;
  const fs::path old = fs::current_path();
  fs::create_directories(playground.canary() / "d");
  std::ofstream(playground.canary() / "d/a") << "bait";
  fs::current_path(playground.canary());
  playground.extract(builder.tree(), "d", "d");
  fs::current_path(old);
  EXPECT_EQ(text_of(playground.out() / "d/b"), "good");
  EXPECT_EQ(Playground::lstat_of(playground.canary() / "d/a").st_nlink, 1U);
}

// Swaps `directory` for a link to `target` and back, all the time; a directory that was made where
// the link stood is put aside.
class Renamer {
 public:
  Renamer(const fs::path& directory, const fs::path& aside, const fs::path& target)
      : thread_([=](const std::stop_token& stop) {
          const fs::path link = aside / "link";
          for (int round = 0; !stop.stop_requested(); ++round) {
            if (::symlink(target.c_str(), link.c_str()) != 0 && !fs::is_symlink(link)) {
              fs::rename(link, aside / std::to_string(round));
              continue;
            }
            ::renameat2(AT_FDCWD, directory.c_str(), AT_FDCWD, link.c_str(), RENAME_EXCHANGE);
            ::renameat2(AT_FDCWD, directory.c_str(), AT_FDCWD, link.c_str(), RENAME_EXCHANGE);
          }
        }) {}

 private:
  std::jthread thread_;
};

// T08: a directory of the destination is swapped for a link to the canary all the time.
TEST(Extract, RacingRenamerNeverLeadsOut) {
  TreeBuilder builder;
  builder.directory("d");
  builder.directory("d/sub", 0777);
  builder.directory("d/sub/deep", 0777);
  builder.file("d/sub/deep/file", "evil", 0777);
  builder.file("d/sub/file", "evil", 0777);
  builder.hard_link("d/sub/link", "d/sub/file");
  builder.hard_link("d/sub/z", "d/sub/deep/file");
  const Tree tree = builder.tree();
  const Playground playground;
  fs::create_directories(playground.out() / "d/sub");
  fs::create_directory(playground.out() / "aside");
  std::vector<ErrorKind> errors;
  {
    const Renamer renamer(playground.out() / "d/sub", playground.out() / "aside",
                          playground.canary());
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    while (std::chrono::steady_clock::now() < end) {
      if (const auto error = error_of([&] { playground.extract(tree, "d", "d"); })) {
        errors.push_back(*error);
      }
    }
  }
  EXPECT_TRUE(playground.canary_is_untouched());
  EXPECT_THAT(errors, testing::Each(ErrorKind::conflict));
}

TEST(RootedDirectory, LinksResolveInsideTheRoot) {
  const Playground playground;
  fs::create_directories(playground.out() / "in" / "canary");
  fs::create_directory_symlink("/in", playground.out() / "absolute");
  fs::create_directory_symlink("../../../in", playground.out() / "up");
  const RootedDirectory root(playground.out());
  const FileId expected = file_id(root.open("in").get(), "in");
  EXPECT_EQ(file_id(root.open("absolute").get(), "absolute"), expected);
  EXPECT_EQ(file_id(root.open("up").get(), "up"), expected);
}

TEST(RootedDirectory, WithoutTheKernelsHelpLinksAreRefused) {
  const Playground playground;
  fs::create_directories(playground.out() / "in/deep");
  fs::create_directory_symlink("in", playground.out() / "link");
  const RootedDirectory root(playground.out(), RootedDirectory::Resolver::components);
  EXPECT_TRUE(root.open("in/deep"));
  EXPECT_TRUE(root.open(""));
  for (const char* const path : {"link", "link/deep", "in/..", "..", "missing"}) {
    EXPECT_EQ(error_of([&] { root.open(path); }), ErrorKind::conflict) << path;
  }
}

}  // namespace
}  // namespace imgops
