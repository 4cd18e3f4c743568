// One patch after another: whether each is effective in an image is judged by what the image shows,
// not by what the base had already.
#include "tests/ops/patch_workshop.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace imgops {
namespace {

using testing::carry;
using testing::choices;
using testing::DatabaseWorkshop;
using ::testing::ElementsAre;
using testing::LayerBuilder;
using testing::PatchWorkshop;
using testing::status;

constexpr auto all_places = {PatchPlace::in_place, PatchPlace::above_base, PatchPlace::on_top};
constexpr auto lower_places = {PatchPlace::in_place, PatchPlace::above_base};

// A fleet of one image that has installed a package of its own, patched again and again.
struct Sequence : DatabaseWorkshop {
  Image base = base_image();
  Image app = with_own_package(base);
  std::vector<Image> past;  // of the base, newest first
  bool remembers = true;

  PatchedChild step(std::string_view version, PatchPlace place, bool merges) {
    BasePatch patch = plan(version, place);
    const MergeChoices merge = choices();
    const FleetResult result =
        carry(*this, patch, {{"app:1", app}}, merges ? &merge : nullptr).front();
    if (patch.changed()) past.insert(past.begin(), base);
    base = patch.new_image;
    app = result.child.image;
    return result.child;
  }

  BasePatch plan(std::string_view version, PatchPlace place) {
    BasePatch result = patch(base, update(version), place);
    result.packages = {"library"};
    std::vector<Tree> earlier;
    for (const Image& image : past) earlier.push_back(view(operation, image));
    if (remembers) add_earlier(operation, result, std::move(earlier));
    return result;
  }

