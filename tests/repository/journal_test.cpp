#include "libimgops/repository/journal.hpp"

#include "tests/repository/made_layout.hpp"
#include "tests/support/errors.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

namespace fs = std::filesystem;
using made::MadeLayout;

std::uint64_t last_number(const MadeLayout& layout) {
  const auto record = last_record(layout.state());
  return record ? record->number : 0;
}

void tag_often(const MadeLayout& layout, int times) {
  for (int time = 0; time < times; ++time) layout.tag("a", "image " + std::to_string(time));
}

fs::path hint(const MadeLayout& layout) {
  return layout.state() / "journal" / "last";
}

TEST(Journal, TheHintNamesTheLastRecord) {
  const MadeLayout layout;
  tag_often(layout, 3);
  EXPECT_EQ(MadeLayout::read(hint(layout)), "00000000000000000003\n");
}

TEST(Journal, WithoutTheHintTheLastRecordIsFound) {
  const MadeLayout layout;
  tag_often(layout, 3);
  fs::remove(hint(layout));
  EXPECT_EQ(last_number(layout), 3U);
}

TEST(Journal, AHintThatIsLateIsFollowedUpwards) {
  const MadeLayout layout;
  tag_often(layout, 5);
  MadeLayout::write(hint(layout), "00000000000000000002\n");
  EXPECT_EQ(last_number(layout), 5U);
}

TEST(Journal, AHintAtARecordThatIsGoneIsNotBelieved) {
  const MadeLayout layout;
  tag_often(layout, 3);
  MadeLayout::write(hint(layout), "00000000000000000009\n");
  EXPECT_EQ(last_number(layout), 3U);
}

class JournalHint : public ::testing::TestWithParam<std::string> {};

TEST_P(JournalHint, ThatIsNoNumberIsNotBelieved) {
  const MadeLayout layout;
  tag_often(layout, 3);
  MadeLayout::write(hint(layout), GetParam());
  EXPECT_EQ(last_number(layout), 3U);
}

INSTANTIATE_TEST_SUITE_P(Texts, JournalHint,
                         ::testing::Values("", "x\n", "-1\n", "1", "00000000000000000000\n",
                                           "99999999999999999999999999999999\n",
                                           std::string(200, '1')));

TEST(Journal, AHintThatIsALinkIsNotFollowed) {
  const MadeLayout layout;
  tag_often(layout, 2);
  const made::TemporaryDirectory elsewhere;
  MadeLayout::write(elsewhere.path() / "file", "kept");
  fs::remove(hint(layout));
  fs::create_symlink(elsewhere.path() / "file", hint(layout));
  tag_often(layout, 2);
  EXPECT_EQ(last_number(layout), 4U);
  EXPECT_EQ(MadeLayout::read(elsewhere.path() / "file"), "kept");
}

TEST(Journal, ARecordTellsTheEntryThatWas) {
  const MadeLayout layout;
  const Descriptor entry = layout.image("one")
                               .with_annotation(annotation_ref_name, "a")
                               .with_annotation("note", "kept")
                               .with_platform({"linux", "arm64", "v8"});
  layout.write_index(Index::empty().with_manifests({entry}).text());
  layout.tag("a", "two");
  const auto record = find_record(layout.state(), 1);
  ASSERT_TRUE(record);
  ASSERT_TRUE(record->moves.front().old_entry);
  EXPECT_EQ(record->moves.front().old_entry->json(), entry.json());
}

TEST(Journal, ARecordOfANewNameTellsNoEntry) {
  const MadeLayout layout;
  layout.tag("a", "one");
  EXPECT_EQ(find_record(layout.state(), 1)->moves.front().old_entry, std::nullopt);
}

TEST(Journal, ARecordThatIsNotThereIsNothing) {
  const MadeLayout layout;
  EXPECT_FALSE(find_record(layout.state(), 1));
}

TEST(Journal, ARecordOfAnOlderProgramIsRead) {
  const MadeLayout layout;
  MadeLayout::write(layout.state() / "journal" / "00000001.json",
                    R"({"schema":"imgops/journal/1","number":1,"state":"committed","when":"w",)"
                    R"("command":"c","names":[{"name":"a","old":null,"new":")" +
                        layout.digest("one").to_string() + R"("}]})");
  const auto record = last_record(layout.state());
  ASSERT_TRUE(record);
  EXPECT_EQ(record->kind, RecordKind::operation);
  EXPECT_EQ(record->moves.front().new_digest, layout.digest("one"));
}

}  // namespace
}  // namespace imgops
