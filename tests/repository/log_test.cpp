#include "libimgops/repository/name_log.hpp"
#include "tests/repository/made_layout.hpp"
#include "tests/support/errors.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

namespace imgops {
namespace {

namespace fs = std::filesystem;
using made::MadeLayout;

TEST(LogFileName, KeepsPlainNamesReadable) {
  EXPECT_EQ(log_file_name("app:1.2-x"), "app:1.2-x");
}

TEST(LogFileName, EncodesSlashes) {
  EXPECT_EQ(log_file_name("a/../b"), "a%2F..%2Fb");
}

TEST(LogFileName, NeverBeginsWithADot) {
  EXPECT_EQ(log_file_name(".."), "%2E.");
}

TEST(LogFileName, EncodesPercentSignsSoThatNoTwoNamesMeet) {
  EXPECT_NE(log_file_name("a%2Fb"), log_file_name("a/b"));
}

TEST(LogFileName, EncodesZeroBytes) {
  EXPECT_EQ(log_file_name(std::string("a\0b", 3)), "a%00b");
}

TEST(LogFileName, HashesWhatIsTooLongForAFile) {
  EXPECT_EQ(log_file_name(std::string(201, 'a')).size(), 8U + 64U);
}

TEST(LogFileName, KeepsTheLongestThatFits) {
  EXPECT_EQ(log_file_name(std::string(200, 'a')), std::string(200, 'a'));
}

TEST(Log, TellsEveryMoveOldestFirst) {
  const MadeLayout layout;
  layout.tag("app:1", "one");
  layout.tag("app:1", "two");
  const auto log = read_log(layout.open(), "app:1");
  ASSERT_EQ(log.size(), 2U);
  EXPECT_EQ(log[0].old_digest, std::nullopt);
  EXPECT_EQ(log[0].new_digest, layout.digest("one"));
  EXPECT_EQ(log[1].old_digest, layout.digest("one"));
  EXPECT_EQ(log[1].new_digest, layout.digest("two"));
}

TEST(Log, TellsWhenByWhatAndInWhichTransaction) {
  const MadeLayout layout;
  layout.tag("app:1", "one");
  const auto log = read_log(layout.open(), "app:1");
  ASSERT_EQ(log.size(), 1U);
  EXPECT_EQ(log[0].when, "2023-11-14T22:13:20Z");
  EXPECT_EQ(log[0].command, "tag one");
  EXPECT_EQ(log[0].transaction, 1U);
}

TEST(Log, OfARemovalHasNoNewDigest) {
  const MadeLayout layout;
  layout.tag("app:1", "one");
  Repository repository = layout.open();
  Transaction transaction(repository, "untag", made::noon);
  transaction.remove("app:1", layout.digest("one"));
  transaction.commit();
  EXPECT_EQ(read_log(repository, "app:1").back().new_digest, std::nullopt);
}

TEST(Log, OfANameWithoutOneIsEmpty) {
  const MadeLayout layout;
  EXPECT_TRUE(read_log(layout.open(), "app:1").empty());
}

TEST(Log, OfALongNameIsKeptToo) {
  const MadeLayout layout;
  const std::string name(300, 'a');
  layout.tag(name, "one");
  EXPECT_EQ(read_log(layout.open(), name).size(), 1U);
}

TEST(Log, ALineWithoutItsEndIsPassedOverAndThenCutOff) {
  const MadeLayout layout;
  layout.tag("a", "one");
  const auto path = layout.state() / "logs" / "a";
  MadeLayout::write(path, MadeLayout::read(path) + R"({"old":null,"ne)");
  EXPECT_EQ(read_log(layout.open(), "a").size(), 1U);
  layout.tag("a", "two");
  EXPECT_EQ(read_log(layout.open(), "a").size(), 2U);
}

TEST(Log, ADamagedLineIsCorruptAndStopsTheNextMoveBeforeItHappens) {
  const MadeLayout layout;
  layout.tag("a", "one");
  layout.tag("b", "one");
  MadeLayout::write(layout.state() / "logs" / "a", "no line\n");
  EXPECT_EQ(made::kind_of([&] { read_log(layout.open(), "a"); }), ErrorKind::corrupt);
  EXPECT_EQ(made::kind_of([&] { layout.tag("a", "two"); }), ErrorKind::corrupt);
  EXPECT_EQ(layout.now("a"), layout.digest("one"));
}

TEST(Log, ALastLineLongerThanABlockIsFound) {
  const MadeLayout layout;
  Repository repository = layout.open();
  Transaction transaction(repository, std::string(100'000, 'x'), made::noon);
  transaction.move("a", std::nullopt, layout.image("one"));
  transaction.commit();
  layout.tag("a", "two");
  EXPECT_EQ(read_log(repository, "a").size(), 2U);
}

TEST(Sidecar, OfAnotherUserIsNotRead) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to give files away";
  const MadeLayout layout;
  layout.tag("a", "one");
  ASSERT_EQ(::chown(layout.state().c_str(), 65534, 65534), 0);
  EXPECT_TRUE(read_log(layout.open(), "a").empty());
}

TEST(Sidecar, OfAnotherUserIsNotWritten) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to give files away";
  const MadeLayout layout;
  layout.tag("a", "one");
  ASSERT_EQ(::chown(layout.state().c_str(), 65534, 65534), 0);
  EXPECT_EQ(made::kind_of([&] { layout.tag("a", "two"); }), ErrorKind::conflict);
  EXPECT_EQ(layout.now("a"), layout.digest("one"));
}

TEST(Sidecar, ThatIsALinkIsNotFollowed) {
  const MadeLayout layout;
  const made::TemporaryDirectory elsewhere;
  fs::create_directory_symlink(elsewhere.path(), layout.state());
  EXPECT_EQ(made::kind_of([&] { layout.tag("a", "one"); }), ErrorKind::conflict);
  EXPECT_TRUE(fs::is_empty(elsewhere.path()));
}

TEST(Sidecar, AJournalThatIsALinkIsNotFollowed) {
  const MadeLayout layout;
  const made::TemporaryDirectory elsewhere;
  fs::create_directory(layout.state());
  fs::create_directory_symlink(elsewhere.path(), layout.state() / "journal");
  EXPECT_EQ(made::kind_of([&] { layout.tag("a", "one"); }), ErrorKind::conflict);
  EXPECT_TRUE(fs::is_empty(elsewhere.path()));
}

}  // namespace
}  // namespace imgops
