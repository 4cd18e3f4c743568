#include "libimgops/ops/patch_base.hpp"

#include "tests/ops/patch_workshop.hpp"
#include "tests/support/errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace imgops {
namespace {

using testing::error_of;
using ::testing::HasSubstr;
using testing::kind_of;
using testing::LayerBuilder;
using testing::PatchWorkshop;

std::shared_ptr<const LayerIndex> fix() {
  return LayerBuilder().file("usr/lib/library", "new library").build();
}

TEST(PatchInPlace, TheLayerThatProvidesAPathHasTheNewContent) {
  PatchWorkshop shop;
  const BasePatch patch = shop.patch(shop.base(), fix());
  EXPECT_TRUE(shop.shows(patch.new_image, "usr/lib/library", "new library"));
}

TEST(PatchInPlace, OldContentsAreInNoLayer) {
  PatchWorkshop shop;
  const BasePatch patch = shop.patch(shop.base(), fix());
  EXPECT_TRUE(shop.holds(shop.base(), "old library"));
  EXPECT_FALSE(shop.holds(patch.new_image, "old library"));
}

// As after RUN chmod.
TEST(PatchInPlace, OldContentsThatALowerLayerHoldsAsWellAreInNoLayer) {
  PatchWorkshop shop;
  LayerBuilder copy;
  copy.directory("usr").directory("usr/lib").file("usr/lib/library", "old library");
  copy.last().mode = 0600;
  const Image base = shop.add_raw(shop.base(), *copy.build());
  const BasePatch patch = shop.patch(base, fix());
  EXPECT_FALSE(shop.holds(patch.new_image, "old library"));
  EXPECT_TRUE(shop.shows(patch.new_image, "usr/lib/library", "new library"));
  EXPECT_TRUE(shop.shows(keep_layers(patch.new_image, 2), "usr/lib/library", "new library"));
}

TEST(PatchInPlace, LayersThatProvideNothingOfItKeepTheirBlobs) {
  PatchWorkshop shop;
  const Image base = shop.base();
  const BasePatch patch = shop.patch(base, fix());
  ASSERT_EQ(patch.new_image.layers().size(), 2U);
  EXPECT_EQ(patch.new_image.layers()[1].descriptor, base.layers()[1].descriptor);
  EXPECT_FALSE(patch.new_image.layers()[0].descriptor == base.layers()[0].descriptor);
}

TEST(PatchInPlace, TheHistoryStaysAsItWas) {
  PatchWorkshop shop;
  const Image base = shop.base();
  const BasePatch patch = shop.patch(base, fix());
  EXPECT_EQ(patch.new_image.configuration_json()["history"], base.configuration_json()["history"]);
}

TEST(PatchInPlace, ANewPathGoesIntoTheLastLayerWithItsParents) {
  PatchWorkshop shop;
  const Image base = shop.base();
  const BasePatch patch = shop.patch(base, LayerBuilder().file("usr/lib/added", "added").build());
  EXPECT_EQ(patch.new_image.layers()[0].descriptor, base.layers()[0].descriptor);
  const auto layer =
      shop.cache.open(patch.new_image.layers().subspan(1), shop.workers, shop.observer).front();
  std::vector<std::string> paths;
  for (const LayerEntry& entry : layer->entries) paths.emplace_back(std::string_view(entry.path));
  EXPECT_THAT(paths, ::testing::ElementsAre("bin", "bin/tool", "usr", "usr/lib", "usr/lib/added"));
}

TEST(PatchInPlace, ADeletedPathLeavesEveryLayer) {
  PatchWorkshop shop;
  Image base = shop.base();
  base = shop.add(base, LayerBuilder().file("usr/lib/library", "newer library").build());
  const BasePatch patch =
      shop.patch(base, LayerBuilder().build(), PatchPlace::in_place, {"usr/lib/library"});
  EXPECT_FALSE(shop.holds(patch.new_image, "old library"));
  EXPECT_FALSE(shop.holds(patch.new_image, "newer library"));
  EXPECT_EQ(patch.new_image.layers().size(), 3U);
}

TEST(PatchInPlace, AnotherNameOfAReplacedFileKeepsItsContent) {
  PatchWorkshop shop;
  Image base = empty_image({"linux", "amd64", ""}, MediaFamily::oci);
  base = shop.add(
      base, LayerBuilder().file("a", "shared").hard_link("b", "a").hard_link("c", "a").build());
  const BasePatch patch = shop.patch(base, LayerBuilder().file("a", "changed").build());
  EXPECT_TRUE(shop.shows(patch.new_image, "a", "changed"));
  EXPECT_TRUE(shop.shows(patch.new_image, "b", "shared"));
  const Tree tree = view(shop.operation, patch.new_image);
  EXPECT_EQ(tree.find("b")->inode(), tree.find("c")->inode());
}

TEST(PatchInPlace, AnotherNameThatIsListedTwiceKeepsItsContent) {
  PatchWorkshop shop;
  Image base = empty_image({"linux", "amd64", ""}, MediaFamily::oci);
  base = shop.add_raw(
      base, *LayerBuilder().file("a", "shared").hard_link("b", "a").hard_link("b", "a").build());
  const BasePatch patch = shop.patch(base, LayerBuilder().file("a", "changed").build());
  EXPECT_TRUE(shop.shows(patch.new_image, "a", "changed"));
  EXPECT_TRUE(shop.shows(patch.new_image, "b", "shared"));
}

TEST(PatchInPlace, ANameThatWasALinkBeforeItWasAFileLeavesOthersAsTheyWere) {
  PatchWorkshop shop;
  Image base = empty_image({"linux", "amd64", ""}, MediaFamily::oci);
  base = shop.add_raw(base, *LayerBuilder()
                                 .file("a", "shared")
                                 .hard_link("b", "a")
                                 .hard_link("c", "b")
                                 .file("b", "other")
                                 .build());
  const BasePatch patch = shop.patch(base, LayerBuilder().file("a", "changed").build());
  EXPECT_TRUE(shop.shows(patch.new_image, "b", "other"));
  EXPECT_TRUE(shop.shows(patch.new_image, "c", "shared"));
}

TEST(PatchInPlace, NamesOfOneNewFileStayOneFile) {
  PatchWorkshop shop;
  const BasePatch patch = shop.patch(
      shop.base(),
      LayerBuilder().file("bin/tool", "both").hard_link("usr/lib/tool", "bin/tool").build());
  const Tree tree = view(shop.operation, patch.new_image);
  ASSERT_NE(tree.find("usr/lib/tool"), nullptr);
  EXPECT_EQ(tree.find("bin/tool")->inode(), tree.find("usr/lib/tool")->inode());
}

TEST(PatchInPlace, MarkersAndOddEntriesOfAChangedLayerStay) {
  PatchWorkshop shop;
  Image base = shop.base();
  base = shop.add_raw(base, *LayerBuilder()
                                 .directory("usr")
                                 .directory("usr/lib")
                                 .whiteout("usr/lib/other")
                                 .file("usr/lib/library", "middle library")
                                 .whiteout("no/such/file")
                                 .build());
  const BasePatch patch = shop.patch(base, fix());
  EXPECT_FALSE(shop.holds(patch.new_image, "middle library"));
  const auto layer =
      shop.cache.open(patch.new_image.layers().subspan(2), shop.workers, shop.observer).front();
  const auto markers = std::ranges::count(layer->entries, EntryKind::whiteout, &LayerEntry::kind);
  EXPECT_EQ(markers, 2);
}

TEST(PatchInPlace, AChangeThatALayerAboveLinksToIsRefusedByName) {
  PatchWorkshop shop;
  Image base = shop.base();
  base = shop.add_raw(base, *LayerBuilder().hard_link("linked", "usr/lib/library").build());
  const auto error = error_of([&] { shop.patch(base, fix()); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::conflict);
  EXPECT_THAT(error->what(), HasSubstr("in place"));
}

TEST(PatchInPlace, PatchingAgainDoesNotGrowTheImage) {
  PatchWorkshop shop;
  const BasePatch first = shop.patch(shop.base(), fix());
  const BasePatch second =
      shop.patch(first.new_image, LayerBuilder().file("usr/lib/library", "third").build());
  EXPECT_EQ(second.new_image.layers().size(), 2U);
  EXPECT_FALSE(shop.holds(second.new_image, "new library"));
}

TEST(PatchInPlace, ThreadsDoNotChangeTheDigest) {
  PatchWorkshop one(1);
  PatchWorkshop many(16);
  EXPECT_EQ(one.patch(one.base(), fix()).new_image.descriptor(),
            many.patch(many.base(), fix()).new_image.descriptor());
}

TEST(PatchBase, WhatIsThereAlreadyChangesNothing) {
  PatchWorkshop shop;
  auto same = LayerBuilder().file("bin/tool", "old tool").build();
  const BasePatch patch = shop.patch(shop.base(), same);
  EXPECT_FALSE(patch.changed());
}

TEST(PatchAboveBase, OneLayerIsAddedAndTheOthersKeepTheirBlobs) {
  PatchWorkshop shop;
  const Image base = shop.base();
  const BasePatch patch = shop.patch(base, fix(), PatchPlace::above_base);
  ASSERT_EQ(patch.new_image.layers().size(), 3U);
  EXPECT_EQ(patch.new_image.layers()[0].descriptor, base.layers()[0].descriptor);
  EXPECT_TRUE(shop.shows(patch.new_image, "usr/lib/library", "new library"));
}

TEST(PatchAboveBase, ASecondPatchReplacesTheFirstPatchLayer) {
  PatchWorkshop shop;
  const BasePatch first = shop.patch(shop.base(), fix(), PatchPlace::above_base);
  const BasePatch second = shop.patch(
      first.new_image, LayerBuilder().file("bin/tool", "new tool").build(), PatchPlace::above_base);
  EXPECT_EQ(second.new_image.layers().size(), 3U);
  EXPECT_TRUE(shop.shows(second.new_image, "usr/lib/library", "new library"));
  EXPECT_TRUE(shop.shows(second.new_image, "bin/tool", "new tool"));
}

TEST(PatchAboveBase, APatchOfAnotherKindTakesThePlaceOfThePatchLayer) {
  PatchWorkshop shop;
  const BasePatch first = shop.patch(shop.base(), fix(), PatchPlace::above_base);
  const BasePatch second = shop.patch(
      first.new_image, LayerBuilder().file("bin/tool", "new tool").build(), PatchPlace::on_top);
  EXPECT_EQ(second.new_image.layers().size(), 3U);
  EXPECT_TRUE(shop.shows(second.new_image, "usr/lib/library", "new library"));
  EXPECT_TRUE(shop.shows(second.new_image, "bin/tool", "new tool"));
}

TEST(PatchTo, TheOtherImageIsTheNewBase) {
  PatchWorkshop shop;
  const Image base = shop.base();
  const Image other = shop.add(base, fix());
  const BasePatch patch = plan_patch_to(shop.operation, base, other, {});
  EXPECT_EQ(patch.new_image.descriptor(), other.descriptor());
  ASSERT_FALSE(patch.changes.empty());
}

// ---- what a patch may not do
// ---------------------------------------------------------------------

std::string refusal(const LayerBuilder& files) {
  LayerBuilder copy = files;
  PatchWorkshop shop;
  const auto error = error_of([&] { shop.patch(shop.base(), copy.build()); });
  if (!error || error->kind() != ErrorKind::conflict) return "";
  return error->what();
}

TEST(PatchRefusals, AMarker) {
  EXPECT_THAT(refusal(LayerBuilder().whiteout("bin/tool")),
              HasSubstr("/bin/tool: a patch holds no whiteouts"));
}

TEST(PatchRefusals, AFileInThePlaceOfADirectory) {
  EXPECT_THAT(refusal(LayerBuilder().file("usr/lib", "x")),
              HasSubstr("/usr/lib: would replace a directory by a file"));
}

TEST(PatchRefusals, AFileInThePlaceOfALinkToADirectory) {
  EXPECT_THAT(refusal(LayerBuilder().file("lib", "x")),
              HasSubstr("/lib: would replace a link to a directory"));
}

TEST(PatchRefusals, ADirectoryInThePlaceOfAFile) {
  EXPECT_THAT(refusal(LayerBuilder().directory("bin/tool")),
              HasSubstr("/bin/tool: a directory would replace a file"));
}

TEST(PatchRefusals, ANameThatLeadsThroughALinkOfThePatch) {
  EXPECT_THAT(refusal(LayerBuilder().symlink("way", "usr").file("way/lib/library", "x")),
              HasSubstr("/way/lib/library: lies behind a file or link of the patch itself"));
}

TEST(PatchRefusals, ANameBelowAFileOfTheImage) {
  EXPECT_THAT(refusal(LayerBuilder().file("bin/tool/part", "x")),
              HasSubstr("/bin/tool/part: its directory is a file"));
}

TEST(PatchRefusals, AFileBehindALinkToADirectoryGoesWhereTheLinkLeads) {
  PatchWorkshop shop;
  const BasePatch patch =
      shop.patch(shop.base(), LayerBuilder().file("lib/library", "new library").build());
  EXPECT_TRUE(shop.shows(patch.new_image, "usr/lib/library", "new library"));
}

TEST(PatchShadow, AFileThatThePatchRemovesAndTheImageBringsBackIsTold) {
  PatchWorkshop shop;
  const Image base = shop.base();
  const Image app = shop.add(base, LayerBuilder().file("usr/lib/library", "mine").build());
  const BasePatch patch =
      shop.patch(base, LayerBuilder().build(), PatchPlace::in_place, {"usr/lib/library"});
  const PatchedChild child = shop.child(patch, app);
  EXPECT_EQ(child.status, PatchStatus::shadowed);
  ASSERT_EQ(child.shadowed.size(), 1U);
  EXPECT_EQ(name(child.shadowed.front().reason), "restored");
}

}  // namespace
}  // namespace imgops
