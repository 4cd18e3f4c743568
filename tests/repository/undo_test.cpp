#include "libimgops/repository/undo.hpp"

#include "tests/repository/made_layout.hpp"
#include "tests/support/errors.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

namespace fs = std::filesystem;
using made::MadeLayout;

Descriptor named(const Descriptor& descriptor, const std::string& name) {
  return descriptor.with_annotation(annotation_ref_name, name);
}

// Whether there was something to take back (bring back).
bool turn(const MadeLayout& layout, RecordKind kind, MovedSince moved_since = MovedSince::refuse) {
  Repository repository = layout.open();
  const auto reversal = kind == RecordKind::undo ? find_undo(repository) : find_redo(repository);
  if (!reversal) return false;
  reverse(repository, *reversal, reversed_moves(repository, *reversal, moved_since), "undo",
          made::noon);
  return true;
}
bool undo(const MadeLayout& layout, MovedSince moved_since = MovedSince::refuse) {
  return turn(layout, RecordKind::undo, moved_since);
}
bool redo(const MadeLayout& layout, MovedSince moved_since = MovedSince::refuse) {
  return turn(layout, RecordKind::redo, moved_since);
}

TEST(Undo, PutsANameWhereItWas) {
  const MadeLayout layout;
  layout.tag("a", "one");
  layout.tag("a", "two");
  EXPECT_TRUE(undo(layout));
  EXPECT_EQ(layout.now("a"), layout.digest("one"));
}

TEST(Undo, OfANewNameRemovesIt) {
  const MadeLayout layout;
  layout.tag("a", "one");
  EXPECT_TRUE(undo(layout));
  EXPECT_EQ(layout.now("a"), std::nullopt);
}

TEST(Undo, OfARemovalRestoresTheEntryAsItWas) {
  const MadeLayout layout;
  const Descriptor entry = named(layout.image("one"), "a")
                               .with_annotation("note", "kept")
                               .with_platform({"linux", "arm64", "v8"});
  layout.list({entry});
  layout.untag("a");
  EXPECT_TRUE(undo(layout));
  EXPECT_EQ(layout.open().names().front().descriptor.json(), entry.json());
}

TEST(Undo, OfARecordOfAnOlderProgramMakesTheEntryAnew) {
  const MadeLayout layout;
  layout.tag("a", "one");
  layout.tag("a", "two");
  const auto path = layout.state() / "journal" / "00000002.json";
  const std::string record = MadeLayout::read(path);
  const std::size_t begin = record.find(R"(,"oldEntry":)");
  const std::size_t end = record.find("}}", begin);
  ASSERT_NE(begin, std::string::npos);
  MadeLayout::write(path, record.substr(0, begin) + record.substr(record.find('}', end + 2)));
  ASSERT_FALSE(find_record(layout.state(), 2)->moves.front().old_entry);
  EXPECT_TRUE(undo(layout));
  EXPECT_EQ(layout.now("a"), layout.digest("one"));
}

TEST(Undo, GoesFurtherBackEachTime) {
  const MadeLayout layout;
  for (const char* note : {"one", "two", "three"}) layout.tag("a", note);
  EXPECT_TRUE(undo(layout));
  EXPECT_TRUE(undo(layout));
  EXPECT_EQ(layout.now("a"), layout.digest("one"));
}

TEST(Undo, EndsWhereThereIsNothingLeft) {
  const MadeLayout layout;
  layout.tag("a", "one");
  EXPECT_TRUE(undo(layout));
  EXPECT_FALSE(undo(layout));
}

TEST(Undo, OfAnEmptyLayoutIsNothing) {
  const MadeLayout layout;
  EXPECT_FALSE(undo(layout));
  EXPECT_FALSE(redo(layout));
}

TEST(Undo, TakesBackAWholeTransaction) {
  const MadeLayout layout;
  Repository repository = layout.open();
  Transaction transaction(repository, "patch", made::noon);
  const Descriptor target = layout.image("one");
  for (int number = 0; number < 200; ++number) {
    transaction.move("app:" + std::to_string(number), std::nullopt, target);
  }
  transaction.commit();
  EXPECT_TRUE(undo(layout));
  EXPECT_TRUE(layout.open().names().empty());
  EXPECT_TRUE(redo(layout));
  EXPECT_EQ(layout.open().names().size(), 200U);
}

TEST(Undo, IsATransactionThatSaysWhatItTakesBack) {
  const MadeLayout layout;
  layout.tag("a", "one");
  undo(layout);
  const auto record = last_record(layout.state());
  EXPECT_EQ(record->number, 2U);
  EXPECT_EQ(record->kind, RecordKind::undo);
  EXPECT_EQ(record->about, 1U);
  EXPECT_EQ(read_log(layout.open(), "a").size(), 2U);
}

TEST(Redo, BringsBackWhatWasTakenBackLast) {
  const MadeLayout layout;
  for (const char* note : {"one", "two", "three"}) layout.tag("a", note);
  undo(layout);
  undo(layout);
  EXPECT_TRUE(redo(layout));
  EXPECT_EQ(layout.now("a"), layout.digest("two"));
  EXPECT_TRUE(redo(layout));
  EXPECT_EQ(layout.now("a"), layout.digest("three"));
  EXPECT_FALSE(redo(layout));
}

TEST(Redo, EndsWithTheNextOperation) {
  const MadeLayout layout;
  layout.tag("a", "one");
  layout.tag("a", "two");
  undo(layout);
  layout.tag("a", "three");
  EXPECT_FALSE(redo(layout));
}

