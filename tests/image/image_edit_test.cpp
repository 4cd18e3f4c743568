#include "libimgops/image/image_edit.hpp"

#include "tests/support/documents.hpp"
#include "tests/support/errors.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

using testing::configuration_of;
using testing::diff_id;
using testing::digest_of_text;
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

constexpr std::string_view oci_zstd = "application/vnd.oci.image.layer.v1.tar+zstd";
constexpr std::string_view docker_gzip = "application/vnd.docker.image.rootfs.diff.tar.gzip";

HistoryEntry entry(std::string created_by) {
  return HistoryEntry::make("", std::move(created_by), "", false);
}

// Four layers, with steps that make none around and between.
Image four() {
  return image_of({1, 2, 3, 4},
                  entries({empty("ARG"), full("a"), empty("ENV"), full("b"), empty("USER"),
                           full("c"), empty("CMD"), full("d"), empty("LABEL")}));
}

Image replaced(LayerRange range, HistoryMode mode) {
  const ImageLayer fresh = layer(9);
  return replace_layers(four(), range, &fresh, entry("new"), mode);
}

TEST(ReplaceLayers, PutsOneLayerInPlaceOfARange) {
  EXPECT_EQ(layer_numbers(replaced({1, 3}, HistoryMode::keep)), (Numbers{1, 9, 4}));
}

TEST(ReplaceLayers, KeepsReplacedStepsMarkedEmpty) {
  EXPECT_EQ(story(replaced({1, 3}, HistoryMode::keep)),
            (Story{"[ARG]", "a", "[ENV]", "[b]", "[USER]", "[c]", "new", "[CMD]", "d", "[LABEL]"}));
}

TEST(ReplaceLayers, OrLetsOneEntryStandForAll) {
  EXPECT_EQ(story(replaced({1, 3}, HistoryMode::one)),
            (Story{"[ARG]", "a", "[ENV]", "new", "[CMD]", "d", "[LABEL]"}));
}

TEST(ReplaceLayers, OrLeavesOutTheCommandsOfReplacedSteps) {
  EXPECT_EQ(story(replaced({1, 3}, HistoryMode::redact)),
            (Story{"[ARG]", "a", "[ENV]", "[<redacted>]", "[USER]", "[<redacted>]", "new", "[CMD]",
                   "d", "[LABEL]"}));
}

TEST(ReplaceLayers, RedactsCommentsToo) {
  const ImageLayer fresh = layer(9);
  const Image image =
      replace_layers(fixture("buildkit"), {1, 2}, &fresh, entry("new"), HistoryMode::redact);
  EXPECT_EQ(image.configuration_text().find("hunter2"), std::string::npos);
  EXPECT_EQ(image.history()[3].comment, "<redacted>");
  EXPECT_EQ(image.history()[3].json["com.example.step"], "kept");
}

TEST(ReplaceLayers, OfTheWholeImageKeepsSurroundingSteps) {
  EXPECT_EQ(story(replaced({0, 4}, HistoryMode::one)), (Story{"[ARG]", "new", "[LABEL]"}));
  EXPECT_EQ(layer_numbers(replaced({0, 4}, HistoryMode::one)), (Numbers{9}));
}

TEST(ReplaceLayers, ByNothingLeavesAnEmptyEntry) {
  const Image image = replace_layers(four(), {2, 4}, nullptr, entry("new"), HistoryMode::one);
  EXPECT_EQ(layer_numbers(image), (Numbers{1, 2}));
  EXPECT_EQ(story(image), (Story{"[ARG]", "a", "[ENV]", "b", "[USER]", "[new]", "[LABEL]"}));
}

TEST(ReplaceLayers, GivesTheEntryItsLayerEvenWhenMarkedEmpty) {
  const ImageLayer fresh = layer(9);
  const Image image = replace_layers(four(), {0, 4}, &fresh, entry("new").as_empty());
  EXPECT_FALSE(image.history()[8].empty_layer);
  EXPECT_EQ(image.history()[8].created_by, "new");
}

