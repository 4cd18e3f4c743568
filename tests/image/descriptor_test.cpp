#include "libimgops/image/descriptor.hpp"

#include "tests/support/documents.hpp"
#include "tests/support/errors.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

using testing::digest_of_text;
using testing::rejection_of;

Json sound() {
  return Json{{"mediaType", "application/vnd.oci.image.layer.v1.tar"},
              {"digest", digest_of_text("x").to_string()},
              {"size", 5U}};
}

std::string rejection_with(std::string_view key, const Json& value) {
  Json json = sound();
  json[std::string(key)] = value;
  return rejection_of([&] { Descriptor::parse(json, "test"); });
}

TEST(Descriptor, ReadsItsThreeFields) {
  const Descriptor descriptor = Descriptor::parse(sound(), "test");
  EXPECT_EQ(descriptor.media_type(), "application/vnd.oci.image.layer.v1.tar");
  EXPECT_EQ(descriptor.digest(), digest_of_text("x"));
  EXPECT_EQ(descriptor.size_bytes(), 5U);
}

TEST(Descriptor, IsMadeLikeOneThatIsRead) {
  const Descriptor made("application/vnd.oci.image.layer.v1.tar", digest_of_text("x"), 5);
  EXPECT_EQ(print_json(made.json()), print_json(sound()));
}

TEST(Descriptor, RejectsDigestsThatArePaths) {
  for (const std::string_view digest :
       {"sha256:../../etc/passwd", "md5:d41d8cd98f00b204e9800998ecf8427e", "sha256:abcd", ""}) {
    EXPECT_EQ(rejection_with("digest", digest), "DIGEST-FORM J13") << digest;
  }
}

TEST(Descriptor, RejectsUpperCaseDigests) {
  std::string digest = digest_of_text("x").to_string();
  digest[10] = 'A';
  EXPECT_EQ(rejection_with("digest", digest), "DIGEST-FORM J13");
}

TEST(Descriptor, RejectsNegativeSizes) {
  EXPECT_EQ(rejection_with("size", -1), "SIZE J05");
}

TEST(Descriptor, RejectsFractionalSizes) {
  EXPECT_EQ(rejection_with("size", 1.5), "SIZE J05");
}

TEST(Descriptor, RejectsAKeyInAnotherCase) {
  Json json = sound();
  json.erase("digest");
  json["Digest"] = digest_of_text("x").to_string();
  EXPECT_EQ(rejection_of([&] { Descriptor::parse(json, "test"); }), "JSON-KEYS J10");
}

TEST(Descriptor, RejectsAnnotationsThatShouldHoldADigest) {
  EXPECT_EQ(rejection_with("annotations", Json{{"vnd.docker.reference.digest", "sha256:../x"}}),
            "DIGEST-FORM J13");
}

TEST(Descriptor, RefusesAnnotationsThatAreNoText) {
  EXPECT_EQ(rejection_with("annotations", Json{{"a", 1}}), "plain");
  EXPECT_EQ(rejection_with("annotations", Json::array()), "plain");
}

TEST(Descriptor, RefusesAPlatformThatIsNoObject) {
  EXPECT_EQ(rejection_with("platform", "linux"), "plain");
}

TEST(Descriptor, KeepsUnknownKeysInTheirOrder) {
  const Json json = parse_json(R"({"z":1,"size":5,"mediaType":"t","y":[2.5],"digest":")" +
                                   digest_of_text("x").to_string() + R"("})",
                               "test");
  EXPECT_EQ(print_json(Descriptor::parse(json, "test").json()), print_json(json));
}

TEST(Descriptor, SetsAndRemovesAnAnnotation) {
  const Descriptor plain = Descriptor::parse(sound(), "test");
  const Descriptor named = plain.with_annotation(annotation_ref_name, "app:1");
  EXPECT_EQ(named.annotation(annotation_ref_name), "app:1");
  EXPECT_FALSE(plain.annotation(annotation_ref_name));
  EXPECT_EQ(named.with_annotation(annotation_ref_name, std::nullopt).json(), plain.json());
}

TEST(Descriptor, KeepsOtherAnnotations) {
  const Descriptor both = Descriptor::parse(sound(), "test")
                              .with_annotation("a", "1")
                              .with_annotation("b", "2")
                              .with_annotation("a", std::nullopt);
  EXPECT_EQ(both.annotation("b"), "2");
  EXPECT_FALSE(both.annotation("a"));
}

TEST(Descriptor, KeepsWhatElseIsSaidOfAnEqualPlatform) {
  Json json = sound();
  json["platform"] = Json{{"architecture", "amd64"}, {"os", "linux"}, {"os.version", "10"}};
  const Descriptor descriptor = Descriptor::parse(json, "test");
  EXPECT_EQ(descriptor.with_platform({"linux", "amd64", ""}).json(), json);
  EXPECT_EQ(descriptor.with_platform({"linux", "arm", "v7"}).platform(),
            (Platform{"linux", "arm", "v7"}));
}

TEST(Descriptor, IsEqualByDigest) {
  const Descriptor first("a", digest_of_text("x"), 1);
  EXPECT_EQ(first, Descriptor("b", digest_of_text("x"), 1));
  EXPECT_FALSE(first == Descriptor("a", digest_of_text("y"), 1));
}

}  // namespace
}  // namespace imgops