TEST(Redo, AfterwardsTheSameIsTakenBackAgain) {
  const MadeLayout layout;
  layout.tag("a", "one");
  layout.tag("a", "two");
  undo(layout);
  redo(layout);
  EXPECT_TRUE(undo(layout));
  EXPECT_EQ(layout.now("a"), layout.digest("one"));
}

TEST(Undo, PassesOverWhatWasTakenBackBeforeTheLastOperation) {
  const MadeLayout layout;
  layout.tag("a", "one");
  layout.tag("a", "two");
  undo(layout);
  layout.tag("a", "three");
  EXPECT_TRUE(undo(layout));
  EXPECT_EQ(layout.now("a"), layout.digest("one"));
  EXPECT_TRUE(undo(layout));
  EXPECT_EQ(layout.now("a"), std::nullopt);
}

TEST(Undo, RefusesANameThatAnotherProgramMovedSince) {
  const MadeLayout layout;
  layout.tag("a", "one");
  layout.list({named(layout.image("two"), "a")});
  const auto error = made::error_of([&] { undo(layout); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::conflict);
  EXPECT_EQ(std::string(error->what()).substr(0, 2), "a:");
  EXPECT_EQ(layout.now("a"), layout.digest("two"));
}

TEST(Undo, RefusesANameThatAnotherProgramRemovedSince) {
  const MadeLayout layout;
  layout.tag("a", "one");
  layout.tag("a", "two");
  layout.list({});
  EXPECT_EQ(made::kind_of([&] { undo(layout); }), ErrorKind::conflict);
}

TEST(Undo, ByForceMovesTheNameAllTheSameAndRedoBringsTheOthersMoveBack) {
  const MadeLayout layout;
  layout.tag("a", "one");
  layout.tag("a", "two");
  layout.list({named(layout.image("three"), "a")});
  EXPECT_TRUE(undo(layout, MovedSince::overwrite));
  EXPECT_EQ(layout.now("a"), layout.digest("one"));
  EXPECT_TRUE(redo(layout));
  EXPECT_EQ(layout.now("a"), layout.digest("three"));
}

// Otherwise the next undo would find the same operation again.
TEST(Undo, ByForceThatFindsAllAsWantedIsRecordedToo) {
  const MadeLayout layout;
  layout.tag("a", "one");
  layout.tag("a", "two");
  layout.list({named(layout.image("one"), "a")});
  EXPECT_TRUE(undo(layout, MovedSince::overwrite));
  EXPECT_EQ(last_record(layout.state())->number, 3U);
  EXPECT_TRUE(undo(layout));
  EXPECT_EQ(layout.now("a"), std::nullopt);
}

TEST(Undo, LeavesNamesOfOtherProgramsAlone) {
  const MadeLayout layout;
  layout.tag("a", "one");
  const auto manifests = layout.open().index().manifests();
  layout.list({manifests.front(), named(layout.image("two"), "foreign"), layout.image("three")});
  EXPECT_TRUE(undo(layout));
  EXPECT_EQ(layout.now("foreign"), layout.digest("two"));
  EXPECT_EQ(layout.open().index().manifests().size(), 2U);
}

TEST(Undo, WithoutTheOldImagesBlobsIsNotFoundAndNothingMoves) {
  const MadeLayout layout;
  layout.tag("a", "one");
  layout.tag("a", "two");
  fs::remove(layout.open().blobs().path_of(layout.digest("one")));
  EXPECT_EQ(made::kind_of([&] { undo(layout); }), ErrorKind::not_found);
  EXPECT_EQ(layout.now("a"), layout.digest("two"));
}

TEST(Undo, ReadsNoRecordOlderThanItNeeds) {
  const MadeLayout layout;
  layout.tag("a", "one");
  layout.tag("a", "two");
  MadeLayout::write(layout.state() / "journal" / "00000001.json", "{");
  EXPECT_TRUE(undo(layout));
  EXPECT_EQ(layout.now("a"), layout.digest("one"));
}

TEST(Undo, EndsWhereTheJournalWasCutOff) {
  const MadeLayout layout;
  layout.tag("a", "one");
  layout.tag("a", "two");
  fs::remove(layout.state() / "journal" / "00000001.json");
  EXPECT_TRUE(undo(layout));
  EXPECT_FALSE(undo(layout));
}

std::vector<std::uint64_t> numbers(const std::vector<JournalRecord>& records) {
  std::vector<std::uint64_t> result;
  for (const JournalRecord& record : records) result.push_back(record.number);
  return result;
}

TEST(UndoStack, IsALineOfTimeNewestFirst) {
  const MadeLayout layout;
  for (const char* note : {"one", "two", "three"}) layout.tag("a", note);
  undo(layout);
  undo(layout);
  const UndoStack stack = read_undo_stack(layout.open());
  EXPECT_EQ(numbers(stack.redoable), (std::vector<std::uint64_t>{3, 2}));
  EXPECT_EQ(numbers(stack.undoable), std::vector<std::uint64_t>{1});
}

TEST(UndoStack, LeavesOutWhatCannotComeBack) {
  const MadeLayout layout;
  layout.tag("a", "one");
  layout.tag("a", "two");
  undo(layout);
  layout.tag("a", "three");
  const UndoStack stack = read_undo_stack(layout.open());
  EXPECT_TRUE(stack.redoable.empty());
  EXPECT_EQ(numbers(stack.undoable), (std::vector<std::uint64_t>{4, 1}));
}

}  // namespace
}  // namespace imgops
