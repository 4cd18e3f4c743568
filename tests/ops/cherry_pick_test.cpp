#include "libimgops/ops/cherry_pick.hpp"

#include "libimgops/image/story.hpp"
#include "tests/ops/edit_workshop.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

using testing::EditWorkshop;
using testing::LayerBuilder;

Image base(EditWorkshop& shop) {
  return shop.add(EditWorkshop::nothing(), LayerBuilder().directory("etc").file("etc/list", "list"),
                  "ADD base /");
}

// Of `image` the steps from `first_step` on.
PickedSteps steps_from(const Image& image, std::size_t first_step) {
  return {keep_steps(image, first_step), image, first_step};
}

TEST(CherryPick, ALayerThatDoesWhatItDidKeepsItsBytes) {
  EditWorkshop shop;
  const Image source = shop.add(base(shop), LayerBuilder().file("tool", "1"), "COPY tool");
  const Image ours = shop.add(base(shop), LayerBuilder().file("app", "1"), "COPY app");
  const CherryPickResult result = cherry_pick(shop.operation, ours, steps_from(source, 1), {});
  ASSERT_EQ(result.image.layers().size(), 3U);
  EXPECT_EQ(result.image.layers().back().descriptor, source.layers().back().descriptor);
  EXPECT_EQ(result.image.history().back().created_by, "COPY tool");
  EXPECT_EQ(shop.files(result.image), "app=1\netc/list=list\ntool=1\n");
}

TEST(CherryPick, WhatIsThereAlreadyIsNothingToDo) {
  EditWorkshop shop;
  const Image source = shop.add(base(shop), LayerBuilder().file("tool", "1"), "COPY tool");
  const Image ours = shop.add(base(shop), LayerBuilder().file("app", "1"), "COPY app");
  const Image once = cherry_pick(shop.operation, ours, steps_from(source, 1), {}).image;
  const CherryPickResult twice = cherry_pick(shop.operation, once, steps_from(source, 1), {});
  EXPECT_FALSE(twice.changed);
  EXPECT_EQ(twice.image.descriptor(), once.descriptor());
}

TEST(CherryPick, ALayerThatChangesNothingThereIsNotPutThere) {
  EditWorkshop shop;
  const Image below = base(shop);
  // The same layer once more.
  Image source =
      append_layer(below, below.layers().front(), HistoryEntry::make("", "RUN true", "", false));
  const Image ours = shop.add(base(shop), LayerBuilder().file("app", "1"), "COPY app");
  EXPECT_FALSE(cherry_pick(shop.operation, ours, steps_from(source, 1), {}).changed);
  source = shop.add(source, LayerBuilder().file("tool", "1"), "COPY tool");
  const Image once = cherry_pick(shop.operation, ours, steps_from(source, 1), {}).image;
  EXPECT_EQ(once.layers().size(), 3U);
  EXPECT_FALSE(cherry_pick(shop.operation, once, steps_from(source, 1), {}).changed);
}

TEST(CherryPick, DamageInThePickedImageIsToldOfItAndOnce) {
  EditWorkshop shop;
  const Image below = base(shop);
  ImageLayer lost = below.layers().front();
  lost.descriptor =
      Descriptor(lost.descriptor.media_type(), Digest::parse("sha256:" + std::string(64, '1')), 4);
  lost.diff_id.digest = lost.descriptor.digest();
  PickedSteps picked =
      steps_from(append_layer(below, lost, HistoryEntry::make("", "RUN lose", "", false)), 1);
  picked.name = "picked:1";
  shop.operation.subject = "ours:1";
  try {
    cherry_pick(shop.operation, below, picked, {});
    FAIL() << "nothing is lost";
  } catch (const Error& error) {
    EXPECT_TRUE(std::string_view(error.what()).starts_with("picked:1: layer")) << error.what();
  }
}

TEST(CherryPick, AFileOfTheOtherThatOursLacksIsAConflict) {
  EditWorkshop shop;
  Image source = shop.add(base(shop), LayerBuilder().file("tool", "1"), "COPY tool");
  source = shop.add(source, LayerBuilder().file("tool", "2"), "RUN patch");
  const Image ours = base(shop);
  const CherryPickResult result = cherry_pick(shop.operation, ours, steps_from(source, 2), {});
  EXPECT_TRUE(result.is_open());
  EXPECT_EQ(result.image.descriptor(), ours.descriptor());
  ASSERT_EQ(result.verdicts.size(), 1U);
  EXPECT_EQ(result.verdicts.front().layer, 2U);
}

TEST(CherryPick, SettingsComeWithTheStepsThatMadeThem) {
  EditWorkshop shop;
  const Image below = base(shop);
  Image source = edit_configuration(
      below, [](Json& configuration) { configuration["config"]["User"] = "app"; });
  source = replace_layers(source, {1, 1}, nullptr, HistoryEntry::make("", "USER app", "", true));
  const Image ours = shop.add(below, LayerBuilder().file("app", "1"), "COPY app");
  const CherryPickResult result = cherry_pick(shop.operation, ours, {below, source, 1}, {});
  EXPECT_EQ(result.image.configuration_json()["config"]["User"], "app");
  EXPECT_EQ(result.image.layers().size(), 2U);
  EXPECT_EQ(result.image.history().back().created_by, "USER app");
}

TEST(CherryPick, ALayerAloneSetsNothing) {
  EditWorkshop shop;
  const Image below = base(shop);
  const Image source =
      edit_configuration(shop.add(below, LayerBuilder().file("tool", "1"), "COPY tool"),
                         [](Json& configuration) { configuration["config"]["User"] = "app"; });
  const CherryPickResult result = cherry_pick(shop.operation, below, {below, source, 1}, {});
  EXPECT_TRUE(result.settings.empty());
  EXPECT_EQ(find_field(result.image.configuration_json()["config"], "User"), nullptr);
}

}  // namespace
}  // namespace imgops
