#include "libimgops/ops/recompress.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/image/image_edit.hpp"
#include "tests/ops/story_shop.hpp"
#include "tests/support/errors.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

using testing::code_of;
using testing::kind_of;
using testing::StoryShop;

constexpr std::string_view two_layers = R"(layer
  file /a "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
layer
  file /b "b"
)";

RecompressResult packed(StoryShop& shop, const Image& image, EncoderOptions encoder) {
  Operation operation = shop.operation;
  operation.encoder = encoder;
  return recompress(operation, image, {0, image.layers().size()});
}

constexpr std::string_view some_digest =
    "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef";

// The image with the JSON of its lowest layer's descriptor changed.
template <class Edit>
Image with_descriptor(const Image& image, const Edit& edit) {
  Json manifest = image.manifest_json();
  edit(manifest["layers"][0]);
  return Image::parse(print_json(manifest), image.configuration_text(), "test");
}

TEST(Recompress, ChangesBlobsAndNoArchive) {
  StoryShop shop;
  const Image image = shop.image(two_layers);
  for (const Compression form : {Compression::gzip, Compression::zstd, Compression::none}) {
    const Image result = packed(shop, image, {form, 0}).image;
    EXPECT_EQ(result.diff_ids(), image.diff_ids());
    EXPECT_EQ(parse_media_type(result.layers()[0].descriptor.media_type())->compression, form);
    EXPECT_EQ(shop.listing(result, 0), "a");
    EXPECT_EQ(result.configuration_text(), image.configuration_text());
  }
}

TEST(Recompress, ASecondTimeNothingIsToDo) {
  StoryShop shop;
  for (const EncoderOptions encoder :
       {EncoderOptions{Compression::zstd, 0}, EncoderOptions{Compression::zstd, 19},
        EncoderOptions{Compression::gzip, 9}, EncoderOptions{Compression::none, 0}}) {
    const Image once = packed(shop, shop.image(two_layers), encoder).image;
    EXPECT_EQ(packed(shop, once, encoder).image.descriptor(), once.descriptor());
  }
}

TEST(Recompress, WithoutALevelLeavesLayersOfThatFormAlone) {
  StoryShop shop;
  const Image best = packed(shop, shop.image(two_layers), {Compression::zstd, 19}).image;
  EXPECT_EQ(packed(shop, best, {Compression::zstd, 0}).image.descriptor(), best.descriptor());
}

TEST(Recompress, ThereAndBackIsTheSame) {
  StoryShop shop;
  const Image gzip = packed(shop, shop.image(two_layers), {Compression::gzip, 0}).image;
  const Image zstd = packed(shop, gzip, {Compression::zstd, 0}).image;
  EXPECT_EQ(packed(shop, zstd, {Compression::gzip, 0}).image.manifest_json(), gzip.manifest_json());
}

TEST(Recompress, OnlyTouchesTheRange) {
  StoryShop shop;
  Operation operation = shop.operation;
  operation.encoder = {Compression::zstd, 0};
  const Image image = shop.image(two_layers);
  const RecompressResult result = recompress(operation, image, {1, 2});
  EXPECT_EQ(result.image.layers()[0].descriptor.json(), image.layers()[0].descriptor.json());
  ASSERT_EQ(result.layers.size(), 1U);
  EXPECT_EQ(result.layers[0].layer, 1U);
}

TEST(Recompress, OfADockerImageUsesTheOciNameOfZstd) {
  StoryShop shop;
  const Image image = shop.image(two_layers, MediaFamily::docker);
  const Image zstd = packed(shop, image, {Compression::zstd, 0}).image;
  EXPECT_EQ(zstd.layers()[0].descriptor.media_type(),
            "application/vnd.oci.image.layer.v1.tar+zstd");
  EXPECT_EQ(packed(shop, zstd, {Compression::gzip, 0}).image.layers()[0].descriptor.media_type(),
            "application/vnd.docker.image.rootfs.diff.tar.gzip");
}