TEST(ReplaceLayers, InsertsBelowTheLayerOfAnEmptyRange) {
  EXPECT_EQ(layer_numbers(replaced({1, 1}, HistoryMode::keep)), (Numbers{1, 9, 2, 3, 4}));
  EXPECT_EQ(story(replaced({1, 1}, HistoryMode::keep)),
            (Story{"[ARG]", "a", "[ENV]", "new", "b", "[USER]", "c", "[CMD]", "d", "[LABEL]"}));
}

TEST(ReplaceLayers, RefusesARangeTheImageDoesNotHave) {
  EXPECT_EQ(kind_of([] { replaced({3, 5}, HistoryMode::keep); }), ErrorKind::invalid_argument);
  EXPECT_EQ(kind_of([] { replaced({3, 2}, HistoryMode::keep); }), ErrorKind::invalid_argument);
}

TEST(ReplaceLayers, KeepsDescriptorsOutsideTheRangeExactly) {
  const Image image = fixture("buildkit");
  const ImageLayer fresh = layer(9);
  const Image edited = replace_layers(image, {2, 4}, &fresh, entry("new"));
  EXPECT_EQ(edited.layers()[0].descriptor.json(), image.layers()[0].descriptor.json());
  EXPECT_EQ(edited.layers()[1].descriptor.json(), image.layers()[1].descriptor.json());
}

TEST(ReplaceLayers, KeepsUnknownKeysAndTheirOrder) {
  const Image image = fixture("buildkit");
  const ImageLayer fresh = layer(9);
  const Image edited = replace_layers(image, {3, 4}, &fresh, entry("new"));
  Json manifest = image.manifest_json();
  manifest["config"] = edited.configuration_descriptor().json();
  manifest["layers"][3] = fresh.descriptor.json();
  EXPECT_EQ(edited.manifest_text(), print_json(manifest));
  Json configuration = image.configuration_json();
  configuration["rootfs"]["diff_ids"][3] = diff_id(9).digest.to_string();
  configuration["history"][6]["empty_layer"] = true;
  configuration["history"].insert(configuration["history"].begin() + 7, entry("new").json);
  EXPECT_EQ(edited.configuration_text(), print_json(configuration));
}

TEST(ReplaceLayers, AnnotationsOfAReplacedBlobVanish) {
  const ImageLayer fresh = layer(9, oci_zstd);
  const Image edited = replace_layers(fixture("mixed"), {2, 3}, &fresh, entry("new"));
  EXPECT_EQ(edited.manifest_text().find("zstd-chunked"), std::string::npos);
}

TEST(ReplaceLayers, LosesNoLayerWithoutHistory) {
  const ImageLayer fresh = layer(9);
  const Image edited = replace_layers(image_of({1, 2, 3}), {1, 2}, &fresh, entry("new"));
  EXPECT_EQ(layer_numbers(edited), (Numbers{1, 9, 3}));
  EXPECT_EQ(story(edited), (Story{"", "[]", "new", ""}));
}

TEST(ReplaceLayers, LosesNoLayerWithAllEmptyHistory) {
  const Image image = image_of({1, 2}, entries({empty("a"), empty("b")}));
  const ImageLayer fresh = layer(9);
  const Image edited = replace_layers(image, {1, 2}, &fresh, entry("new"), HistoryMode::one);
  EXPECT_EQ(layer_numbers(edited), (Numbers{1, 9}));
  EXPECT_EQ(story(edited), (Story{"[a]", "[b]", "", "new"}));
}

TEST(ReplaceLayers, MarksSurplusEntriesEmpty) {
  const Image image = image_of({1, 2}, entries({full("a"), full("b"), full("c")}));
  const ImageLayer fresh = layer(9);
  const Image edited = replace_layers(image, {0, 1}, &fresh, entry("new"));
  EXPECT_EQ(story(edited), (Story{"[a]", "new", "b", "[c]"}));
}

