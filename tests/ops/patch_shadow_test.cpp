#include "libimgops/ops/shadow.hpp"
#include "tests/ops/patch_workshop.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace imgops {
namespace {

using testing::carry;
using testing::LayerBuilder;
using testing::PatchWorkshop;

std::shared_ptr<const LayerIndex> fix() {
  return LayerBuilder().file("usr/lib/library", "new library").build();
}

// ---- the ways to hide a patch
// --------------------------------------------------------------------

// One way: layers above the base, what is said of them, and what the child then shows.
struct Way {
  std::string name;
  std::vector<std::function<void(LayerBuilder&)>> layers;
  PatchStatus status;
  std::string path;    // hidden or in conflict
  std::size_t layer;   // who hides it, above the base
  std::string reason;  // of hiding, or the kind of the conflict
};

const std::vector<Way>& ways() {
  using B = LayerBuilder;
  static const std::vector<Way> all = {
      {"nothing of it", {[](B& b) { b.file("srv", "x"); }}, PatchStatus::patched, "", 0, ""},
      {"a neighbour in the same directory",
       {[](B& b) { b.directory("usr").directory("usr/lib").file("usr/lib/mine", "x"); }},
       PatchStatus::patched,
       "",
       0,
       ""},
      {"a copy of the new file",
       {[](B& b) { b.file("usr/lib/library", "new library"); }},
       PatchStatus::patched,
       "",
       0,
       ""},
      {"another content",
       {[](B& b) { b.file("usr/lib/library", "mine"); }},
       PatchStatus::shadowed,
       "usr/lib/library",
       0,
       "rewritten"},
      {"the old content again",
       {[](B& b) { b.file("usr/lib/library", "old library"); }},
       PatchStatus::shadowed,
       "usr/lib/library",
       0,
       "copied"},
      {"the old content with another mode",
       {[](B& b) {
         b.file("usr/lib/library", "old library");
         b.last().mode = 0600;
       }},
       PatchStatus::shadowed,
       "usr/lib/library",
       0,
       "copied"},
      {"the new content with another mode",
       {[](B& b) {
         b.file("usr/lib/library", "new library");
         b.last().mode = 0600;
       }},
       PatchStatus::shadowed,
       "usr/lib/library",
       0,
       "rewritten"},
      {"a whiteout",
       {[](B& b) { b.whiteout("usr/lib/library"); }},
       PatchStatus::shadowed,
       "usr/lib/library",
       0,
       "deleted"},
      {"a whiteout of the directory",
       {[](B& b) { b.whiteout("usr/lib"); }},
       PatchStatus::shadowed,
       "usr/lib/library",
       0,
       "deleted"},
      {"a whiteout of a directory above",
       {[](B& b) { b.whiteout("usr"); }},
       PatchStatus::shadowed,
       "usr/lib/library",
       0,
       "deleted"},
      {"an emptied directory made again",
       {[](B& b) { b.whiteout("usr/lib"); }, [](B& b) { b.directory("usr").directory("usr/lib"); }},
       PatchStatus::shadowed,
       "usr/lib/library",
       0,
       "deleted"},
      {"a link in its place",
       {[](B& b) { b.symlink("usr/lib/library", "other"); }},
       PatchStatus::shadowed,
       "usr/lib/library",
       0,
       "rewritten"},
      {"a second name of another file in its place",
       {[](B& b) { b.file("usr/lib/mine", "mine").hard_link("usr/lib/library", "usr/lib/mine"); }},
       PatchStatus::shadowed,
       "usr/lib/library",
       0,
       "rewritten"},
      {"a second name of a lower file in its place",
       {[](B& b) { b.hard_link("usr/lib/library", "usr/lib/other"); }},
       PatchStatus::shadowed,
       "usr/lib/library",
       0,
       "rewritten"},
      {"a second name beside it",
       {[](B& b) { b.hard_link("usr/lib/again", "usr/lib/library"); }},
       PatchStatus::patched,
       "",
       0,
       ""},
      {"a directory in its place",
       {[](B& b) { b.directory("usr/lib/library"); }},
       PatchStatus::conflict,
       "usr/lib/library",
       0,
       "type"},
      {"a file inside its name",
       {[](B& b) { b.file("usr/lib/library/part", "x"); }},
       PatchStatus::conflict,
       "usr/lib/library",
       0,
       "type"},
      {"a link in the place of its directory",
       {[](B& b) { b.symlink("usr/lib", "lib64"); }},
       PatchStatus::conflict,
       "usr/lib/library",
       0,
       "type"},
      {"a file in the place of a directory above",
       {[](B& b) { b.file("usr", "x"); }},
       PatchStatus::conflict,
       "usr/lib/library",
       0,
       "type"},
      {"removed and brought back",
       {[](B& b) { b.whiteout("usr/lib/library"); },
        [](B& b) { b.file("usr/lib/library", "mine"); }},
       PatchStatus::shadowed,
       "usr/lib/library",
       1,
       "rewritten"},
      {"written twice: the upper one hides it",
       {[](B& b) { b.file("usr/lib/library", "first"); },
        [](B& b) { b.file("usr/lib/library", "second"); }},
       PatchStatus::shadowed,
       "usr/lib/library",
       1,
       "rewritten"},
      {"written and then removed",
       {[](B& b) { b.file("usr/lib/library", "first"); },
        [](B& b) { b.whiteout("usr/lib/library"); }},
       PatchStatus::shadowed,
       "usr/lib/library",
       1,
       "deleted"},
      {"the same name through a link of its own layer",
       {[](B& b) { b.symlink("way", "usr/lib").file("way/library", "mine"); }},
       PatchStatus::shadowed,
       "usr/lib/library",
       0,
       "rewritten"},
      {"the same name through a link of the base, which runtimes do not follow",
       {[](B& b) { b.file("lib/library", "mine"); }},
       PatchStatus::patched,
       "",
       0,
       ""},
  };
  return all;
}

Image with_way(PatchWorkshop& shop, Image image, const Way& way) {
  for (const auto& make : way.layers) {
    LayerBuilder layer;
    make(layer);
    const auto built = layer.build();
    shop.held.push_back(built);
    image = shop.add_raw(image, *built);
  }
  return image;
}

void judge_way(const Way& way, PatchPlace place) {
  PatchWorkshop shop;
  const Image base = shop.base();
  const Image app = with_way(shop, base, way);
  const PatchedChild child = shop.child(shop.patch(base, fix(), place), app);
  SCOPED_TRACE(way.name + ", " + std::string(name(place)));
  EXPECT_EQ(name(child.status), name(way.status));
  if (way.status == PatchStatus::shadowed) {
    ASSERT_EQ(child.shadowed.size(), 1U);
    EXPECT_EQ(child.shadowed.front().path, way.path);
    EXPECT_EQ(child.shadowed.front().layer, base.layers().size() + way.layer);
    EXPECT_EQ(name(child.shadowed.front().reason), way.reason);
  } else if (way.status == PatchStatus::conflict) {
    ASSERT_EQ(child.conflicts.size(), 1U);
    EXPECT_EQ(child.conflicts.front().path, way.path);
    EXPECT_EQ(name(child.conflicts.front().kind), way.reason);
    EXPECT_EQ(child.image.descriptor(), app.descriptor());
  }
}

TEST(PatchShadow, EveryWayToHideAPathIsTold) {
  for (const Way& way : ways()) {
    for (const PatchPlace place : {PatchPlace::in_place, PatchPlace::above_base}) {
      judge_way(way, place);
    }
  }
}

// The status must agree with what the image shows, which is found without any of this code.
TEST(PatchShadow, WhatIsCalledPatchedShowsTheNewFileAndWhatIsShadowedDoesNot) {
  for (const Way& way : ways()) {
    if (way.status == PatchStatus::conflict) continue;
    for (const PatchPlace place : {PatchPlace::in_place, PatchPlace::above_base}) {
      PatchWorkshop shop;
      const Image base = shop.base();
      const PatchedChild child =
          shop.child(shop.patch(base, fix(), place), with_way(shop, base, way));
      const Tree tree = view(shop.operation, child.image);
      const Node* const node = tree.find("usr/lib/library");
      const bool is_new = node != nullptr && node->inode()->mode() == 0644 &&
                          shop.shows(child.image, "usr/lib/library", "new library");
      EXPECT_EQ(is_new, way.status == PatchStatus::patched) << way.name << ", " << name(place);
    }
  }
}

TEST(PatchShadow, OnTopNothingIsHidden) {
  for (const Way& way : ways()) {
    PatchWorkshop shop;
    const Image base = shop.base();
    const Image app = with_way(shop, base, way);
    const PatchedChild child = shop.child(shop.patch(base, fix(), PatchPlace::on_top), app, true);
    if (child.status == PatchStatus::conflict) continue;
    EXPECT_EQ(child.status, PatchStatus::patched) << way.name;
    EXPECT_TRUE(shop.shows(child.image, "usr/lib/library", "new library")) << way.name;
  }
}

// What is merged for one name would be lost with the other, which the image's own link keeps.
TEST(PatchShadow, ACopyThatTheImageLinkedToIsNotCalledMerged) {
  PatchWorkshop shop;
  const Image base = shop.base();
  const Image app = shop.add_raw(base, *LayerBuilder()
                                            .directory("usr")
                                            .directory("usr/lib")
                                            .file("usr/lib/library", "old library")
                                            .hard_link("usr/lib/mine", "usr/lib/library")
                                            .build());
  const BasePatch patch = shop.patch(base, fix());
  const MergeChoices merge = testing::choices();
  const auto results = carry(shop, patch, {{"app:1", app}}, &merge);
  const PatchedChild& child = results.front().child;
  EXPECT_EQ(name(child.status), "shadowed");
  EXPECT_TRUE(shop.shows(child.image, "usr/lib/library", "old library"));
}

TEST(PatchShadow, APatchOfTimesAloneIsJudgedWhateverTheChildRemoves) {
  for (const PatchPlace place :
       {PatchPlace::in_place, PatchPlace::above_base, PatchPlace::on_top}) {
    PatchWorkshop shop;
    const Image base = shop.add(
        empty_image({"linux", "amd64", ""}, MediaFamily::oci),
        LayerBuilder().directory("usr").file("usr/file", "same").file("own", "own").build());
    const Image app = shop.add(base, LayerBuilder().build(), {"own"});
    LayerBuilder later;
    later.file("usr/file", "same");
    later.last().mtime = {1'700'000'001, 0};
    const PatchedChild child = shop.child(shop.patch(base, later.build(), place), app, true);
    EXPECT_EQ(name(child.status), "patched") << name(place);
  }
}

TEST(PatchShadow, AHardLinkToWhatThePatchRemovesIsAConflictThatNoMergeSettles) {
  for (const PatchPlace place : {PatchPlace::in_place, PatchPlace::above_base}) {
    for (const bool merges : {false, true}) {
      PatchWorkshop shop;
      const Image base = shop.base();
      const Image app =
          shop.add_raw(base, *LayerBuilder().hard_link("usr/lib/again", "usr/lib/other").build());
      const Image bystander =
          shop.add(base, LayerBuilder().directory("srv").file("srv/app", "app").build());
      const BasePatch patch = shop.patch(base, fix(), place, {"usr/lib/other"});
      const MergeChoices merge = testing::choices();
      const auto results = carry(shop, patch, {{"app:1", app}, {"bystander:1", bystander}},
                                 merges ? &merge : nullptr);
      const PatchedChild& child = results[0].child;
      EXPECT_EQ(name(child.status), "conflict") << name(place);
      ASSERT_EQ(child.conflicts.size(), 1U);
      EXPECT_EQ(child.conflicts.front().path, "usr/lib/other");
      EXPECT_EQ(child.conflicts.front().layer, 2U);
      EXPECT_EQ(name(child.conflicts.front().kind), "deleted-changed");
      EXPECT_EQ(name(results[1].child.status), "patched");
    }
  }
}

}  // namespace
}  // namespace imgops
