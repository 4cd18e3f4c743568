#include "libimgops/repository/recovery.hpp"

#include "tests/repository/made_layout.hpp"
#include "tests/support/errors.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

namespace fs = std::filesystem;
using made::MadeLayout;

// A record as a killed program leaves it: of the move of "a" from `from` to `to`.
void leave_record(const MadeLayout& layout, int number, std::string_view state, const Digest& from,
                  const Digest& to) {
  MadeLayout::write(layout.state() / "journal" / ("0000000" + std::to_string(number) + ".json"),
                    R"({"schema":"imgops/journal/1","number":)" + std::to_string(number) +
                        R"(,"state":")" + std::string(state) +
                        R"(","when":"2023-11-14T22:13:20Z","command":"tag","names":[{"name":"a",)" +
                        R"("old":")" + from.to_string() + R"(","new":")" + to.to_string() +
                        R"("}]})");
}

bool has_state(const MadeLayout& layout, int number, const std::string& state) {
  return layout.record(number).find("\"state\":\"" + state + "\"") != std::string::npos;
}

// "a" stands at one, and the last program was killed on its way to two.
void kill_before_rename(const MadeLayout& layout) {
  layout.tag("a", "one");
  leave_record(layout, 2, "prepared", layout.digest("one"), layout.digest("two"));
}

// "a" stands at two already.
void kill_after_rename(const MadeLayout& layout, std::string_view state) {
  layout.tag("a", "one");
  const std::string log = MadeLayout::read(layout.state() / "logs" / "a");
  layout.tag("a", "two");
  MadeLayout::write(layout.state() / "logs" / "a", log);
  leave_record(layout, 2, state, layout.digest("one"), layout.digest("two"));
}

TEST(Recovery, ATransactionWithoutItsIndexIsDropped) {
  const MadeLayout layout;
  kill_before_rename(layout);
  layout.open();
  EXPECT_TRUE(has_state(layout, 2, "dropped"));
  EXPECT_EQ(read_log(layout.open(), "a").size(), 1U);
}

TEST(Recovery, ATransactionWithItsIndexIsFinished) {
  const MadeLayout layout;
  kill_after_rename(layout, "prepared");
  layout.open();
  EXPECT_TRUE(has_state(layout, 2, "committed"));
  EXPECT_EQ(read_log(layout.open(), "a").back().new_digest, layout.digest("two"));
}

TEST(Recovery, MissingLogLinesOfACommittedTransactionAreWritten) {
  const MadeLayout layout;
  kill_after_rename(layout, "committed");
  layout.open();
  EXPECT_EQ(read_log(layout.open(), "a").size(), 2U);
}

TEST(Recovery, WritesNoLogLineTwice) {
  const MadeLayout layout;
  layout.tag("a", "one");
  layout.tag("a", "two");
  leave_record(layout, 2, "prepared", layout.digest("one"), layout.digest("two"));
  layout.open();
  EXPECT_TRUE(has_state(layout, 2, "committed"));
  EXPECT_EQ(read_log(layout.open(), "a").size(), 2U);
}

TEST(Recovery, DropsATransactionWhoseNamesSomebodyMovedOn) {
  const MadeLayout layout;
  layout.tag("a", "three");
  leave_record(layout, 2, "prepared", layout.digest("one"), layout.digest("two"));
  layout.open();
  EXPECT_TRUE(has_state(layout, 2, "dropped"));
  EXPECT_EQ(layout.now("a"), layout.digest("three"));
}

TEST(Recovery, HappensBeforeACommitToo) {
  const MadeLayout layout;
  layout.tag("a", "one");
  Repository repository = layout.open();
  leave_record(layout, 2, "prepared", layout.digest("one"), layout.digest("two"));
  Transaction transaction(repository, "tag", made::noon);
  transaction.move("a", layout.digest("one"), layout.image("three"));
  EXPECT_EQ(transaction.commit(), 3U);
  EXPECT_TRUE(has_state(layout, 2, "dropped"));
}

TEST(Recovery, RemovesTheNameAReplacementHadForAnInstant) {
  const MadeLayout layout;
  kill_before_rename(layout);
  MadeLayout::write(layout.path() / ".new-1-0", "{}");
  MadeLayout::write(layout.state() / "journal" / ".new-1-1", "{}");
  layout.open();
  EXPECT_FALSE(fs::exists(layout.path() / ".new-1-0"));
  EXPECT_FALSE(fs::exists(layout.state() / "journal" / ".new-1-1"));
}

TEST(Recovery, IsNotNeededAfterACommit) {
  const MadeLayout layout;
  layout.tag("a", "one");
  EXPECT_FALSE(needs_recovery(layout.state()));
}

TEST(Recovery, ARecordThatCannotBeReadIsCorruptAndNotForgotten) {
  const MadeLayout layout;
  layout.tag("a", "one");
  MadeLayout::write(layout.state() / "journal" / "00000002.json", "{");
  EXPECT_EQ(made::kind_of([&] { layout.open(); }), ErrorKind::corrupt);
}

TEST(Recovery, OtherFilesInTheJournalAreNoRecords) {
  const MadeLayout layout;
  MadeLayout::write(layout.state() / "journal" / "9.json", "{");
  MadeLayout::write(layout.state() / "journal" / "note.txt", "{");
  EXPECT_EQ(layout.tag("a", "one"), 1U);
}

}  // namespace
}  // namespace imgops
