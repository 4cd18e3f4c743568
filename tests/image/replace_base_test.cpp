#include "libimgops/image/replace_base.hpp"

#include "libimgops/image/image_edit.hpp"
#include "tests/support/documents.hpp"
#include "tests/support/errors.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

using testing::configuration_of;
using testing::document;
using testing::empty;
using testing::entries;
using testing::fixture;
using testing::full;
using testing::image_from;
using testing::image_of;
using testing::kind_of;
using testing::layer;
using testing::layer_numbers;
using testing::manifest_of;
using testing::story;

using Numbers = std::vector<int>;
using Story = std::vector<std::string>;

Image old_base() {
  return image_of({1, 2}, entries({full("old 1"), full("old 2"), empty("CMD old")}));
}

Image new_base() {
  return image_of({7, 8}, entries({full("new 1"), empty("ENV new"), full("new 2")}));
}

Image app() {
  return image_of({1, 2, 3, 4}, entries({full("old 1"), full("old 2"), empty("CMD old"),
                                         empty("ENV app"), full("a"), empty("USER"), full("b")}));
}

Image rebased(const Image& image, const Image& base, const Image& onto) {
  return replace_base(image, base.layers().size(), onto, &base);
}

TEST(ReplaceBase, PutsTheNewBaseBelowTheImagesOwnLayers) {
  EXPECT_EQ(layer_numbers(rebased(app(), old_base(), new_base())), (Numbers{7, 8, 3, 4}));
}

TEST(ReplaceBase, TellsTheHistoryOfTheNewBaseThenTheImagesOwn) {
  EXPECT_EQ(story(rebased(app(), old_base(), new_base())),
            (Story{"new 1", "[ENV new]", "new 2", "[ENV app]", "a", "[USER]", "b"}));
}

TEST(ReplaceBase, WithoutTheOldBaseEmptyStepsAboveItAreIts) {
  EXPECT_EQ(story(replace_base(app(), 2, new_base())),
            (Story{"new 1", "[ENV new]", "new 2", "a", "[USER]", "b"}));
}

TEST(ReplaceBase, TakesABaseOfAnotherNumberOfLayers) {
  const Image taller = image_of({6, 7, 8}, entries({full("x"), full("y"), full("z")}));
  EXPECT_EQ(layer_numbers(rebased(app(), old_base(), taller)), (Numbers{6, 7, 8, 3, 4}));
  const Image scratch = empty_image({"linux", "amd64", ""}, MediaFamily::oci);
  EXPECT_EQ(layer_numbers(rebased(app(), old_base(), scratch)), (Numbers{3, 4}));
  EXPECT_EQ(story(rebased(app(), old_base(), scratch)), (Story{"[ENV app]", "a", "[USER]", "b"}));
}

TEST(ReplaceBase, OfAnImageWithoutHistoryLosesNoLayer) {
  const Image image = rebased(image_of({1, 2, 3, 4}), old_base(), new_base());
  EXPECT_EQ(layer_numbers(image), (Numbers{7, 8, 3, 4}));
  EXPECT_EQ(story(image), (Story{"new 1", "[ENV new]", "new 2", "", ""}));
}

TEST(ReplaceBase, OfAnImageWithAShortHistoryKeepsItForTheLayersItTellsOf) {
  const Image image =
      image_of({1, 2, 3, 4}, entries({full("old 1"), full("old 2"), empty("CMD old"), full("a")}));
  EXPECT_EQ(story(rebased(image, old_base(), new_base())),
            (Story{"new 1", "[ENV new]", "new 2", "a", ""}));
}

TEST(ReplaceBase, OntoABaseWithoutHistoryMakesItsEntries) {
  const Image image = rebased(app(), old_base(), image_of({7, 8}));
  EXPECT_EQ(layer_numbers(image), (Numbers{7, 8, 3, 4}));
  EXPECT_EQ(story(image), (Story{"", "", "[ENV app]", "a", "[USER]", "b"}));
}

TEST(ReplaceBase, OfAnOldBaseWithoutHistoryKeepsAllTheImagesEntries) {
  // What builders make of it: the first entry is the app's, though pairing from the bottom says
  // that it made the base's lowest layer.
  const Image image = image_of({1, 2, 3}, entries({empty("ENV app"), full("a"), empty("CMD")}));
  const Story expected = {"new 1", "[ENV new]", "new 2", "[ENV app]", "a", "[CMD]"};
  EXPECT_EQ(story(rebased(image, image_of({1, 2}), new_base())), expected);
  EXPECT_EQ(layer_numbers(rebased(image, image_of({1, 2}), new_base())), (Numbers{7, 8, 3}));
  EXPECT_EQ(story(replace_base(image, 2, new_base())), expected);
}

TEST(ReplaceBase, TakesTheImagesWordWhenItIsNotOfThatBasesHistory) {
  const Image other = image_of({1, 2}, entries({full("rebuilt 1"), full("rebuilt 2")}));
  EXPECT_EQ(story(rebased(app(), other, new_base())),
            (Story{"new 1", "[ENV new]", "new 2", "a", "[USER]", "b"}));
}

TEST(ReplaceBase, MarksSurplusEntriesEmpty) {
  const Image image = image_of({1, 2, 3}, entries({full("old 1"), full("old 2"), empty("CMD old"),
                                                   full("a"), full("b"), full("c")}));
  EXPECT_EQ(story(rebased(image, old_base(), new_base())),
            (Story{"new 1", "[ENV new]", "new 2", "a", "[b]", "[c]"}));
}

