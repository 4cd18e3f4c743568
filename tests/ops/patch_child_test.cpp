#include "libimgops/ops/patch_child.hpp"

#include "tests/ops/patch_workshop.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace imgops {
namespace {

using ::testing::ElementsAre;
using testing::LayerBuilder;
using testing::PatchWorkshop;

std::shared_ptr<const LayerIndex> fix() {
  return LayerBuilder().file("usr/lib/library", "new library").build();
}

Image application(PatchWorkshop& shop, const Image& base) {
  return shop.add(base, LayerBuilder().directory("srv").file("srv/app", "app").build());
}

TEST(PatchChild, InPlaceItHasTheLayersOfTheNewBaseAndItsOwn) {
  PatchWorkshop shop;
  const Image base = shop.base();
  const Image app = application(shop, base);
  const BasePatch patch = shop.patch(base, fix());
  const PatchedChild child = shop.child(patch, app);
  ASSERT_EQ(child.image.layers().size(), 3U);
  EXPECT_EQ(shared_layer_count(child.image, patch.new_image), 2U);
  EXPECT_EQ(child.image.layers()[2].descriptor, app.layers()[2].descriptor);
  EXPECT_TRUE(shop.shows(child.image, "usr/lib/library", "new library"));
}

TEST(PatchChild, AboveTheBaseThePatchLayerIsTheSameInEveryChild) {
  PatchWorkshop shop;
  const Image base = shop.base();
  const BasePatch patch = shop.patch(base, fix(), PatchPlace::above_base);
  const Image one = shop.child(patch, application(shop, base)).image;
  const Image other =
      shop.child(patch, shop.add(base, LayerBuilder().file("x", "x").build())).image;
  EXPECT_EQ(one.layers()[2].descriptor, patch.layer->descriptor);
  EXPECT_EQ(other.layers()[2].descriptor, patch.layer->descriptor);
}

TEST(PatchChild, OnTopThePatchLayerIsTheUppermost) {
  PatchWorkshop shop;
  const Image base = shop.base();
  const Image app = application(shop, base);
  const BasePatch patch = shop.patch(base, fix(), PatchPlace::on_top);
  const PatchedChild child = shop.child(patch, app);
  ASSERT_EQ(child.image.layers().size(), 4U);
  EXPECT_EQ(child.image.layers()[2].descriptor, app.layers()[2].descriptor);
  EXPECT_EQ(child.image.layers()[3].descriptor, patch.layer->descriptor);
}

TEST(PatchChild, ASecondPatchOfTheSameKindReplacesTheFirstInChildrenToo) {
  for (const PatchPlace place : {PatchPlace::above_base, PatchPlace::on_top}) {
    PatchWorkshop shop;
    const Image base = shop.base();
    const BasePatch first = shop.patch(base, fix(), place);
    const Image once = shop.child(first, application(shop, base)).image;
    const BasePatch second =
        shop.patch(first.new_image, LayerBuilder().file("bin/tool", "new tool").build(), place);
    const PatchedChild twice = shop.child(second, once);
    EXPECT_EQ(twice.image.layers().size(), once.layers().size()) << name(place);
    EXPECT_TRUE(shop.shows(twice.image, "usr/lib/library", "new library")) << name(place);
    EXPECT_TRUE(shop.shows(twice.image, "bin/tool", "new tool")) << name(place);
  }
}

TEST(PatchChild, AChildLeftBehindByAnEarlierPatchGetsTheWhole) {
  PatchWorkshop shop;
  const Image base = shop.base();
  const Image behind = application(shop, base);
  const BasePatch first = shop.patch(base, fix(), PatchPlace::above_base);
  const BasePatch second = shop.patch(
      first.new_image, LayerBuilder().file("bin/tool", "new tool").build(), PatchPlace::above_base);
  const Image image = shop.child(second, behind).image;
  EXPECT_TRUE(shop.shows(image, "usr/lib/library", "new library"));
  EXPECT_EQ(image.layers().size(), 4U);
}

TEST(PatchChild, HistoryAndLayersStayOfOneLength) {
  for (const PatchPlace place :
       {PatchPlace::in_place, PatchPlace::above_base, PatchPlace::on_top}) {
    PatchWorkshop shop;
    const Image base = shop.base();
    const Image child = shop.child(shop.patch(base, fix(), place), application(shop, base)).image;
    EXPECT_TRUE(pair_history(child.history(), child.layers().size()).consistent) << name(place);
    EXPECT_EQ(child.history().size(), child.layers().size()) << name(place);
  }
}

TEST(PatchChild, AnImageOfAnotherBaseStaysAsItIs) {
  PatchWorkshop shop;
  const Image other = shop.add(empty_image({"linux", "amd64", ""}, MediaFamily::oci),
                               LayerBuilder().file("x", "x").build());
  const PatchedChild child = shop.child(shop.patch(shop.base(), fix()), other);
  EXPECT_EQ(child.status, PatchStatus::unchanged);
  EXPECT_EQ(child.image.descriptor(), other.descriptor());
}

TEST(PatchChild, NoByteOfOwnLayersIsReadTwiceForTheSameStack) {
  PatchWorkshop shop;
  const Image base = shop.base();
  const Image app = application(shop, base);
  const BasePatch patch = shop.patch(base, fix());
  ChildOptions options;
  ChildPatcher patcher(shop.operation, patch, options);
  const Image labelled = edit_configuration(
      app, [](Json& configuration) { configuration["config"]["Labels"]["a"] = "b"; });
  EXPECT_EQ(patcher.patch(app).status, PatchStatus::patched);
  EXPECT_EQ(patcher.patch(labelled).status, PatchStatus::patched);
}

TEST(PatchOnTop, AHardLinkToWhatThePatchRemovesStays) {
  PatchWorkshop shop;
  const Image base = shop.base();
  const Image app =
      shop.add_raw(base, *LayerBuilder().hard_link("usr/lib/again", "usr/lib/other").build());
  const BasePatch patch = shop.patch(base, fix(), PatchPlace::on_top, {"usr/lib/other"});
  const PatchedChild child = shop.child(patch, app);
  EXPECT_EQ(name(child.status), "patched");
  EXPECT_TRUE(shop.shows(child.image, "usr/lib/again", "other"));
}

TEST(PatchOnTop, AnOwnFileThatWouldBeOverriddenIsAConflict) {
  PatchWorkshop shop;
  const Image base = shop.base();
  const Image app = shop.add(base, LayerBuilder().file("usr/lib/library", "mine").build());
  const BasePatch patch = shop.patch(base, fix(), PatchPlace::on_top);
  const PatchedChild child = shop.child(patch, app);
  EXPECT_EQ(child.status, PatchStatus::conflict);
  ASSERT_EQ(child.conflicts.size(), 1U);
  EXPECT_EQ(child.conflicts.front().path, "usr/lib/library");
  EXPECT_EQ(shop.child(patch, app, true).status, PatchStatus::patched);
}

TEST(PatchOnTop, ACopyOfTheOldFileIsOverriddenAndNamed) {
  PatchWorkshop shop;
  const Image base = shop.base();
  auto copy = LayerBuilder().file("usr/lib/library", "old library");
  copy.last().mode = 0600;
  const Image app = shop.add(base, copy.build());
  const PatchedChild child = shop.child(shop.patch(base, fix(), PatchPlace::on_top), app);
  EXPECT_EQ(child.status, PatchStatus::patched);
  EXPECT_THAT(child.overridden, ElementsAre("usr/lib/library"));
}

TEST(PatchOnTop, ADirectoryOfTheImageThatWouldChangeItsModeIsAConflict) {
  PatchWorkshop shop;
  const Image base = shop.base();
  const Image app =
      shop.add(base, LayerBuilder().directory("usr").directory("usr/lib", 0700).build());
  const PatchedChild child = shop.child(shop.patch(base, fix(), PatchPlace::on_top), app);
  EXPECT_EQ(child.status, PatchStatus::conflict);
  ASSERT_EQ(child.conflicts.size(), 1U);
  EXPECT_EQ(child.conflicts.front().path, "usr/lib");
}

}  // namespace
}  // namespace imgops
