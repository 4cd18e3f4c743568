#include "libimgops/ops/edit_layers.hpp"

#include "tests/ops/edit_workshop.hpp"
#include "tests/support/errors.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

using testing::EditWorkshop;
using testing::error_of;
using testing::LayerBuilder;

// A base; a tool, its mode changed, a file of the base removed, a config step, an app.
Image sample(EditWorkshop& shop) {
  Image image = shop.add(EditWorkshop::nothing(),
                         LayerBuilder().directory("etc").file("etc/list", "list"), "ADD base /");
  image = shop.add(image, LayerBuilder().directory("opt").file("opt/tool", "1"), "RUN make");
  image = shop.add(image, LayerBuilder().directory("opt").file("opt/tool", "2"), "RUN patch");
  LayerBuilder nothing;
  image = shop.add(image, nothing, "RUN rm list", {"etc/list"});
  HistoryEntry command = HistoryEntry::make("", "CMD app", "", true);
  image = replace_layers(image, {4, 4}, nullptr, std::move(command));
  return shop.add(image, LayerBuilder().directory("srv").file("srv/app", "app"), "COPY app");
}

std::optional<EditPlan> plan_of(const Image& image, std::string_view list) {
  return read_plan(image, 1, parse_todo(list, "list"), "list");
}

EditResult edit(EditWorkshop& shop, const Image& image, std::string_view list,
                const MergeChoices& choices = {}) {
  return edit_layers(shop.operation, image, 1, *plan_of(image, list), choices);
}

std::string complaint(std::string_view list) {
  EditWorkshop shop;
  const Image image = sample(shop);
  const auto error = error_of([&] { plan_of(image, list); });
  if (!error) return "none";
  EXPECT_EQ(error->kind(), ErrorKind::invalid_argument);
  return error->what();
}

// "RUN make|*CMD app|", the star for a step without a layer.
std::string story(const Image& image) {
  std::string text;
  for (const HistoryEntry& entry : image.history()) {
    text += (entry.empty_layer ? "*" : "") + entry.created_by + "|";
  }
  return text;
}

TEST(EditPlan, TheListShownChangesNothing) {
  EditWorkshop shop;
  const Image image = sample(shop);
  const EditResult result = edit(shop, image, print_todo(todo_of(image, 1)));
  EXPECT_FALSE(result.changed);
  EXPECT_EQ(result.image.descriptor(), image.descriptor());
}

TEST(EditPlan, AnEmptyListIsNoPlan) {
  EditWorkshop shop;
  EXPECT_FALSE(plan_of(sample(shop), "# nothing\n"));
}

