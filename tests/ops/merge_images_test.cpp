#include "libimgops/ops/merge_images.hpp"

#include "libimgops/ops/merge_drivers.hpp"
#include "tests/ops/edit_workshop.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

using testing::EditWorkshop;
using testing::LayerBuilder;

struct Fork {
  EditWorkshop shop;
  Image base = shop.add(EditWorkshop::nothing(),
                        LayerBuilder().directory("etc").file("etc/list", "list"), "ADD base /");
  Image ours = shop.add(base, LayerBuilder().file("app", "1"), "COPY app");
  Image theirs = shop.add(base, LayerBuilder().file("tool", "1"), "COPY tool");

  MergedImage merge(const Image& left, const Image& right, const MergeChoices& choices = {}) {
    return merge_images(shop.operation, left, right, base, "MERGE", choices);
  }
};

Image with_user(const Image& image, const std::string& user) {
  return edit_configuration(image,
                            [&](Json& configuration) { configuration["config"]["User"] = user; });
}

TEST(MergeImages, BothSidesKeepTheirLayers) {
  Fork fork;
  const MergedImage result = fork.merge(fork.ours, fork.theirs);
  ASSERT_EQ(result.image.layers().size(), 3U);
  EXPECT_EQ(result.image.layers()[1].descriptor, fork.ours.layers()[1].descriptor);
  EXPECT_EQ(result.image.layers()[2].descriptor, fork.theirs.layers()[1].descriptor);
  EXPECT_FALSE(result.resolution);
  EXPECT_EQ(fork.shop.files(result.image), "app=1\netc/list=list\ntool=1\n");
}

TEST(MergeImages, WhatIsMergedAlreadyIsNothingToDo) {
  Fork fork;
  const Image once = fork.merge(fork.ours, fork.theirs).image;
  const MergedImage twice = fork.merge(once, fork.theirs);
  EXPECT_EQ(twice.kind, MergeKind::nothing);
  EXPECT_EQ(twice.image.descriptor(), once.descriptor());
  EXPECT_EQ(fork.merge(fork.ours, fork.base).kind, MergeKind::nothing);
  EXPECT_EQ(fork.merge(fork.ours, fork.ours).kind, MergeKind::nothing);
}

TEST(MergeImages, ABeginningIsMovedForwardToTheSameDigest) {
  Fork fork;
  const MergedImage result = fork.merge(fork.base, fork.theirs);
  EXPECT_EQ(result.kind, MergeKind::fast_forward);
  EXPECT_EQ(result.image.descriptor(), fork.theirs.descriptor());
}

TEST(MergeImages, APathBothChangedIsAConflictAndNothingIsMade) {
  Fork fork;
  const Image ours = fork.shop.add(fork.ours, LayerBuilder().file("both", "ours"), "COPY both");
  const Image theirs =
      fork.shop.add(fork.theirs, LayerBuilder().file("both", "theirs"), "COPY both");
  const MergedImage result = fork.merge(ours, theirs);
  EXPECT_TRUE(result.is_open());
  EXPECT_EQ(result.image.descriptor(), ours.descriptor());
}

TEST(MergeImages, WhatTheLayersOfTheirsWouldHideIsSaidByOneMoreLayer) {
  Fork fork;
  const Image ours = fork.shop.add(fork.ours, LayerBuilder().file("both", "ours"), "COPY both");
  const Image theirs =
      fork.shop.add(fork.theirs, LayerBuilder().file("both", "theirs"), "COPY both");
  MergeChoices choices;
  choices.policy = MergePolicy::ours;
  const MergedImage result = fork.merge(ours, theirs, choices);
  ASSERT_TRUE(result.resolution);
  EXPECT_EQ(result.image.layers().size(), 6U);
  EXPECT_EQ(result.image.history().back().created_by, "MERGE");
  EXPECT_EQ(fork.shop.files(result.image), "app=1\nboth=ours\netc/list=list\ntool=1\n");
}

TEST(MergeImages, WhatOursRemovedIsNotBroughtBackByACopyInTheirs) {
  Fork fork;
  LayerBuilder none;
  const Image ours = fork.shop.add(fork.ours, none, "RUN rm", {"etc/list"});
  const MergedImage result = fork.merge(ours, fork.theirs);
  EXPECT_EQ(fork.shop.files(result.image), "app=1\ntool=1\n");
}

TEST(MergeImages, SettingsAreMergedKeyByKey) {
  Fork fork;
  const Image theirs = with_user(fork.theirs, "app");
  const MergedImage result = fork.merge(fork.ours, theirs);
  EXPECT_EQ(result.image.configuration_json()["config"]["User"], "app");
  EXPECT_TRUE(fork.merge(with_user(fork.ours, "root"), theirs).is_open());
}

TEST(MergeImages, TheCommonBeginningEndsWhereStepsDiffer) {
  Fork fork;
  EXPECT_EQ(common_step_count(fork.ours, fork.theirs), 1U);
  const auto step = [](const std::string& text) { return HistoryEntry::make("", text, "", true); };
  const Image ours = replace_layers(fork.base, {1, 1}, nullptr, step("ENV a=1"));
  EXPECT_EQ(common_step_count(ours, replace_layers(fork.base, {1, 1}, nullptr, step("ENV a=1"))),
            2U);
  EXPECT_EQ(common_step_count(ours, replace_layers(fork.base, {1, 1}, nullptr, step("ENV a=2"))),
            1U);
}

// dpkg's database of an image with these packages; `more` is the rest of the first one's paragraph.
std::string database(const std::vector<std::string>& names, const std::string& more = {}) {
  std::string text;
  for (const std::string& name : names) {
    text += "Package: " + name +
            "\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n" +
            (text.empty() ? more : "") + "Description: d\n\n";
  }
  return text;
}

TEST(MergeImages, WhatAPackageNeedsAndTheOtherSideRemovedIsAProblem) {
  EditWorkshop shop;
  const auto with = [&](const Image& below, const std::string& status) {
    return shop.add(below, LayerBuilder().file("var/lib/dpkg/status", status), "RUN dpkg");
  };
  const Image base = shop.add(EditWorkshop::nothing(),
                              LayerBuilder()
                                  .directory("var")
                                  .directory("var/lib")
                                  .directory("var/lib/dpkg")
                                  .file("var/lib/dpkg/status", database({"library", "other"})),
                              "ADD base /");
  const Image ours = with(base, database({"app", "library", "other"}, "Depends: library\n"));
  const Image theirs = with(base, database({"other"}));
  MergeChoices choices;
  choices.drivers = standard_merge_drivers(MergeDriverOptions());
  const MergedImage result = merge_images(shop.operation, ours, theirs, base, "MERGE", choices);
  EXPECT_FALSE(result.is_open());
  ASSERT_EQ(result.problems.size(), 1U);
  EXPECT_EQ(result.problems[0].kind, PackageProblemKind::dependency);
  EXPECT_EQ(result.problems[0].subject, "app");
  EXPECT_TRUE(merge_images(shop.operation, ours, base, base, "MERGE", choices).problems.empty());
}

}  // namespace
}  // namespace imgops
