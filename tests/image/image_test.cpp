#include "libimgops/image/image.hpp"

#include "tests/support/documents.hpp"
#include "tests/support/errors.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

using namespace std::string_view_literals;
using testing::configuration_of;
using testing::diff_id;
using testing::digest_of_text;
using testing::document;
using testing::entries;
using testing::fixture;
using testing::full;
using testing::image_from;
using testing::image_of;
using testing::kind_of;
using testing::manifest_of;
using testing::rejection_of;

constexpr std::string_view oci_manifest = "application/vnd.oci.image.manifest.v1+json";
constexpr std::string_view docker_manifest = "application/vnd.docker.distribution.manifest.v2+json";

std::vector<std::string> findings(const Image& image) {
  std::vector<std::string> lines;
  for (const Diagnostic& found : image.diagnostics()) {
    std::string line(name(found.code));
    line += " " + std::string(name(found.level)) + " " + found.row;
    if (found.layer_index) line += " layer " + std::to_string(*found.layer_index);
    lines.push_back(std::move(line));
  }
  return lines;
}

// What a sound manifest is rejected for when `spoil` has changed it.
template <class Spoil>
std::string manifest_rejection(const Spoil& spoil) {
  Json manifest = manifest_of({1});
  spoil(manifest);
  return rejection_of(
      [&] { image_from(manifest, configuration_of({1}, entries({full("RUN x")}))); });
}

template <class Spoil>
std::string configuration_rejection(const Spoil& spoil) {
  Json configuration = configuration_of({1}, entries({full("RUN x")}));
  spoil(configuration);
  return rejection_of([&] { image_from(manifest_of({1}), configuration); });
}

TEST(Image, ReadsAnOciImage) {
  const Image image = fixture("buildkit");
  EXPECT_EQ(image.family(), MediaFamily::oci);
  EXPECT_EQ(image.layers().size(), 4U);
  EXPECT_EQ(image.history().size(), 8U);
  EXPECT_EQ(image.platform(), (Platform{"linux", "arm64", "v8"}));
  EXPECT_EQ(image.created(), "2024-03-05T10:00:04.5Z");
  EXPECT_TRUE(image.diagnostics().empty());
}

TEST(Image, ReadsADockerImage) {
  const Image image = fixture("classic");
  EXPECT_EQ(image.family(), MediaFamily::docker);
  EXPECT_EQ(image.descriptor().media_type(), docker_manifest);
  EXPECT_EQ(image.layers()[1].diff_id, diff_id(2));
  EXPECT_TRUE(image.diagnostics().empty());
}

TEST(Image, KeepsTheBytesOfItsDocuments) {
  const Image image = fixture("buildkit");
  EXPECT_EQ(image.manifest_text(), document("buildkit.manifest.json"));
  EXPECT_EQ(image.configuration_text(), document("buildkit.config.json"));
}

TEST(Image, IsNamedByTheDigestOfItsManifest) {
  const Image image = fixture("buildkit");
  EXPECT_EQ(image.descriptor().digest(), digest_of_text(image.manifest_text()));
  EXPECT_EQ(image.descriptor().size_bytes(), image.manifest_text().size());
  EXPECT_EQ(image.configuration_descriptor().digest(), digest_of_text(image.configuration_text()));
}

TEST(Image, ReadsAnnotationsOfItsManifest) {
  EXPECT_EQ(fixture("buildah").annotation(annotation_base_name), "localhost/debian:v1");
  EXPECT_FALSE(fixture("classic").annotation(annotation_base_name));
}

TEST(Image, WithoutAnyTypeIsOfTheFamilyOfItsConfiguration) {
  Json manifest = parse_json(document("classic.manifest.json"), "");
  manifest.erase("mediaType");
  const Image image = Image::parse(print_json(manifest), document("classic.config.json"), "test");
  EXPECT_EQ(image.family(), MediaFamily::docker);
}

TEST(Image, AcceptsLayersThatAreNull) {
  Json manifest = manifest_of({});
  manifest["layers"] = nullptr;
  EXPECT_TRUE(image_from(manifest, configuration_of({})).layers().empty());
}

TEST(Image, RejectsManifestsThatAreIndexesToo) {
  for (const std::string key : {"manifests", "Manifests", "MANIFESTS", "fsLayers"}) {
    EXPECT_EQ(manifest_rejection([&](Json& manifest) { manifest[key] = Json::array(); }),
              "DOC-AMBIGUOUS J11")
        << key;
  }
}

TEST(Image, RejectsKeysThatOnlySomeReadersSee) {
  for (const std::string key : {"Layers", "LAYERS", "Config", "mediatype", "ArtifactType"}) {
    EXPECT_EQ(manifest_rejection([&](Json& manifest) { manifest[key] = Json::array(); }),
              "JSON-KEYS J10")
        << key;
  }
  EXPECT_EQ(configuration_rejection([](Json& json) { json["RootFS"] = Json::object(); }),
            "JSON-KEYS J10");
  EXPECT_EQ(configuration_rejection([](Json& json) { json["rootfs"]["Diff_IDs"] = 1; }),
            "JSON-KEYS J10");
}