TEST(Recompress, DropsTablesForLazyPullingAndKeepsOtherAnnotations) {
  StoryShop shop;
  const Image image = with_descriptor(shop.image(two_layers), [](Json& layer) {
    layer["annotations"] = {{"io.github.containers.zstd-chunked.manifest-position", "1:2:3:1"},
                            {"containerd.io/snapshot/stargz/toc.digest", some_digest},
                            {"com.example", "kept"}};
    layer["urls"] = {"https://example.com/x"};
    layer["x-own"] = 1;
  });
  const Json layer =
      packed(shop, image, {Compression::gzip, 0}).image.layers()[0].descriptor.json();
  EXPECT_EQ(layer["annotations"], (Json{{"com.example", "kept"}}));
  EXPECT_FALSE(layer.contains("urls"));
  EXPECT_EQ(layer["x-own"], 1);
}

TEST(Recompress, CorrectsATypeThatSaysOtherwise) {
  StoryShop shop;
  const Image image = with_descriptor(shop.image(two_layers), [](Json& layer) {
    layer["mediaType"] = "application/vnd.oci.image.layer.v1.tar+gzip";
  });
  const Descriptor layer = packed(shop, image, {Compression::none, 0}).image.layers()[0].descriptor;
  EXPECT_EQ(layer, image.layers()[0].descriptor);
  EXPECT_EQ(layer.media_type(), "application/vnd.oci.image.layer.v1.tar");
}

TEST(Recompress, LeavesUnknownTypesAlone) {
  StoryShop shop;
  const Image image = with_descriptor(shop.image(two_layers), [](Json& layer) {
    layer["mediaType"] = "application/vnd.example.layer+encrypted";
  });
  const Image result = packed(shop, image, {Compression::gzip, 0}).image;
  EXPECT_EQ(result.layers()[0].descriptor.json(), image.layers()[0].descriptor.json());
}

TEST(Recompress, MakesAForeignLayerAnOrdinaryOne) {
  StoryShop shop;
  const Image image = with_descriptor(shop.image(two_layers), [](Json& layer) {
    layer["mediaType"] = "application/vnd.oci.image.layer.nondistributable.v1.tar";
  });
  EXPECT_EQ(packed(shop, image, {Compression::gzip, 0}).image.layers()[0].descriptor.media_type(),
            "application/vnd.oci.image.layer.v1.tar+gzip");
}

TEST(Recompress, RefusesAnArchiveOfAnotherDiffIdAndLeavesNoBlob) {
  StoryShop shop;
  const Image image = shop.image(two_layers);
  Json configuration = image.configuration_json();
  configuration["rootfs"]["diff_ids"][0] = image.diff_ids()[1].digest.to_string();
  const std::string text = print_json(configuration);
  Json manifest = image.manifest_json();
  manifest["config"]["digest"] = digest_of(as_bytes(text)).to_string();
  manifest["config"]["size"] = text.size();
  const Image wrong = Image::parse(print_json(manifest), text, "test");
  const std::size_t count = shop.blobs.count();
  EXPECT_EQ(code_of([&] { packed(shop, wrong, {Compression::gzip, 0}); }), DiagnosticCode::diff_id);
  EXPECT_EQ(shop.blobs.count(), count);
}

TEST(Recompress, RefusesABlobOfOtherBytes) {
  StoryShop shop;
  const Image image = shop.image(two_layers);
  const Image wrong = with_descriptor(image, [&](Json& layer) { layer["size"] = 7; });
  EXPECT_EQ(kind_of([&] { packed(shop, wrong, {Compression::gzip, 0}); }), ErrorKind::corrupt);
}

TEST(Recompress, ThreadsDoNotChangeTheDigest) {
  StoryShop one(1);
  StoryShop many(16);
  const EncoderOptions encoder{Compression::zstd, 0};
  EXPECT_EQ(packed(one, one.image(two_layers), encoder).image.descriptor(),
            packed(many, many.image(two_layers), encoder).image.descriptor());
}

}  // namespace
}  // namespace imgops