TEST(ReplaceBase, GivesMadeEntriesTheTimeOfTheirImage) {
  Json own = configuration_of({1, 2, 3});
  own["created"] = "2024-01-01T00:00:00Z";
  Json theirs = configuration_of({7});
  theirs["created"] = "2025-01-01T00:00:00Z";
  const Image image = replace_base(image_from(manifest_of({1, 2, 3}), own), 2,
                                   image_from(manifest_of({7}), theirs));
  EXPECT_EQ(image.history()[0].created, "2025-01-01T00:00:00Z");
  EXPECT_EQ(image.history()[1].created, "2024-01-01T00:00:00Z");
}

TEST(ReplaceBase, KeepsEntriesWithoutATimeAsTheyAre) {
  const Image image = rebased(app(), old_base(), new_base());
  EXPECT_EQ(image.history()[4].json, full("a"));
}

TEST(ReplaceBase, OntoTheSameBaseIsTheImageItself) {
  EXPECT_EQ(rebased(app(), old_base(), old_base()).descriptor(), app().descriptor());
  const Image bare = image_of({1, 2, 3}, entries({full("a")}));
  EXPECT_EQ(rebased(bare, image_of({1, 2}), image_of({1, 2})).manifest_text(),
            bare.manifest_text());
}

TEST(ReplaceBase, ASecondTimeChangesNothingHoweverOddTheHistories) {
  const std::vector<Json> histories = {
      nullptr, entries({full("x")}), entries({full("x"), empty("y")}),
      entries({full("x"), full("y"), full("z")}), entries({empty("x"), empty("y")})};
  for (const Json& of_base : histories) {
    for (const Json& of_image : histories) {
      const Image onto = image_of({7, 8}, of_base);
      const Image once = rebased(image_of({1, 2, 3}, of_image), image_of({1, 2}, of_base), onto);
      EXPECT_EQ(layer_numbers(once), (Numbers{7, 8, 3}));
      EXPECT_EQ(rebased(once, onto, onto).descriptor(), once.descriptor());
    }
  }
}

TEST(ReplaceBase, BringsBackBlobsTheBaseHasOtherwiseCompressed) {
  Json manifest = manifest_of({1, 2, 3, 4});
  manifest["layers"][0]["digest"] = testing::digest_of_text("anew").to_string();
  const Image image = image_from(manifest, app().configuration_json());
  EXPECT_EQ(rebased(image, old_base(), old_base()).descriptor(), app().descriptor());
}

TEST(ReplaceBase, StaysOciOnADockerBase) {
  const Image image = rebased(app(), old_base(), fixture("classic"));
  EXPECT_EQ(image.family(), MediaFamily::oci);
  EXPECT_EQ(image.manifest_text().find("docker"), std::string::npos);
  EXPECT_EQ(image.layers()[0].descriptor, fixture("classic").layers()[0].descriptor);
}

TEST(ReplaceBase, StaysDockerOnAnOciBase) {
  const Image image = rebased(convert_family(app(), MediaFamily::docker), old_base(), new_base());
  EXPECT_EQ(image.family(), MediaFamily::docker);
  EXPECT_EQ(image.manifest_text().find("oci"), std::string::npos);
  EXPECT_EQ(image.layers()[0].descriptor, layer(7).descriptor);
}

TEST(ReplaceBase, KeepsEverythingElseOfTheImage) {
  const Image image = fixture("buildkit");
  const Image onto = replace_base(image, 1, new_base());
  Json manifest = image.manifest_json();
  manifest["config"] = onto.configuration_descriptor().json();
  manifest["layers"] = onto.manifest_json()["layers"];
  EXPECT_EQ(onto.manifest_text(), print_json(manifest));
  Json configuration = image.configuration_json();
  configuration["rootfs"] = onto.configuration_json()["rootfs"];
  configuration["history"] = onto.configuration_json()["history"];
  EXPECT_EQ(onto.configuration_text(), print_json(configuration));
}

TEST(ReplaceBase, KeepsThePlatformOfTheImage) {
  Json configuration = app().configuration_json();
  configuration["architecture"] = "arm64";
  configuration["variant"] = "v8";
  configuration["os.version"] = "10.0";
  configuration["os.features"] = Json{"win32k"};
  const Image image =
      rebased(image_from(app().manifest_json(), configuration), old_base(), new_base());
  for (const char* const key : {"architecture", "variant", "os", "os.version", "os.features"}) {
    EXPECT_EQ(image.configuration_json()[key], configuration[key]) << key;
  }
}

TEST(ReplaceBase, TakesTheWholeImageForTheBase) {
  const Image image = replace_base(old_base(), 2, new_base());
  EXPECT_EQ(layer_numbers(image), (Numbers{7, 8}));
  EXPECT_EQ(story(image), (Story{"new 1", "[ENV new]", "new 2"}));
}

TEST(ReplaceBase, CountsALayerThatOccursTwiceByItsPlace) {
  const Image image = image_of({1, 1, 1}, entries({full("o"), full("a"), full("b")}));
  EXPECT_EQ(layer_numbers(replace_base(image, 1, new_base())), (Numbers{7, 8, 1, 1}));
}

TEST(ReplaceBase, RefusesABaseTallerThanTheImage) {
  EXPECT_EQ(kind_of([] { replace_base(old_base(), 3, new_base()); }), ErrorKind::invalid_argument);
}

}  // namespace
}  // namespace imgops