TEST(EditPlan, ALayerThatOccursTwiceIsNamedByItsHeight) {
  EditWorkshop shop;
  Image image = sample(shop);
  image = append_layer(image, image.layers()[1], HistoryEntry::make("", "RUN again", "", false));
  const auto lines = todo_of(image, 1);
  EXPECT_EQ(lines.front().layer, "~4");
  EXPECT_EQ(lines.back().layer, "~0");
  EXPECT_EQ(edit(shop, image, print_todo(lines)).image.descriptor(), image.descriptor());
  const std::string prefix = image.layers()[1].descriptor.digest().short_text();
  const auto error = error_of([&] { plan_of(image, "pick " + prefix); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->hint(), "write ~4 or ~0");
}

TEST(EditPlan, ALayerLeftOutIsAnError) {
  EXPECT_EQ(complaint("p ~3\np ~2\np ~1\n").substr(0, 14), "list: layer ~0");
}

TEST(EditPlan, WhatNamesNoLayerIsAnErrorOfItsLine) {
  EXPECT_EQ(complaint("p ~3\np ~3\n"), "list:2: ~3 is named a second time");
  EXPECT_EQ(complaint("p ~4\n"), "list:1: ~4 is a layer of the base");
  EXPECT_EQ(complaint("p ~9\n"), "list:1: ~9: there are 5 layers");
  EXPECT_EQ(complaint("p ~x\n"), "list:1: '~x' is not ~N");
  EXPECT_EQ(complaint("p abc\n"), "list:1: 'abc': a layer is named by four digits at least, or ~N");
  EXPECT_EQ(complaint("p gggg\n"), "list:1: no layer begins with 'gggg'");
}

TEST(EditPlan, ASquashNeedsALineToGoInto) {
  EXPECT_EQ(complaint("s ~3\n"), "list:1: squash without a line above to squash into");
  EXPECT_EQ(complaint("d ~3\ns ~2\n"), "list:2: squash without a line above to squash into");
  EXPECT_EQ(complaint("p ~3\nt app:x\ns ~2\n"),
            "list:3: squash into the line above the tag: the tag would name half of it");
}

TEST(EditPlan, TagsAreNamesAndGivenOnce) {
  EXPECT_EQ(complaint("p ~3\nt a b\n"), "list:2: 'a b' is no name for an image");
  EXPECT_EQ(complaint("p ~3\nt app:x\nt app:x\n"), "list:3: app:x is given a second time");
}

TEST(EditLayers, ADroppedLayerGoesAndItsConfigStepsStay) {
  EditWorkshop shop;
  const Image image = sample(shop);
  const EditResult result = edit(shop, image, "p ~3\np ~2\nd ~1\np ~0\n");
  EXPECT_EQ(story(result.image), "ADD base /|RUN make|RUN patch|*CMD app|COPY app|");
  EXPECT_EQ(shop.files(result.image), "etc/list=list\nopt/tool=2\nsrv/app=app\n");
}

TEST(EditLayers, LayersThatDoTheSameElsewhereKeepTheirBytes) {
  EditWorkshop shop;
  const Image image = sample(shop);
  const EditResult result = edit(shop, image, "p ~0\np ~3\np ~2\nd ~1\n");
  ASSERT_EQ(result.image.layers().size(), 4U);
  EXPECT_EQ(result.image.layers()[1].descriptor, image.layers()[4].descriptor);
  EXPECT_EQ(result.image.layers()[2].descriptor, image.layers()[1].descriptor);
  EXPECT_EQ(result.image.layers()[3].descriptor, image.layers()[2].descriptor);
}

TEST(EditLayers, ConfigStepsTravelWithTheLayerBelow) {
  EditWorkshop shop;
  const EditResult result = edit(shop, sample(shop), "p ~0\np ~1\np ~3\np ~2\n");
  EXPECT_EQ(story(result.image), "ADD base /|COPY app|RUN rm list|*CMD app|RUN make|RUN patch|");
}

TEST(EditLayers, WhatALaterLayerNeedsIsAConflict) {
  EditWorkshop shop;
  const Image image = sample(shop);
  const EditResult result = edit(shop, image, "d ~3\np ~2\np ~1\np ~0\n");
  ASSERT_TRUE(result.is_open());
  EXPECT_EQ(result.image.descriptor(), image.descriptor());
  ASSERT_EQ(result.verdicts.size(), 1U);
  EXPECT_EQ(result.verdicts.front().layer, 2U);
  EXPECT_EQ(result.verdicts.front().paths.front().path, "opt/tool");
}

TEST(EditLayers, AConflictIsSettledForTheLayer) {
  EditWorkshop shop;
  MergeChoices choices;
  choices.policy = MergePolicy::theirs;
  const EditResult result = edit(shop, sample(shop), "d ~3\np ~2\np ~1\np ~0\n", choices);
  EXPECT_FALSE(result.is_open());
  EXPECT_EQ(shop.files(result.image), "opt/tool=2\nsrv/app=app\n");
}

TEST(EditLayers, SquashedLayersAreOneAndTheStoryStays) {
  EditWorkshop shop;
  const Image image = sample(shop);
  const EditResult result = edit(shop, image, "p ~3\ns ~2\np ~1\ns ~0\n");
  EXPECT_EQ(result.image.layers().size(), 3U);
  EXPECT_EQ(story(result.image), "ADD base /|*RUN make|RUN patch|*RUN rm list|*CMD app|COPY app|");
  EXPECT_EQ(shop.files(result.image), shop.files(image));
}

TEST(EditLayers, ARangeThatCancelsOutBecomesNoLayer) {
  EditWorkshop shop;
  Image image = sample(shop);
  LayerBuilder none;
  image = shop.add(image, none, "RUN rm -r srv", {"srv"});
  const EditResult result = edit(shop, image, "p ~4\np ~3\np ~2\np ~1\ns ~0\n");
  EXPECT_EQ(result.image.layers().size(), 4U);
  EXPECT_EQ(shop.files(result.image), shop.files(image));
}

TEST(EditLayers, ANewInstructionKeepsTheLayer) {
  EditWorkshop shop;
  const Image image = sample(shop);
  const EditResult result = edit(shop, image, "p ~3\np ~2\nr ~1 1B RUN tidy\np ~0\n");
  EXPECT_TRUE(result.changed);
  EXPECT_EQ(story(result.image), "ADD base /|RUN make|RUN patch|RUN tidy|*CMD app|COPY app|");
  EXPECT_EQ(result.image.diff_ids(), image.diff_ids());
}

TEST(EditLayers, TheInstructionItHasIsNoNewOne) {
  EditWorkshop shop;
  EXPECT_FALSE(edit(shop, sample(shop), "r ~3 RUN make\np ~2\np ~1\np ~0\n").changed);
}

TEST(EditLayers, ATagCountsTheStepsBelowIt) {
  EditWorkshop shop;
  const EditResult result =
      edit(shop, sample(shop), "t app:0\np ~3\ns ~2\nt app:1\np ~1\nt app:2\np ~0\n");
  EXPECT_EQ(result.tag_steps, (std::vector<std::size_t>{1, 3, 5}));
}

TEST(EditLayers, SomeLayerMustBeLeft) {
  EditWorkshop shop;
  const Image image = shop.add(EditWorkshop::nothing(), LayerBuilder().file("a", "a"), "ADD a");
  const EditPlan plan = plan_without(std::vector<std::size_t>{0}, 0, 1);
  const auto error = error_of([&] { edit_layers(shop.operation, image, 0, plan, {}); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::conflict);
}

TEST(RevertLayers, FilesThatWereHiddenComeBackByName) {
  EditWorkshop shop;
  const Image image = sample(shop);
  const std::vector<std::size_t> dropped = {3};
  const RevertResult result = revert_layers(shop.operation, image, dropped, {});
  EXPECT_EQ(result.returned, std::vector<std::string>{"etc/list"});
  EXPECT_EQ(shop.files(result.edit.image), "etc/list=list\nopt/tool=2\nsrv/app=app\n");
}

TEST(RevertLayers, TheTopLayerGoesWithoutATrace) {
  EditWorkshop shop;
  const Image before = sample(shop);
  const Image image = shop.add(before, LayerBuilder().file("late", "x"), "COPY late");
  const std::vector<std::size_t> dropped = {5};
  EXPECT_EQ(revert_layers(shop.operation, image, dropped, {}).edit.image.descriptor(),
            before.descriptor());
}

}  // namespace
}  // namespace imgops