TEST(ReplaceLayers, GivesMadeEntriesTheTimeOfTheImage) {
  Json configuration = configuration_of({1, 2});
  configuration["created"] = "2024-01-01T00:00:00Z";
  const Image image =
      append_layer(image_from(manifest_of({1, 2}), configuration), layer(9), entry("new"));
  EXPECT_EQ(image.history()[0].created, "2024-01-01T00:00:00Z");
}

TEST(ReplaceLayers, DropsTheCopyOfTheOldConfiguration) {
  Json manifest = manifest_of({1});
  manifest["config"]["data"] = "e30=";
  const Image image = image_from(manifest, configuration_of({1}, entries({full("a")})));
  const Image edited = append_layer(image, layer(9), entry("new"));
  EXPECT_FALSE(edited.manifest_json()["config"].contains("data"));
}

TEST(AppendLayer, PutsLayerAndEntryOnTop) {
  const Image image = append_layer(four(), layer(9), entry("new"));
  EXPECT_EQ(layer_numbers(image), (Numbers{1, 2, 3, 4, 9}));
  EXPECT_EQ(story(image).back(), "new");
  EXPECT_EQ(image.history().size(), 10U);
}

TEST(AppendLayer, OnTheEmptyImageMakesTheFirst) {
  const Image image =
      append_layer(empty_image({"linux", "amd64", ""}, MediaFamily::oci), layer(9), entry("new"));
  EXPECT_EQ(layer_numbers(image), (Numbers{9}));
  EXPECT_EQ(story(image), (Story{"new"}));
}

TEST(AppendLayer, OntoADockerImageIsADockerLayer) {
  const Image image = append_layer(fixture("classic"), layer(9), entry("new"));
  EXPECT_EQ(image.layers()[3].descriptor.media_type(), docker_gzip);
  EXPECT_EQ(image.family(), MediaFamily::docker);
  EXPECT_TRUE(image.diagnostics().empty());
}

TEST(AppendLayer, OntoADockerImageKeepsTheOciNameOfZstd) {
  const Image image = append_layer(fixture("classic"), layer(9, oci_zstd), entry("new"));
  EXPECT_EQ(image.layers()[3].descriptor.media_type(), oci_zstd);
}

TEST(AppendLayer, OntoAnUntypedDockerManifestNamesTheType) {
  Json manifest = parse_json(document("classic.manifest.json"), "");
  manifest.erase("mediaType");
  const Image image = Image::parse(print_json(manifest), document("classic.config.json"), "test");
  EXPECT_EQ(append_layer(image, layer(9), entry("new")).manifest_json()["mediaType"],
            "application/vnd.docker.distribution.manifest.v2+json");
}

TEST(AppendLayer, RewritesAMixedImageInTheFamilyOfItsManifest) {
  const Image image = append_layer(fixture("mixed"), layer(9), entry("new"));
  EXPECT_EQ(image.configuration_descriptor().media_type(),
            "application/vnd.oci.image.config.v1+json");
  EXPECT_EQ(image.layers()[1].descriptor.media_type(),
            "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip");
  EXPECT_EQ(image.layers()[1].descriptor.json()["urls"],
            fixture("mixed").layers()[1].descriptor.json()["urls"]);
}

TEST(KeepSteps, CutsLayersAndHistoryTogether) {
  EXPECT_EQ(layer_numbers(keep_steps(four(), 5)), (Numbers{1, 2}));
  EXPECT_EQ(story(keep_steps(four(), 5)), (Story{"[ARG]", "a", "[ENV]", "b", "[USER]"}));
  EXPECT_EQ(layer_numbers(keep_steps(four(), 0)), (Numbers{}));
}

TEST(KeepSteps, OfAllStepsIsTheImageItself) {
  EXPECT_EQ(keep_steps(four(), 9).descriptor(), four().descriptor());
  EXPECT_EQ(kind_of([] { keep_steps(four(), 10); }), ErrorKind::invalid_argument);
}