TEST(Image, RejectsASingleKeyInAnotherCase) {
  EXPECT_EQ(configuration_rejection([](Json& json) {
              json["History"] = json["history"];
              json.erase("history");
            }),
            "JSON-KEYS J10");
}

TEST(Image, RejectsByteOrderMarksInEitherDocument) {
  const std::string mark = "\xEF\xBB\xBF";
  EXPECT_EQ(rejection_of([&] {
              Image::parse(mark + document("buildah.manifest.json"),
                           document("buildah.config.json"), "test");
            }),
            "JSON-KEYS J10");
}

TEST(Image, RejectsATypeOtherThanListed) {
  const auto parse_as = [](std::string_view expected) {
    return rejection_of([&] {
      Image::parse(document("buildkit.manifest.json"), document("buildkit.config.json"), "test",
                   expected);
    });
  };
  EXPECT_EQ(parse_as(docker_manifest), "DOC-TYPE J12");
  EXPECT_EQ(parse_as(oci_manifest), "none");
}

TEST(Image, RejectsAnEmbeddedTypeThatIsNoManifest) {
  EXPECT_EQ(manifest_rejection([](Json& manifest) {
              manifest["mediaType"] = "application/vnd.oci.image.index.v1+json";
            }),
            "DOC-TYPE J12");
}

TEST(Image, RejectsDigestsThatAreNoneWhereverTheyStand) {
  const std::string bad = "sha256:../../x";
  const Json descriptor{{"mediaType", "t"}, {"digest", bad}, {"size", 1U}};
  EXPECT_EQ(manifest_rejection([&](Json& json) { json["layers"][0]["digest"] = bad; }),
            "DIGEST-FORM J13");
  EXPECT_EQ(manifest_rejection([&](Json& json) { json["subject"] = descriptor; }),
            "DIGEST-FORM J13");
  EXPECT_EQ(manifest_rejection([&](Json& json) {
              json["annotations"][std::string(annotation_base_digest)] = bad;
            }),
            "DIGEST-FORM J13");
  EXPECT_EQ(configuration_rejection([&](Json& json) { json["rootfs"]["diff_ids"][0] = bad; }),
            "DIGEST-FORM J13");
  Json manifest = manifest_of({});
  manifest["config"]["digest"] = bad;
  manifest["config"]["size"] = 2U;
  EXPECT_EQ(rejection_of([&] { Image::parse(print_json(manifest), "{}", "test"); }),
            "DIGEST-FORM J13");
}

TEST(Image, AcceptsTheEmptyBaseDigestOfImagesFromScratch) {
  EXPECT_EQ(manifest_rejection(
                [](Json& json) { json["annotations"][std::string(annotation_base_digest)] = ""; }),
            "none");
}

TEST(Image, RejectsNegativeSizes) {
  EXPECT_EQ(manifest_rejection([](Json& json) { json["layers"][0]["size"] = -1; }), "SIZE J05");
}

TEST(Image, RejectsAConfigurationOfAnotherSize) {
  EXPECT_EQ(rejection_of([] {
              Image::parse(document("buildah.manifest.json"), document("buildah.config.json") + " ",
                           "test");
            }),
            "SIZE J04");
}

TEST(Image, RejectsAConfigurationOfAnotherContent) {
  std::string text = document("buildah.config.json");
  text[text.find("amd64")] = 'x';
  EXPECT_EQ(kind_of([&] { Image::parse(document("buildah.manifest.json"), text, "test"); }),
            ErrorKind::corrupt);
}

TEST(Image, RejectsRootFileSystemsOfAnotherKind) {
  EXPECT_EQ(configuration_rejection([](Json& json) { json["rootfs"]["type"] = "layers+base"; }),
            "ROOTFS-TYPE J07");
  EXPECT_EQ(configuration_rejection([](Json& json) { json["rootfs"].erase("type"); }),
            "ROOTFS-TYPE J07");
}

TEST(Image, RejectsMoreOrFewerDiffIdsThanLayers) {
  EXPECT_EQ(configuration_rejection([](Json& json) {
              json["rootfs"]["diff_ids"].push_back(diff_id(2).digest.to_string());
            }),
            "DIFF-ID J03");
  EXPECT_EQ(configuration_rejection([](Json& json) { json["rootfs"]["diff_ids"] = nullptr; }),
            "DIFF-ID J03");
  EXPECT_EQ(configuration_rejection([](Json& json) { json.erase("rootfs"); }), "DIFF-ID J03");
}

TEST(Image, DoesNotReadArtifacts) {
  EXPECT_EQ(kind_of([] { Image::parse(document("artifact.manifest.json"), "{}", "test"); }),
            ErrorKind::unsupported);
}

