#include "libimgops/diff/merge.hpp"

#include "libimgops/diff/compare.hpp"
#include "libimgops/store/memory_blobs.hpp"
#include "libimgops/tree/union.hpp"
#include "tests/support/layer_builder.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace imgops {
namespace {

using testing::LayerBuilder;
using Lines = std::vector<std::string>;

// A base with two changes of it, and what the merge says.
struct Meeting {
  MemoryBlobs blobs;
  LayerCache cache{blobs, std::nullopt};
  Tree base, ours, theirs;
  MergeOptions options;

  explicit Meeting(LayerBuilder layer) : base(on(Tree(), layer)), ours(base), theirs(base) {}
  static Tree on(const Tree& lower, LayerBuilder& layer) {
    SilentObserver silent;
    const auto index = layer.build();
    return apply_layers(lower, std::span(&index, 1), 0, silent);
  }
  Meeting& mine(LayerBuilder layer) {
    ours = on(base, layer);
    return *this;
  }
  Meeting& other(LayerBuilder layer) {
    theirs = on(base, layer);
    return *this;
  }
  // A tree of its own, as a new base is.
  Meeting& newcomer(LayerBuilder layer) {
    theirs = on(Tree(), layer);
    return *this;
  }
  Meeting& policy(MergePolicy policy) {
    options.policy = policy;
    return *this;
  }
  MergeResult run() { return merge(base, ours, theirs, cache, options); }