TEST(KeepSteps, CountsLayersWithoutEntries) {
  const Image image = image_of({1, 2, 3}, entries({full("a")}));
  EXPECT_EQ(layer_numbers(keep_steps(image, 2)), (Numbers{1, 2}));
  EXPECT_EQ(story(keep_steps(image, 2)), (Story{"a", ""}));
}

TEST(KeepLayers, KeepsTheEmptyStepsAboveTheLast) {
  EXPECT_EQ(story(keep_layers(four(), 2)), (Story{"[ARG]", "a", "[ENV]", "b", "[USER]"}));
  EXPECT_EQ(layer_numbers(keep_layers(four(), 2)), (Numbers{1, 2}));
}

TEST(KeepLayers, OfAllLayersIsTheImageItself) {
  EXPECT_EQ(keep_layers(four(), 4).descriptor(), four().descriptor());
  EXPECT_EQ(kind_of([] { keep_layers(four(), 5); }), ErrorKind::invalid_argument);
}

TEST(KeepLayers, OfNoneKeepsSettings) {
  const Image image = keep_layers(fixture("buildkit"), 0);
  EXPECT_TRUE(image.layers().empty());
  EXPECT_EQ(image.configuration_json()["config"]["Cmd"], Json{"python3"});
}

// The image, its two lowest layers compressed anew.
Image recompressed() {
  Json manifest = manifest_of({1, 2, 3});
  for (const std::size_t index : {0U, 1U}) {
    manifest["layers"][index]["digest"] = digest_of_text("anew").to_string();
    manifest["layers"][index]["mediaType"] = oci_zstd;
  }
  return image_from(manifest,
                    configuration_of({1, 2, 3}, entries({full("a"), full("b"), full("c")})));
}

TEST(RestoreBaseLayers, PutsTheBlobsOfTheBaseBack) {
  Json base = manifest_of({1, 2});
  base["layers"][1]["annotations"]["com.example"] = "kept";
  const Image original = image_from(base, configuration_of({1, 2}));
  const Image restored = restore_base_layers(recompressed(), original);
  EXPECT_EQ(restored.layers()[0].descriptor.json(), original.layers()[0].descriptor.json());
  EXPECT_EQ(restored.layers()[1].descriptor.json(), original.layers()[1].descriptor.json());
  EXPECT_EQ(restored.layers()[2].descriptor, layer(3).descriptor);
  EXPECT_EQ(restored.configuration_text(), recompressed().configuration_text());
}

TEST(RestoreBaseLayers, StopsWhereLayersDiffer) {
  const Image restored = restore_base_layers(recompressed(), image_of({1, 7, 3}));
  EXPECT_EQ(restored.layers()[0].descriptor, layer(1).descriptor);
  EXPECT_EQ(restored.layers()[1].descriptor.digest(), digest_of_text("anew"));
}

TEST(RestoreBaseLayers, ChangesNothingWithoutCommonLayers) {
  EXPECT_EQ(restore_base_layers(recompressed(), image_of({7})).manifest_text(),
            recompressed().manifest_text());
}

TEST(RestoreBaseLayers, SpeaksTheFamilyOfTheImage) {
  const Image restored = restore_base_layers(fixture("classic"), image_of({1}));
  EXPECT_EQ(restored.descriptor(), fixture("classic").descriptor());
}

TEST(Annotate, SetsAndRemoves) {
  const Image image = annotate(fixture("buildah"), {{std::string(annotation_base_name), "app:1"},
                                                    {std::string(annotation_base_digest), {}}});
  EXPECT_EQ(image.annotation(annotation_base_name), "app:1");
  EXPECT_FALSE(image.annotation(annotation_base_digest));
}

TEST(Annotate, LeavesTheConfigurationsBytes) {
  const Image image = annotate(fixture("buildkit"), {{"a", "b"}});
  EXPECT_EQ(image.configuration_text(), document("buildkit.config.json"));
  EXPECT_NE(image.manifest_text(), document("buildkit.manifest.json"));
}

