#include "libimgops/diff/compare.hpp"

#include "libimgops/diff/apply.hpp"
#include "libimgops/diff/layer_plan.hpp"
#include "libimgops/store/memory_blobs.hpp"
#include "libimgops/tree/union.hpp"
#include "tests/support/layer_builder.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace imgops {
namespace {

using testing::LayerBuilder;

struct World {
  MemoryBlobs blobs;
  LayerCache cache{blobs, std::nullopt};

  static Tree on(const Tree& lower, const std::shared_ptr<const LayerIndex>& layer) {
    SilentObserver silent;
    return apply_layers(lower, std::span(&layer, 1), 0, silent);
  }
  std::vector<std::string> changed(const Tree& before, const Tree& after) {
    std::vector<std::string> result;
    for (const Change& change : compare(before, after, cache)) {
      const char* sign = change.before == nullptr ? "A " : change.after == nullptr ? "D " : "M ";
      result.push_back(sign + std::string(change.path()));
    }
    return result;
  }
  std::vector<std::string> planned(const Tree& before, const Tree& after) {
    std::vector<std::string> result;
    for (const PlannedMember& member : plan_layer(after, compare(before, after, cache))) {
      std::string line = member.kind() == EntryKind::whiteout    ? "whiteout "
                         : member.kind() == EntryKind::hard_link ? "link "
                                                                 : "";
      line += std::string(member.path());
      if (member.kind() == EntryKind::hard_link) line += " = " + std::string(member.link_path());
      result.push_back(line);
    }
    return result;
  }
};

using Lines = std::vector<std::string>;

TEST(Compare, EqualBytesInDifferentLayersAreNoChange) {
  World world;
  const Tree before = World::on(Tree(), LayerBuilder().file("a", "same").build());
  const Tree after = World::on(before, LayerBuilder().file("a", "same").build());
  EXPECT_EQ(world.changed(before, after), Lines{});
}

TEST(Compare, SameSizeAndTimeDoNotHideAnEdit) {
  World world;
  const Tree before = World::on(Tree(), LayerBuilder().file("a", "one").build());
  const Tree after = World::on(before, LayerBuilder().file("a", "two").build());
  EXPECT_EQ(world.changed(before, after), Lines{"M a"});
}

TEST(Compare, AVanishedSubtreeIsListedWhole) {
  World world;
  const Tree before = World::on(Tree(), LayerBuilder().directory("d").file("d/x", "").build());
  const Tree after = World::on(before, LayerBuilder().file("d", "now a file").build());
  EXPECT_EQ(world.changed(before, after), (Lines{"M d", "D d/x"}));
}

TEST(Compare, AnInventedTimeEqualsAny) {
  World world;
  LayerBuilder explicit_directory;
  explicit_directory.directory("d");
  explicit_directory.last().mtime = {77, 0};
  const Tree before = World::on(Tree(), LayerBuilder().file("d/x", "").build());
  const Tree after = World::on(before, explicit_directory.build());
  EXPECT_EQ(world.changed(before, after), Lines{});
}

TEST(Compare, SeparatedLinksAreAChangeOfLinks) {
  World world;
  const Tree before = World::on(Tree(), LayerBuilder().file("a", "x").hard_link("b", "a").build());
  const Tree after = World::on(Tree(), LayerBuilder().file("a", "x").file("b", "x").build());
  const ChangeSet changes = compare(before, after, world.cache);
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_TRUE(changes[0].differences.links);
}

TEST(Compare, ANameThatLeftItsGroupLeavesTheOthersUnchanged) {
  World world;
  const Tree before = World::on(Tree(), LayerBuilder().file("a", "x").hard_link("b", "a").build());
  const Tree after = World::on(before, LayerBuilder().whiteout("a").build());
  EXPECT_EQ(world.changed(before, after), Lines{"D a"});
}

TEST(Plan, WhiteoutsFollowTheirDirectoryAndParentsComeFirst) {
  World world;
  const Tree before =
      World::on(Tree(), LayerBuilder().directory("d").file("d/old", "").file("gone", "").build());
  const Tree after = World::on(
      before, LayerBuilder().whiteout("d/old").whiteout("gone").file("d/new", "x").build());
  EXPECT_EQ(world.planned(before, after), (Lines{"whiteout gone", "d", "whiteout d/old", "d/new"}));
}

TEST(Plan, ATypeChangeNeedsNoWhiteout) {
  World world;
  const Tree before = World::on(Tree(), LayerBuilder().directory("d").file("d/x", "").build());
  const Tree after = World::on(before, LayerBuilder().file("d", "f").build());
  EXPECT_EQ(world.planned(before, after), Lines{"d"});
}

TEST(Plan, AGroupIsWrittenWholeWhenANameJoins) {
  World world;
  const Tree before = World::on(Tree(), LayerBuilder().file("a", "x").build());
  const Tree after = World::on(before, LayerBuilder().hard_link("b", "a").build());
  EXPECT_EQ(world.planned(before, after), (Lines{"a", "link b = a"}));
}

TEST(Plan, FilesComeAfterAllDirectories) {
  World world;
  const Tree after = World::on(
      Tree(),
      LayerBuilder().directory("a").file("a/x", "1").directory("b").file("b/y", "2").build());
  EXPECT_EQ(world.planned(Tree(), after), (Lines{"a", "b", "a/x", "b/y"}));
}

TEST(Apply, LeadsFromOneTreeToTheOther) {
  World world;
  const Tree before =
      World::on(Tree(), LayerBuilder().directory("d").file("d/x", "1").file("y", "2").build());
  const Tree after = World::on(before, LayerBuilder().whiteout("d").file("y", "3").build());
  const ChangeSet changes = compare(before, after, world.cache);
  EXPECT_EQ(world.changed(imgops::apply(before, changes), after), Lines{});
  EXPECT_EQ(world.changed(imgops::apply(after, invert(changes)), before), Lines{});
}

}  // namespace
}  // namespace imgops