  // "verdict path", of conflicts "kind path", settled ones with "=" and who won.
  Lines verdicts() {
    Lines lines;
    for (const MergedPath& path : run().paths) {
      std::string line(path.kind ? name(*path.kind) : name(path.verdict));
      line += " " + path.path;
      if (path.settlement) {
        line += *path.settlement == Settlement::ours     ? " = ours"
                : *path.settlement == Settlement::theirs ? " = theirs"
                                                         : " = given";
      }
      lines.push_back(line);
    }
    return lines;
  }
  // "path text", directories with a slash, links with their target; no root.
  Lines tree() {
    const MergeResult result = run();
    ContentReader contents(cache);
    Lines lines;
    for (const Node& node : result.tree.nodes()) {
      if (node.path().empty()) continue;
      std::string line(node.path());
      if (node.inode()->type() == FileType::directory) line += "/";
      if (node.inode()->type() == FileType::symlink) {
        line += " -> " + std::string(node.inode()->link_target());
      }
      if (node.inode()->content().origin != nullptr) {
        line += " " + contents.text(node.inode()->content(), 1000);
      }
      lines.push_back(line);
    }
    return lines;
  }
};

LayerBuilder layer() {
  return {};
}

TEST(Merge, WhatNobodyChangedIsNotListed) {
  Meeting meeting(layer().file("a", "1"));
  EXPECT_EQ(meeting.verdicts(), Lines{});
}

TEST(Merge, AChangeOfTheirsIsTaken) {
  Meeting meeting(layer().file("a", "1"));
  meeting.other(layer().file("a", "2"));
  EXPECT_EQ(meeting.verdicts(), Lines{"take-new a"});
  EXPECT_EQ(meeting.tree(), Lines{"a 2"});
}

TEST(Merge, AChangeOfOursIsKept) {
  Meeting meeting(layer().file("a", "1"));
  meeting.mine(layer().file("a", "2"));
  EXPECT_EQ(meeting.verdicts(), Lines{"keep-app a"});
  EXPECT_EQ(meeting.tree(), Lines{"a 2"});
}

TEST(Merge, AnIdenticalCopyInOursDoesNotHideAChangeOfTheirs) {
  Meeting meeting(layer().file("a", "1"));
  meeting.mine(layer().file("a", "1")).other(layer().file("a", "2"));
  EXPECT_EQ(meeting.verdicts(), Lines{"take-new a"});
  EXPECT_EQ(meeting.tree(), Lines{"a 2"});
}

TEST(Merge, TheSameChangeOnBothSidesIsNoConflict) {
  Meeting meeting(layer().file("a", "1"));
  meeting.mine(layer().file("a", "2")).other(layer().file("a", "2"));
  EXPECT_EQ(meeting.verdicts(), Lines{"same a"});
}

TEST(Merge, ATimeAloneIsNoChange) {
  Meeting meeting(layer().file("a", "1"));
  LayerBuilder later = layer().file("a", "1");
  later.last().mtime = {99, 0};
  meeting.mine(later).other(layer().file("a", "2"));
  EXPECT_EQ(meeting.verdicts(), Lines{"take-new a"});
}

TEST(Merge, DifferentContentsAreAConflict) {
  Meeting meeting(layer().file("a", "1"));
  meeting.mine(layer().file("a", "2")).other(layer().file("a", "3"));
  EXPECT_EQ(meeting.verdicts(), Lines{"content a"});
  EXPECT_TRUE(meeting.run().is_open());
}

TEST(Merge, APolicySettlesConflictsAndNothingElse) {
  Meeting meeting(layer().file("a", "1").file("b", "1").file("c", "1"));
  meeting.mine(layer().file("a", "2").file("b", "2")).other(layer().file("a", "3").file("c", "3"));
  EXPECT_EQ(meeting.policy(MergePolicy::ours).tree(), (Lines{"a 2", "b 2", "c 3"}));
  EXPECT_EQ(meeting.policy(MergePolicy::theirs).tree(), (Lines{"a 3", "b 2", "c 3"}));
}

TEST(Merge, AResolutionSettlesOnePath) {
  Meeting meeting(layer().file("a", "1").file("b", "1"));
  meeting.mine(layer().file("a", "2").file("b", "2")).other(layer().file("a", "3").file("b", "3"));
  meeting.options.resolutions["a"] = {Settlement::given, "mine"};
  EXPECT_EQ(meeting.verdicts(), (Lines{"content a = given", "content b"}));
  meeting.options.resolutions["b"] = {Settlement::theirs, {}};
  EXPECT_EQ(meeting.tree(), (Lines{"a mine", "b 3"}));
}

TEST(Merge, AContentThatIsGivenFindsADirectory) {
  Meeting meeting(LayerBuilder().directory("opt").file("opt/tool", "1"));
  meeting.mine(LayerBuilder().whiteout("opt"));
  meeting.other(LayerBuilder().directory("opt").file("opt/tool", "2"));
  meeting.options.resolutions["opt/tool"] = {Settlement::given, "mine"};
  const MergeResult result = meeting.run();
  ASSERT_FALSE(result.is_open());
  ASSERT_NE(result.tree.find("opt/tool"), nullptr);
  ASSERT_NE(result.tree.find("opt"), nullptr);
  EXPECT_EQ(result.tree.find("opt")->inode()->type(), FileType::directory);
}

TEST(Merge, WhatOneSideRemovedAndTheOtherChangedIsAConflict) {
  Meeting meeting(layer().file("a", "1").file("b", "1"));
  meeting.mine(layer().whiteout("a").file("b", "2")).other(layer().file("a", "2").whiteout("b"));
  EXPECT_EQ(meeting.verdicts(), (Lines{"deleted-changed a", "deleted-changed b"}));
}

TEST(Merge, AFileAddedToADirectoryThatOursRemovedIsHidden) {
  Meeting meeting(layer().directory("d").file("d/a", "1"));
  meeting.mine(layer().whiteout("d")).other(layer().file("d/b", "2"));
  EXPECT_EQ(meeting.verdicts(), (Lines{"keep-app d", "keep-app d/a", "hidden d/b"}));
  EXPECT_EQ(meeting.policy(MergePolicy::ours).tree(), Lines{});
  EXPECT_EQ(meeting.policy(MergePolicy::theirs).tree(), (Lines{"d/", "d/b 2"}));
}

TEST(Merge, AFileAddedToADirectoryThatOursEmptiedIsHidden) {
  Meeting meeting(layer().directory("d").file("d/a", "1"));
  meeting.mine(layer().directory("d").opaque("d").file("d/own", "x"))
      .other(layer().file("d/b", "2"));
  const std::vector<std::string> emptied = {"d"};
  meeting.options.emptied = emptied;
  EXPECT_EQ(meeting.verdicts(), (Lines{"keep-app d/a", "hidden d/b", "keep-app d/own"}));
}

TEST(Merge, AHiddenDirectoryIsOneConflictHoweverMuchIsInside) {
  Meeting meeting(layer().directory("d"));
  meeting.mine(layer().whiteout("d"))
      .other(layer().directory("d/e").file("d/e/x", "1").file("d/e/y", "1"));
  EXPECT_EQ(meeting.verdicts(), (Lines{"keep-app d", "hidden d/e"}));
  EXPECT_EQ(meeting.policy(MergePolicy::theirs).tree(),
            (Lines{"d/", "d/e/", "d/e/x 1", "d/e/y 1"}));
}

TEST(Merge, ADirectoryAgainstALinkIsAConflictOfTypes) {
  Meeting meeting(layer().directory("usr"));
  meeting.mine(layer().directory("lib").file("lib/a", "1"))
      .other(layer().directory("usr/lib").symlink("lib", "usr/lib"));
  EXPECT_EQ(meeting.verdicts(), (Lines{"type lib", "take-new usr/lib"}));
  EXPECT_EQ(meeting.policy(MergePolicy::ours).tree(),
            (Lines{"lib/", "lib/a 1", "usr/", "usr/lib/"}));
  EXPECT_EQ(meeting.policy(MergePolicy::theirs).tree(),
            (Lines{"lib -> usr/lib", "usr/", "usr/lib/"}));
}

TEST(Merge, AFileOfOursThroughALinkOfTheirsIsAConflict) {
  Meeting meeting(layer().directory("lib").file("lib/old", "1").directory("usr"));
  meeting.mine(layer().file("lib/a", "1"))
      .newcomer(layer().directory("usr").directory("usr/lib").symlink("lib", "usr/lib"));
  const Lines verdicts = meeting.verdicts();
  EXPECT_EQ(verdicts,
            (Lines{"take-new lib", "through-link lib/a", "take-new lib/old", "take-new usr/lib"}));
}

TEST(Merge, AFileThatIsKeptGoesWhereTheLinkLeads) {
  Meeting meeting(layer().directory("lib").directory("usr"));
  meeting.mine(layer().directory("lib/d").file("lib/d/a", "1"))
      .newcomer(layer().directory("usr").directory("usr/lib").symlink("lib", "usr/lib"));
  EXPECT_EQ(meeting.policy(MergePolicy::ours).tree(),
            (Lines{"lib -> usr/lib", "usr/", "usr/lib/", "usr/lib/d/", "usr/lib/d/a 1"}));
  EXPECT_EQ(meeting.policy(MergePolicy::theirs).tree(),
            (Lines{"lib -> usr/lib", "usr/", "usr/lib/"}));
}

TEST(Merge, AFileOfADirectoryThatOursKeepsStaysThereAlone) {
  // Both sides changed the directory, so it is a conflict of its own, and what is in it follows.
  Meeting meeting(layer().directory("d").file("d/own", "1"));
  meeting.mine(layer().directory("d", 0700).file("d/own", "2"))
      .newcomer(layer().directory("usr").symlink("d", "usr"))
      .policy(MergePolicy::ours);
  const MergeResult result = meeting.run();
  EXPECT_NE(result.tree.find("d/own"), nullptr);
  EXPECT_EQ(result.tree.find("usr/own"), nullptr);
}

TEST(Merge, AFileThatWouldGoWhereNoDirectoryIsStaysOpen) {
  Meeting meeting(layer().directory("d").file("d/own", "1").directory("usr"));
  meeting.mine(layer().file("d/own", "2").file("usr", "ours"))
      .newcomer(layer().directory("usr", 0700).symlink("d", "usr"))
      .policy(MergePolicy::ours);
  EXPECT_TRUE(meeting.run().is_open());
}

TEST(Merge, ADirectoryThatTheirsRemovedStaysForWhatOursPutThere) {
  Meeting meeting(layer().directory("d").file("d/a", "1"));
  meeting.mine(layer().file("d/own", "x")).other(layer().whiteout("d"));
  EXPECT_EQ(meeting.verdicts(), (Lines{"keep-app d", "take-new d/a", "keep-app d/own"}));
  EXPECT_EQ(meeting.tree(), (Lines{"d/", "d/own x"}));
}

TEST(Merge, AWinnersDirectoriesComeWithItsFiles) {
  Meeting meeting(layer().directory("usr"));
  meeting.mine(layer().file("usr/l", "1")).other(layer().file("usr", "2"));
  EXPECT_EQ(meeting.verdicts(), (Lines{"take-new usr", "type usr/l"}));
  EXPECT_EQ(meeting.policy(MergePolicy::ours).tree(), (Lines{"usr/", "usr/l 1"}));
  EXPECT_EQ(meeting.policy(MergePolicy::theirs).tree(), Lines{"usr 2"});
}

TEST(Merge, ALinkToAFileThatTheirsChangedIsAConflict) {
  Meeting meeting(layer().file("a", "1"));
  meeting.mine(layer().hard_link("c", "a")).other(layer().file("a", "2"));
  EXPECT_EQ(meeting.verdicts(), (Lines{"take-new a", "hardlink c"}));
  EXPECT_EQ(meeting.policy(MergePolicy::ours).tree(), (Lines{"a 1", "c 1"}));
  EXPECT_EQ(meeting.policy(MergePolicy::theirs).tree(), (Lines{"a 2", "c 2"}));
}

TEST(Merge, ALinkOfOursToAFileThatTheirsCopiedStaysALink) {
  Meeting meeting(layer().file("a", "1"));
  meeting.mine(layer().hard_link("c", "a")).newcomer(layer().file("a", "1"));
  EXPECT_EQ(meeting.verdicts(), Lines{"keep-app c"});
  const MergeResult result = meeting.run();
  EXPECT_EQ(result.tree.find("a")->inode(), result.tree.find("c")->inode());
}

TEST(Merge, ANameThatOursSeparatedStaysSeparate) {
  Meeting meeting(layer().file("a", "1").hard_link("b", "a"));
  meeting.mine(layer().file("a", "2"));
  EXPECT_EQ(meeting.tree(), (Lines{"a 2", "b 1"}));
}

TEST(Merge, LinksOfBothSidesToOneFileAreOneFile) {
  Meeting meeting(layer().file("a", "1"));
  meeting.mine(layer().hard_link("c", "a")).other(layer().hard_link("d", "a"));
  const MergeResult result = meeting.run();
  ASSERT_FALSE(result.is_open());
  EXPECT_EQ(result.tree.find("c")->inode(), result.tree.find("d")->inode());
  EXPECT_EQ(result.tree.find("a")->inode(), result.tree.find("d")->inode());
}

// Joins lines; gives up on anything with a "!".
class Joiner final : public MergeDriver {
 public:
  std::string_view name() const noexcept override { return "joiner"; }
  bool handles(std::string_view path) const override { return path == "list"; }
  DriverOutcome merge(std::string_view /*path*/, const ThreeTexts& texts) const override {
    if (texts.theirs.find('!') != std::string_view::npos) return {std::nullopt, "a mark", false};
    return {std::string(texts.ours) + std::string(texts.theirs), "joined", false};
  }
};

TEST(Merge, ADriverMakesOneContentOfTwo) {
  Meeting meeting(layer().file("list", "0"));
  meeting.mine(layer().file("list", "1")).other(layer().file("list", "2"));
  const Joiner joiner;
  const MergeDriver* const drivers[] = {&joiner};
  meeting.options.drivers = drivers;
  EXPECT_EQ(meeting.verdicts(), Lines{"merged list"});
  EXPECT_EQ(meeting.tree(), Lines{"list 12"});
}

TEST(Merge, ADriverThatGivesUpIsAConflict) {
  Meeting meeting(layer().file("list", "0"));
  meeting.mine(layer().file("list", "1")).other(layer().file("list", "2!"));
  const Joiner joiner;
  const MergeDriver* const drivers[] = {&joiner};
  meeting.options.drivers = drivers;
  EXPECT_EQ(meeting.verdicts(), Lines{"driver list"});
  EXPECT_EQ(meeting.run().paths[0].reason, "a mark");
}

TEST(Merge, AttributesOfAMergedFileAreOfWhoChangedThem) {
  Meeting meeting(layer().file("list", "0"));
  LayerBuilder mine = layer().file("list", "1");
  mine.last().mode = 0600;
  LayerBuilder other = layer().file("list", "2");
  other.last().uid = 7;
  meeting.mine(mine).other(other);
  const Joiner joiner;
  const MergeDriver* const drivers[] = {&joiner};
  meeting.options.drivers = drivers;
  const MergeResult result = meeting.run();
  EXPECT_EQ(result.tree.find("list")->inode()->mode(), 0600);
  EXPECT_EQ(result.tree.find("list")->inode()->uid(), 7U);
}

}  // namespace
}  // namespace imgops