TEST(Image, DoesNotReadArtifactsThatPretendToBeImages) {
  Json manifest = manifest_of({1});
  manifest["artifactType"] = "application/vnd.example";
  EXPECT_EQ(kind_of([&] { image_from(manifest, configuration_of({1})); }), ErrorKind::unsupported);
}

TEST(Image, DoesNotReadConfigurationsOfUnknownType) {
  Json manifest = manifest_of({1});
  manifest["config"]["mediaType"] = "application/vnd.cncf.helm.config.v1+json";
  EXPECT_EQ(kind_of([&] { image_from(manifest, configuration_of({1})); }), ErrorKind::unsupported);
}

TEST(Image, DoesNotReadTheOldSchema) {
  const auto parse = [] { Image::parse(R"({"schemaVersion":1,"fsLayers":[]})", "{}", "test"); };
  EXPECT_EQ(kind_of(parse), ErrorKind::unsupported);
}

TEST(Image, RefusesDocumentsThatAreNoObjects) {
  for (const std::string text : {"[]", "null", "1", "\"x\"", "", "{", "{}"}) {
    EXPECT_EQ(kind_of([&] { Image::parse(text, "{}", "test"); }), ErrorKind::corrupt) << text;
  }
}

TEST(Image, RefusesHistoryOfAnotherType) {
  EXPECT_EQ(configuration_rejection([](Json& json) { json["history"] = "none"; }), "plain");
  EXPECT_EQ(configuration_rejection([](Json& json) { json["history"][0] = 1; }), "plain");
}

TEST(Image, WarnsOfHistoryThatDoesNotFit) {
  EXPECT_EQ(findings(image_of({1, 2}, entries({full("a")}))),
            std::vector<std::string>{"HISTORY warning J06"});
  EXPECT_EQ(findings(image_of({1}, entries({full("a"), full("b")}))),
            std::vector<std::string>{"HISTORY warning J06"});
  EXPECT_EQ(findings(image_of({1})), std::vector<std::string>{"HISTORY warning J06"});
}

TEST(Image, TellsEverythingOddAboutItsTypes) {
  EXPECT_EQ(
      findings(fixture("mixed")),
      (std::vector<std::string>{"HISTORY warning J06", "MIXED-TYPES warning J17",
                                "FOREIGN-LAYER note J01 layer 1", "CHUNK-TOC note S10 layer 2"}));
}

TEST(Image, NotesAnIndexForLazyPulling) {
  Json manifest = manifest_of({1});
  manifest["layers"][0]["annotations"]["containerd.io/snapshot/stargz/toc.digest"] =
      digest_of_text("toc").to_string();
  EXPECT_EQ(findings(image_from(manifest, configuration_of({1}, entries({full("a")})))),
            std::vector<std::string>{"ESTARGZ note S11 layer 0"});
}

TEST(Image, ZstdInADockerImageIsNoMix) {
  Json manifest = parse_json(document("classic.manifest.json"), "");
  manifest["layers"][0]["mediaType"] = "application/vnd.oci.image.layer.v1.tar+zstd";
  const Image image = Image::parse(print_json(manifest), document("classic.config.json"), "test");
  EXPECT_TRUE(image.diagnostics().empty());
}

TEST(Image, LayersOfUnknownTypeAreKept) {
  Json manifest = manifest_of({1});
  manifest["layers"][0]["mediaType"] = "application/vnd.in-toto+json";
  const Image image = image_from(manifest, configuration_of({1}, entries({full("a")})));
  EXPECT_EQ(image.layers()[0].descriptor.media_type(), "application/vnd.in-toto+json");
}

TEST(Image, SharesLayersByDiffIdFromTheBottom) {
  EXPECT_EQ(shared_layer_count(image_of({1, 2, 3}), image_of({1, 2, 4, 3})), 2U);
  EXPECT_EQ(shared_layer_count(image_of({1}), image_of({2, 1})), 0U);
  EXPECT_EQ(shared_layer_count(image_of({}), image_of({1})), 0U);
}

TEST(Image, SharesLayersWhateverTheirCompression) {
  Json manifest = manifest_of({1, 2});
  manifest["layers"][0]["digest"] = digest_of_text("recompressed").to_string();
  EXPECT_EQ(shared_layer_count(image_from(manifest, configuration_of({1, 2})), image_of({1, 2})),
            2U);
}

TEST(Image, AProperBaseIsNotTheWholeImage) {
  EXPECT_TRUE(is_proper_base(image_of({1}), image_of({1, 2})));
  EXPECT_FALSE(is_proper_base(image_of({1, 2}), image_of({1, 2})));
  EXPECT_FALSE(is_proper_base(image_of({1, 2}), image_of({1})));
  EXPECT_FALSE(is_proper_base(image_of({2}), image_of({1, 2})));
}

}  // namespace
}  // namespace imgops