TEST(Annotate, WithWhatIsThereChangesNotAByte) {
  const Image image = annotate(fixture("buildkit"), {{"org.opencontainers.image.title", "Größe"},
                                                     {"com.example.absent", std::nullopt}});
  EXPECT_EQ(image.manifest_text(), document("buildkit.manifest.json"));
}

TEST(Annotate, RefusesADigestThatIsNone) {
  EXPECT_EQ(kind_of([] {
              annotate(fixture("buildkit"), {{std::string(annotation_base_digest), "../x"}});
            }),
            ErrorKind::corrupt);
}

TEST(WithCreated, SetsTheTime) {
  const Image image = with_created(fixture("classic"), "2025-01-01T00:00:00Z");
  EXPECT_EQ(image.created(), "2025-01-01T00:00:00Z");
  Json configuration = fixture("classic").configuration_json();
  configuration["created"] = "2025-01-01T00:00:00Z";
  EXPECT_EQ(image.configuration_text(), print_json(configuration));
}

TEST(WithCreated, KeepsTheTimeWhenNoneIsGiven) {
  EXPECT_EQ(with_created(fixture("classic"), "").descriptor(), fixture("classic").descriptor());
}

TEST(WithCreated, RefusesWhatIsNoTime) {
  EXPECT_EQ(kind_of([] { with_created(four(), "yesterday"); }), ErrorKind::invalid_argument);
}

TEST(EmptyImage, IsMinimalAndAlwaysTheSame) {
  const Image image = empty_image({"linux", "arm64", "v8"}, MediaFamily::oci);
  EXPECT_EQ(image.configuration_text(),
            R"({"architecture":"arm64","os":"linux","variant":"v8","config":{},)"
            R"("rootfs":{"type":"layers","diff_ids":[]},"history":[]})");
  EXPECT_EQ(image.descriptor().digest().to_string(),
            "sha256:" + digest_of_text(image.manifest_text()).hexadecimal());
  EXPECT_TRUE(image.diagnostics().empty());
}

TEST(EmptyImage, TakesSettings) {
  const Image image =
      empty_image({"linux", "amd64", ""}, MediaFamily::docker, Json{{"Cmd", Json{"sh"}}});
  EXPECT_EQ(image.configuration_json()["config"]["Cmd"], Json{"sh"});
  EXPECT_EQ(image.family(), MediaFamily::docker);
}

TEST(ConvertFamily, MakesAnOciImageOfDockers) {
  const Image image = convert_family(fixture("classic"), MediaFamily::oci);
  EXPECT_EQ(image.family(), MediaFamily::oci);
  EXPECT_EQ(image.manifest_text().find("docker"), std::string::npos);
  EXPECT_EQ(image.configuration_text(), document("classic.config.json"));
  EXPECT_TRUE(image.diagnostics().empty());
}

TEST(ConvertFamily, ThereAndBackIsTheSame) {
  const Image there = convert_family(fixture("classic"), MediaFamily::oci);
  EXPECT_EQ(convert_family(there, MediaFamily::docker).manifest_json(),
            fixture("classic").manifest_json());
}

TEST(ConvertFamily, KeepsZstdLayersAsTheyAre) {
  const Image image = convert_family(fixture("buildkit"), MediaFamily::docker);
  EXPECT_EQ(image.layers()[0].descriptor.media_type(), docker_gzip);
  EXPECT_EQ(image.layers()[3].descriptor.media_type(), oci_zstd);
  EXPECT_TRUE(image.diagnostics().empty());
}

TEST(ConvertFamily, LeavesAnImageOfThatFamilyAlone) {
  EXPECT_EQ(convert_family(fixture("buildkit"), MediaFamily::oci).manifest_text(),
            document("buildkit.manifest.json"));
}

TEST(ConvertFamily, UnmixesAMixedImage) {
  const Image image = convert_family(fixture("mixed"), MediaFamily::oci);
  EXPECT_EQ(image.manifest_text().find("docker"), std::string::npos);
}

}  // namespace
}  // namespace imgops