  bool has_version(std::string_view version) {
    return shows(app, "var/lib/dpkg/status",
                 status("library", version) + "\n" + status("tool", "7"));
  }
};

TEST(PatchAgain, WhatAnImageHidesBecomesEffectiveByTheSamePatchWithMerge) {
  for (const PatchPlace place : lower_places) {
    SCOPED_TRACE(name(place));
    Sequence fleet;
    EXPECT_EQ(name(fleet.step("2", place, false).status), "shadowed");
    const PatchedChild child = fleet.step("2", place, true);
    EXPECT_EQ(name(child.status), "patched");
    EXPECT_THAT(child.merged, ElementsAre("var/lib/dpkg/status"));
    EXPECT_TRUE(fleet.has_version("2"));
  }
}

TEST(PatchAgain, TheSamePatchWithoutMergeStillSaysThatItIsHidden) {
  for (const PatchPlace place : lower_places) {
    SCOPED_TRACE(name(place));
    Sequence fleet;
    fleet.step("2", place, false);
    const PatchedChild child = fleet.step("2", place, false);
    EXPECT_EQ(name(child.status), "shadowed");
    ASSERT_EQ(child.shadowed.size(), 1U);
    EXPECT_EQ(child.shadowed.front().path, "var/lib/dpkg/status");
  }
}

TEST(PatchAgain, AMergeOfAnEarlierVersionIsNotTakenForOneOfThis) {
  for (const PatchPlace place : lower_places) {
    SCOPED_TRACE(name(place));
    Sequence fleet;
    EXPECT_EQ(name(fleet.step("2", place, true).status), "patched");
    EXPECT_EQ(name(fleet.step("3", place, false).status), "shadowed");
    EXPECT_TRUE(fleet.has_version("2"));
    const std::size_t layer_count = fleet.app.layers().size();
    EXPECT_EQ(name(fleet.step("3", place, true).status), "patched");
    EXPECT_TRUE(fleet.has_version("3"));
    EXPECT_EQ(fleet.app.layers().size(), layer_count);
  }
}

TEST(PatchAgain, AnImageLeftBehindByTwoVersionsIsMergedWithWhatItCameFrom) {
  for (const PatchPlace place : lower_places) {
    SCOPED_TRACE(name(place));
    Sequence fleet;
    fleet.step("2", place, false);
    EXPECT_EQ(name(fleet.step("3", place, true).status), "patched");
    EXPECT_TRUE(fleet.has_version("3"));
  }
}

TEST(PatchAgain, WhatWasMergedIsUnchangedWithAndWithoutMerge) {
  for (const PatchPlace place : lower_places) {
    for (const bool merges : {false, true}) {
      SCOPED_TRACE(name(place));
      Sequence fleet;
      fleet.step("2", place, true);
      const Image before = fleet.app;
      const PatchedChild child = fleet.step("2", place, merges);
      EXPECT_EQ(name(child.status), "unchanged");
      EXPECT_TRUE(child.merged.empty());
      EXPECT_EQ(fleet.app.descriptor(), before.descriptor());
    }
  }
}

TEST(PatchAgain, WithoutThePastOfTheBaseAHiddenDatabaseStaysHiddenAndIsTold) {
  Sequence fleet;
  fleet.remembers = false;
  fleet.step("2", PatchPlace::in_place, false);
  EXPECT_EQ(name(fleet.step("2", PatchPlace::in_place, true).status), "shadowed");
  EXPECT_TRUE(fleet.has_version("1"));
}

TEST(PatchAgain, AnotherPackageOfTheSamePatchDoesNotMakeAnOldOneCount) {
  // The base has library 2 already; the image's database does not, and only the tool is news.
  Sequence fleet;
  fleet.step("2", PatchPlace::in_place, false);
  fleet.remembers = false;
  const MergeChoices merge = choices();
  BasePatch patch = fleet.patch(
      fleet.base,
      LayerBuilder()
          .file("var/lib/dpkg/status", status("library", "2") + "\n" + status("other", "1"))
          .build());
  patch.packages = {"library", "other"};
  const PatchedChild child = carry(fleet, patch, {{"app:1", fleet.app}}, &merge).front().child;
  EXPECT_EQ(name(child.status), "shadowed");
}

TEST(PatchAgain, AFileThatAnEarlierPatchRemovedAndTheImageBringsBackIsTold) {
  PatchWorkshop shop;
  const Image base = shop.base();
  const Image app = shop.add(base, LayerBuilder().file("usr/lib/other", "mine").build());
  const auto files = LayerBuilder().file("usr/lib/library", "new library").build();
  const BasePatch first = shop.patch(base, files, PatchPlace::in_place, {"usr/lib/other"});
  const Image once = carry(shop, first, {{"app:1", app}}).front().child.image;
  BasePatch again = shop.patch(first.new_image, files);
  std::vector<Tree> earlier{view(shop.operation, base)};
  add_earlier(shop.operation, again, std::move(earlier));
  const PatchedChild child = carry(shop, again, {{"app:1", once}}).front().child;
  EXPECT_EQ(name(child.status), "shadowed");
  ASSERT_EQ(child.shadowed.size(), 1U);
  EXPECT_EQ(child.shadowed.front().path, "usr/lib/other");
}

TEST(PatchAgain, AFileOfTheSourcesThatTheBaseHasAlreadyAndAnImageHidesIsTold) {
  for (const PatchPlace place : all_places) {
    SCOPED_TRACE(name(place));
    PatchWorkshop shop;
    const Image base = shop.base();
    const Image app = shop.add(base, LayerBuilder().file("usr/lib/other", "mine").build());
    const BasePatch patch = shop.patch(base,
                                       LayerBuilder()
                                           .file("usr/lib/library", "new library")
                                           .file("usr/lib/other", "other")
                                           .build(),
                                       place);
    const PatchedChild child = shop.child(patch, app);
    EXPECT_EQ(name(child.status), "shadowed");
    ASSERT_EQ(child.shadowed.size(), 1U);
    EXPECT_EQ(child.shadowed.front().path, "usr/lib/other");
  }
}

// Whether an image has a version is plain to see: in the file, and in the paragraph of the
// database.
bool has_fix(PatchWorkshop& shop, const Image& image, const std::string& version) {
  const Tree tree = view(shop.operation, image);
  const Node* const database = tree.find("var/lib/dpkg/status");
  if (database == nullptr || database->inode()->type() != FileType::regular) return false;
  const std::string text = ContentReader(shop.cache).text(database->inode()->content(), 1 << 20);
  return text.find(status("library", version)) != std::string::npos &&
         shop.shows(image, "usr/lib/library", "library " + version);
}

TEST(PatchAgain, AfterAnySequenceOfPatchesWhatIsSaidOfAnImageIsWhatItShows) {
  std::size_t merged = 0;
  for (unsigned seed = 1; seed <= 40; ++seed) {
    Sequence fleet;
    unsigned random = seed * 2654435761U;
    const auto next = [&random](unsigned below) {
      random = random * 1664525U + 1013904223U;
      return (random >> 16U) % below;
    };
    if (next(4) == 0) fleet.app = fleet.add(fleet.base, LayerBuilder().file("app", "a").build());
    unsigned version = 2;
    std::string story;
    for (unsigned step = 0; step < 6; ++step) {
      if (next(2) == 0) ++version;
      const PatchPlace place = *(all_places.begin() + next(3));
      const bool merges = place == PatchPlace::on_top || next(2) == 0;
      const std::size_t layer_count = fleet.app.layers().size();
      const PatchedChild child = fleet.step(std::to_string(version), place, merges);
      story += std::to_string(version) + " " + std::string(name(place)) +
               (merges ? " --merge: " : ": ") + std::string(name(child.status)) + "\n";
      SCOPED_TRACE(story);
      EXPECT_EQ(has_fix(fleet, fleet.app, std::to_string(version)),
                child.status == PatchStatus::patched || child.status == PatchStatus::unchanged);
      EXPECT_TRUE(!merges || has_fix(fleet, fleet.app, std::to_string(version)));
      EXPECT_LE(fleet.app.layers().size(), layer_count + 2);
      EXPECT_LE(fleet.app.layers().size(), fleet.base.layers().size() + 2);
      if (!child.merged.empty()) ++merged;
    }
  }
  EXPECT_GE(merged, 30U);
}

// ---- one place after another
// ---------------------------------------------------------------------

void expect_patched_twice(PatchPlace first_place, PatchPlace second_place) {
  SCOPED_TRACE(std::string(name(first_place)) + ", then " + std::string(name(second_place)));
  PatchWorkshop shop;
  const Image base = shop.base();
  const Image app = shop.add(base, LayerBuilder().directory("srv").file("srv/app", "app").build());
  const BasePatch first = shop.patch(base,
                                     LayerBuilder()
                                         .file("usr/lib/library", "new library")
                                         .file("usr/lib/more", "first text")
                                         .build(),
                                     first_place);
  const Image once = shop.child(first, app).image;
  const auto files =
      LayerBuilder().file("bin/tool", "new tool").file("usr/lib/more", "second text").build();
  const BasePatch second = shop.patch(first.new_image, files, second_place);
  const PatchedChild twice = shop.child(second, once);
  EXPECT_EQ(name(twice.status), "patched");
  const bool has_layer =
      first_place != PatchPlace::in_place || second_place != PatchPlace::in_place;
  for (const Image& image : {second.new_image, twice.image}) {
    EXPECT_TRUE(shop.shows(image, "usr/lib/library", "new library"));
    EXPECT_TRUE(shop.shows(image, "usr/lib/more", "second text"));
    EXPECT_TRUE(shop.shows(image, "bin/tool", "new tool"));
    EXPECT_EQ(shop.holds(image, "first text"),
              first_place == PatchPlace::in_place && second_place != PatchPlace::in_place);
  }
  EXPECT_EQ(second.new_image.layers().size(), base.layers().size() + (has_layer ? 1 : 0));
  EXPECT_EQ(twice.image.layers().size(), app.layers().size() + (has_layer ? 1 : 0));
  EXPECT_TRUE(pair_history(twice.image.history(), twice.image.layers().size()).consistent);
  EXPECT_EQ(twice.image.history().size(), twice.image.layers().size());
  const BasePatch again = shop.patch(second.new_image, files, second_place);
  EXPECT_FALSE(again.changed());
  EXPECT_EQ(name(shop.child(again, twice.image).status), "unchanged");
}

TEST(PatchAgain, EveryPlaceAfterEveryOtherReachesTheImagesAndAddsNoSecondLayer) {
  for (const PatchPlace first : all_places) {
    for (const PatchPlace second : all_places) expect_patched_twice(first, second);
  }
}

TEST(PatchAgain, InPlaceAfterOnTopALayerOfTheImageBelowThePatchLayerHidesOnlyWhatLiesBelow) {
  PatchWorkshop shop;
  const Image base = shop.base();
  const Image app = shop.add(base, LayerBuilder().file("bin/tool", "my tool").build());
  const BasePatch first = shop.patch(
      base, LayerBuilder().file("usr/lib/library", "new library").build(), PatchPlace::on_top);
  const Image once = shop.child(first, app).image;
  const BasePatch second = shop.patch(
      first.new_image,
      LayerBuilder().file("usr/lib/library", "newer library").file("bin/tool", "new tool").build());
  const PatchedChild twice = shop.child(second, once);
  EXPECT_EQ(name(twice.status), "shadowed");
  ASSERT_EQ(twice.shadowed.size(), 1U);
  EXPECT_EQ(twice.shadowed.front().path, "bin/tool");
  EXPECT_EQ(twice.shadowed.front().layer, 2U);
  EXPECT_TRUE(shop.shows(twice.image, "usr/lib/library", "newer library"));
  EXPECT_EQ(twice.image.layers().back().descriptor, second.new_image.layers().back().descriptor);
}

TEST(PatchAgain, AnImageBuiltOnAnImageWithThePatchOnTopIsReached) {
  PatchWorkshop shop;
  const Image base = shop.base();
  const Image app = shop.add(base, LayerBuilder().file("app", "a").build());
  const BasePatch first = shop.patch(
      base, LayerBuilder().file("usr/lib/library", "new library").build(), PatchPlace::on_top);
  const Image once = shop.child(first, app).image;
  const Image higher = shop.add(once, LayerBuilder().file("usr/lib/library", "mine").build());
  const BasePatch second =
      shop.patch(first.new_image, LayerBuilder().file("usr/lib/library", "newer library").build());
  const PatchedChild child = shop.child(second, higher);
  EXPECT_EQ(name(child.status), "shadowed");
  ASSERT_EQ(child.shadowed.size(), 1U);
  EXPECT_EQ(child.shadowed.front().layer, 4U);
}

TEST(PatchAgain, AnotherImageInTheBasesPlaceTakesThePatchLayerAway) {
  PatchWorkshop shop;
  const Image base = shop.base();
  const Image app = shop.add(base, LayerBuilder().file("app", "a").build());
  const BasePatch first = shop.patch(
      base, LayerBuilder().file("usr/lib/library", "new library").build(), PatchPlace::on_top);
  const Image once = shop.child(first, app).image;
  const Image other = shop.add(base, LayerBuilder().file("usr/lib/library", "third").build());
  const BasePatch second = plan_patch_to(shop.operation, first.new_image, other, {});
  const PatchedChild child = shop.child(second, once);
  EXPECT_EQ(name(child.status), "patched");
  EXPECT_EQ(child.image.layers().size(), other.layers().size() + 1);
  EXPECT_TRUE(shop.shows(child.image, "usr/lib/library", "third"));
}

}  // namespace
}  // namespace imgops
