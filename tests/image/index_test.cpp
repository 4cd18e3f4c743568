#include "libimgops/image/index.hpp"

#include "tests/support/documents.hpp"
#include "tests/support/errors.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

using testing::digest_of_text;
using testing::document;
using testing::kind_of;
using testing::rejection_of;

constexpr std::string_view oci_index = "application/vnd.oci.image.index.v1+json";
constexpr std::string_view docker_list =
    "application/vnd.docker.distribution.manifest.list.v2+json";

Index several() {
  return Index::parse(document("several.index.json"), "several");
}

std::string rejection(const std::string& text,
                      std::optional<std::string_view> expected = std::nullopt) {
  return rejection_of([&] { Index::parse(text, "test", expected); });
}

TEST(Index, ListsItsManifestsInOrder) {
  const Index index = several();
  ASSERT_EQ(index.manifests().size(), 3U);
  EXPECT_EQ(index.manifests()[0].annotation(annotation_ref_name), "app:1");
  EXPECT_EQ(index.manifests()[1].platform(), (Platform{"linux", "arm64", "v8"}));
  EXPECT_EQ(index.manifests()[2].artifact_type(), "application/vnd.example");
}

TEST(Index, KeepsItsBytesWhileUnedited) {
  const Index index = several();
  EXPECT_EQ(index.text(), document("several.index.json"));
  EXPECT_EQ(index.with_manifests(index.manifests()).text(), index.text());
}

TEST(Index, NamesItsBytes) {
  const Descriptor descriptor = several().descriptor();
  EXPECT_EQ(descriptor.digest(), digest_of_text(document("several.index.json")));
  EXPECT_EQ(descriptor.media_type(), oci_index);
  EXPECT_EQ(descriptor.size_bytes(), document("several.index.json").size());
}

TEST(Index, KeepsUnknownKeysAndTheirOrderWhenEdited) {
  const Index index = several();
  const Index shorter = index.with_manifests({index.manifests()[1]});
  Json expected = parse_json(index.text(), "");
  expected["manifests"] = Json::array({expected["manifests"][1]});
  EXPECT_EQ(shorter.text(), print_json(expected));
  EXPECT_EQ(shorter.manifests().size(), 1U);
  EXPECT_EQ(index.manifests().size(), 3U);
}

TEST(Index, KnowsItsSubject) {
  EXPECT_EQ(several().subject(), digest_of_text("subject"));
  EXPECT_FALSE(Index::empty().subject());
}

TEST(Index, EmptyIsReadBack) {
  const Index index = Index::parse(Index::empty().text(), "test", oci_index);
  EXPECT_TRUE(index.manifests().empty());
  EXPECT_EQ(index.family(), MediaFamily::oci);
}

TEST(Index, ADockerListStaysOne) {
  const Index list = Index::parse(
      R"({"schemaVersion":2,"mediaType":")" + std::string(docker_list) + R"(","manifests":null})",
      "test");
  const Index edited = list.with_manifests({Descriptor("t", digest_of_text("x"), 1)});
  EXPECT_EQ(edited.family(), MediaFamily::docker);
  EXPECT_EQ(edited.descriptor().media_type(), docker_list);
  EXPECT_EQ(parse_json(edited.text(), "")["mediaType"], docker_list);
}

TEST(Index, TakesItsFamilyFromWhatItWasListedAs) {
  const Index list = Index::parse(R"({"schemaVersion":2,"manifests":[]})", "test", docker_list);
  EXPECT_EQ(list.family(), MediaFamily::docker);
}

TEST(Index, RejectsTwoDocumentsInOne) {
  for (const std::string key : {"layers", "Layers", "config", "fsLayers"}) {
    EXPECT_EQ(rejection(R"({"schemaVersion":2,"manifests":[],")" + key + R"(":[]})"),
              "DOC-AMBIGUOUS J11")
        << key;
  }
}

TEST(Index, RejectsKeysTwiceInAnyCase) {
  EXPECT_EQ(rejection(R"({"manifests":[],"manifests":[]})"), "JSON-KEYS J10");
  EXPECT_EQ(rejection(R"({"manifests":[],"Manifests":[]})"), "JSON-KEYS J10");
  EXPECT_EQ(rejection(R"({"Manifests":[]})"), "JSON-KEYS J10");
}

TEST(Index, RejectsATypeOtherThanListed) {
  EXPECT_EQ(rejection(Index::empty().text(), docker_list), "DOC-TYPE J12");
}

TEST(Index, RejectsAManifest) {
  EXPECT_EQ(
      rejection(R"({"mediaType":"application/vnd.oci.image.manifest.v1+json","manifests":[]})"),
      "DOC-TYPE J12");
}

TEST(Index, RejectsABadDigestInAManifestOrTheSubject) {
  const std::string bad = R"({"mediaType":"t","digest":"sha256:../../x","size":1})";
  EXPECT_EQ(rejection(R"({"manifests":[)" + bad + "]}"), "DIGEST-FORM J13");
  EXPECT_EQ(rejection(R"({"manifests":[],"subject":)" + bad + "}"), "DIGEST-FORM J13");
}

TEST(Index, RefusesToGoWithoutItsList) {
  EXPECT_EQ(kind_of([] { Index::parse(R"({"schemaVersion":2})", "test"); }), ErrorKind::corrupt);
}

TEST(Index, DoesNotReadOtherSchemas) {
  EXPECT_EQ(kind_of([] { Index::parse(R"({"schemaVersion":3,"manifests":[]})", "test"); }),
            ErrorKind::unsupported);
}

}  // namespace
}  // namespace imgops
