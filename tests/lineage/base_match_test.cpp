#include "libimgops/lineage/base_match.hpp"

#include "libimgops/image/image_edit.hpp"
#include "tests/support/documents.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

using testing::configuration_of;
using testing::digest_of_text;
using testing::empty;
using testing::entries;
using testing::fixture;
using testing::full;
using testing::image_from;
using testing::image_of;
using testing::manifest_of;

using Names = std::vector<std::string>;

Json at(Json entry, std::string_view created) {
  entry["created"] = created;
  return entry;
}

Json from(Json entry, std::string_view name) {
  entry["comment"] = "FROM " + std::string(name);
  return entry;
}

Image app() {
  return image_of({1, 2, 3}, entries({full("a"), full("b"), full("c")}));
}

Image named_base(const Image& image, const std::string& base) {
  return annotate(image, {{std::string(annotation_base_name), base}});
}

std::optional<BaseMatch> find_alone(const Image& image) {
  return find_base(image, {});
}

TEST(FindBase, TakesTheLongestImageBelow) {
  const std::vector<NamedImage> candidates{
      {"debian:v1", image_of({1})}, {"deps:1", image_of({1, 2})}, {"other:1", image_of({2, 3})}};
  const auto match = find_base(app(), candidates);
  ASSERT_TRUE(match);
  EXPECT_EQ(match->layer_count, 2U);
  EXPECT_EQ(match->names, Names{"deps:1"});
  EXPECT_EQ(match->rule, BaseRule::diff_ids);
  EXPECT_TRUE(match->is_certain());
  ASSERT_TRUE(match->image);
  EXPECT_EQ(match->image->descriptor(), candidates[1].image.descriptor());
}

TEST(FindBase, TellsAllNamesOfTheBase) {
  const std::vector<NamedImage> candidates{{"debian:v1", image_of({1})},
                                           {"app:1", app()},
                                           {"debian:latest", image_of({1})},
                                           {"debian:v1", image_of({1})}};
  EXPECT_EQ(find_base(app(), candidates)->names, (Names{"debian:v1", "debian:latest"}));
}

TEST(FindBase, IsNotFooledByAnotherCompression) {
  Json manifest = manifest_of({1});
  manifest["layers"][0]["digest"] = digest_of_text("recompressed").to_string();
  const std::vector<NamedImage> candidates{
      {"debian:v1", image_from(manifest, configuration_of({1}))}};
  EXPECT_EQ(find_base(app(), candidates)->layer_count, 1U);
}

TEST(FindBase, DoesNotTakeTheImageItselfOrOneWithoutLayers) {
  const std::vector<NamedImage> candidates{{"app:1", app()}, {"nothing", image_of({})}};
  EXPECT_FALSE(find_base(app(), candidates));
}

TEST(FindBase, PrefersTheAnnotatedOfImagesWithTheSameLayers) {
  const std::vector<NamedImage> candidates{{"other:1", image_of({1}, entries({full("x")}))},
                                           {"localhost/debian:v1", image_of({1})}};
  const auto match = find_base(named_base(app(), "docker.io/library/debian:v1"), candidates);
  EXPECT_EQ(match->names, Names{"localhost/debian:v1"});
  EXPECT_EQ(find_base(app(), candidates)->names, Names{"other:1"});
}

TEST(FindBase, DoesNotTrustAnAnnotationAgainstTheLayers) {
  const std::vector<NamedImage> candidates{{"debian:v1", image_of({7})}, {"real:1", image_of({1})}};
  EXPECT_EQ(find_base(named_base(app(), "debian:v1"), candidates)->names, Names{"real:1"});
}

TEST(FindBase, ReadsBuildahsComment) {
  const auto match = find_alone(fixture("buildah"));
  ASSERT_TRUE(match);
  EXPECT_EQ(match->layer_count, 1U);
  EXPECT_EQ(match->names, Names{"localhost/debian:v1"});
  EXPECT_EQ(match->rule, BaseRule::comment);
  EXPECT_FALSE(match->image);
}

TEST(FindBase, TheCommentNearestTheTopCounts) {
  const Image image = image_of(
      {1, 2, 3}, entries({full("a"), from(full("b"), "debian:v1"), from(full("c"), "deps:1")}));
  EXPECT_EQ(find_alone(image)->layer_count, 2U);
  EXPECT_EQ(find_alone(image)->names, Names{"deps:1"});
}

TEST(FindBase, ACommentBelowEveryLayerNamesNoBase) {
  EXPECT_FALSE(find_alone(image_of({1, 2}, entries({from(full("a"), "debian:v1"), full("b")}))));
}

TEST(FindBase, CommentsOfIntermediatesNameNoBase) {
  EXPECT_FALSE(find_alone(image_of({1, 2}, entries({full("a"), from(full("b"), "0123456789ab")}))));
  EXPECT_FALSE(find_alone(image_of({1, 2}, entries({full("a"), from(full("b"), "scratch")}))));
}

TEST(FindBase, GuessesThatTheBaseEndsWithItsCommand) {
  const Image image = image_of({1, 2, 3}, entries({full("a"), full("b"), empty("CMD [\"bash\"]"),
                                                   full("c"), empty("CMD [\"app\"]")}));
  const auto match = find_alone(image);
  ASSERT_TRUE(match);
  EXPECT_EQ(match->layer_count, 2U);
  EXPECT_EQ(match->rule, BaseRule::heuristic);
  EXPECT_FALSE(match->is_certain());
}

TEST(FindBase, GivesAGuessTheAnnotatedName) {
  const Image image =
      image_of({1, 2}, entries({full("a"), empty("/bin/sh -c #(nop)  CMD [\"bash\"]"), full("b")}));
  EXPECT_EQ(find_alone(named_base(image, "debian:v1"))->names, Names{"debian:v1"});
  EXPECT_EQ(find_alone(image)->names, Names{});
}

TEST(FindBase, GuessesThatAGapOfOverADayIsTheEndOfTheBase) {
  const Image image = image_of({1, 2, 3}, entries({at(full("a"), "2024-01-01T00:00:00Z"),
                                                   at(full("b"), "2024-02-01T00:00:00Z"),
                                                   at(full("c"), "2024-02-02T00:00:00Z")}));
  EXPECT_EQ(find_alone(image)->layer_count, 1U);
}

TEST(FindBase, ACommandAtTheVeryTopEndsNoBase) {
  const Image image = image_of(
      {1, 2}, entries({at(full("a"), "2024-01-01T00:00:00Z"), at(full("b"), "2024-02-01T00:00:00Z"),
                       at(empty("CMD x"), "2024-02-01T00:00:00Z")}));
  EXPECT_EQ(find_alone(image)->layer_count, 1U);
}

TEST(FindBase, AnAnnotationAloneFindsNothing) {
  EXPECT_FALSE(find_alone(named_base(app(), "debian:v1")));
}

TEST(FindBase, NothingIsFoundWithoutHistory) {
  EXPECT_FALSE(find_alone(image_of({1, 2})));
}

TEST(BaseRule, HasANameForEach) {
  EXPECT_EQ(name(BaseRule::given), "given");
  EXPECT_EQ(name(BaseRule::diff_ids), "diff_ids");
  EXPECT_EQ(name(BaseRule::annotation), "annotation");
  EXPECT_EQ(name(BaseRule::comment), "comment");
  EXPECT_EQ(name(BaseRule::heuristic), "heuristic");
}

}  // namespace
}  // namespace imgops
