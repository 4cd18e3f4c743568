#include "libimgops/ops/patch_fleet.hpp"

#include "tests/ops/patch_workshop.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace imgops {
namespace {

using testing::carry;
using testing::choices;
using testing::DatabaseWorkshop;
using testing::LayerBuilder;
using testing::PatchWorkshop;
using testing::status;

std::shared_ptr<const LayerIndex> fix() {
  return LayerBuilder().file("usr/lib/library", "new library").build();
}

TEST(PatchFleet, ABaseBuiltOnTheBaseIsPatchedWithWhatStandsOnIt) {
  PatchWorkshop shop;
  const Image base = shop.base();
  const Image middle = shop.add(base, LayerBuilder().file("middle", "m").build());
  const Image app = shop.add(middle, LayerBuilder().file("app", "a").build());
  const BasePatch patch = shop.patch(base, fix());
  const auto results = carry(shop, patch, {{"app:1", app}, {"middle:1", middle}});
  EXPECT_TRUE(shop.shows(results[0].child.image, "usr/lib/library", "new library"));
  EXPECT_EQ(shared_layer_count(results[0].child.image, results[1].child.image), 3U);
}

TEST(PatchFleet, AnImageNamesTheNearestPatchedBase) {
  PatchWorkshop shop;
  const Image base = shop.base();
  const Image middle = shop.add(base, LayerBuilder().file("middle", "m").build());
  const Image app = shop.add(middle, LayerBuilder().file("app", "a").build());
  const BasePatch patch = shop.patch(base, fix());
  const auto results = carry(shop, patch, {{"app:1", app}, {"middle:1", middle}});
  EXPECT_EQ(results[0].child.image.annotation(annotation_base_name), "middle:1");
  EXPECT_EQ(results[0].child.image.annotation(annotation_base_digest),
            results[1].child.image.descriptor().digest().to_string());
  EXPECT_EQ(results[1].child.image.annotation(annotation_base_digest),
            patch.new_image.descriptor().digest().to_string());
}

TEST(PatchFleet, AnotherNameOfTheBaseMovesWithIt) {
  PatchWorkshop shop;
  const Image base = shop.base();
  const Image labelled = edit_configuration(
      base, [](Json& configuration) { configuration["config"]["Labels"]["a"] = "b"; });
  for (const PatchPlace place :
       {PatchPlace::in_place, PatchPlace::above_base, PatchPlace::on_top}) {
    const BasePatch patch = shop.patch(base, fix(), place);
    const auto results = carry(shop, patch, {{"other:1", labelled}});
    EXPECT_TRUE(results[0].is_base);
    EXPECT_TRUE(shop.shows(results[0].child.image, "usr/lib/library", "new library"));
  }
}

TEST(PatchFleet, ThreadsDoNotChangeTheDigests) {
  std::vector<Digest> digests;
  for (const std::size_t threads : {1U, 16U}) {
    PatchWorkshop shop(threads);
    const Image base = shop.base();
    std::vector<FleetImage> images;
    for (int number = 0; number < 20; ++number) {
      const std::string name = "app" + std::to_string(number);
      images.push_back({name, shop.add(base, LayerBuilder().file(name, name).build())});
    }
    const auto results = carry(shop, shop.patch(base, fix()), images);
    for (const FleetResult& result : results) {
      digests.push_back(result.child.image.descriptor().digest());
    }
  }
  EXPECT_TRUE(std::equal(digests.begin(), digests.begin() + 20, digests.begin() + 20));
}

// ---- --merge
// -------------------------------------------------------------------------------------

TEST(PatchMerge, AHiddenDatabaseIsMergedInALayerOfItsOwn) {
  for (const PatchPlace place :
       {PatchPlace::in_place, PatchPlace::above_base, PatchPlace::on_top}) {
    DatabaseWorkshop shop;
    const Image base = shop.base_image();
    const Image app = shop.with_own_package(base);
    const MergeChoices merge = choices();
    const auto results = carry(shop, shop.patch(base, DatabaseWorkshop::update("2"), place),
                               {{"app:1", app}}, &merge);
    SCOPED_TRACE(name(place));
    EXPECT_EQ(name(results[0].child.status), "patched");
    EXPECT_THAT(results[0].child.merged, ::testing::ElementsAre("var/lib/dpkg/status"));
    EXPECT_TRUE(shop.shows(results[0].child.image, "var/lib/dpkg/status",
                           status("library", "2") + "\n" + status("tool", "7")));
  }
}

TEST(PatchMerge, PatchingAgainReplacesTheResolution) {
  for (const PatchPlace place : {PatchPlace::in_place, PatchPlace::above_base}) {
    DatabaseWorkshop shop;
    const Image base = shop.base_image();
    const Image app = shop.with_own_package(base);
    const MergeChoices merge = choices();
    const BasePatch first = shop.patch(base, DatabaseWorkshop::update("2"), place);
    const Image once = carry(shop, first, {{"app:1", app}}, &merge)[0].child.image;
    const BasePatch second = shop.patch(first.new_image, DatabaseWorkshop::update("3"), place);
    const auto twice = carry(shop, second, {{"app:1", once}}, &merge)[0].child;
    SCOPED_TRACE(name(place));
    EXPECT_EQ(name(twice.status), "patched");
    EXPECT_EQ(twice.image.layers().size(), once.layers().size());
    EXPECT_TRUE(shop.shows(twice.image, "var/lib/dpkg/status",
                           status("library", "3") + "\n" + status("tool", "7")));
  }
}

TEST(PatchMerge, WhatCannotBeMergedStaysTheImagesAndIsTold) {
  DatabaseWorkshop shop;
  const Image base = shop.base_image();
  const Image app =
      shop.add(base, LayerBuilder().file("usr/lib/library", std::string("mine\0", 5)).build());
  const MergeChoices merge = choices();
  const auto child =
      carry(shop, shop.patch(base, DatabaseWorkshop::update("2")), {{"app:1", app}}, &merge)[0]
          .child;
  EXPECT_EQ(name(child.status), "shadowed");
  ASSERT_EQ(child.shadowed.size(), 1U);
  EXPECT_EQ(child.shadowed[0].path, "usr/lib/library");
}

}  // namespace
}  // namespace imgops
