#include "libimgops/image/layer_edit.hpp"

#include "libimgops/base/hasher.hpp"
#include "libimgops/image/image_edit.hpp"
#include "tests/support/errors.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace imgops {
namespace {

using testing::kind_of;

ImageLayer layer(const std::string& text) {
  const Digest digest = digest_of(as_bytes(text));
  return {Descriptor("application/vnd.oci.image.layer.v1.tar", digest, text.size()), {digest}};
}

HistoryEntry entry(const std::string& text, bool is_empty = false) {
  return HistoryEntry::make("", text, "", is_empty);
}

// Layers a, b and c, an empty step between b and c.
Image sample() {
  Image image = empty_image({"linux", "amd64", ""}, MediaFamily::oci);
  image = append_layer(image, layer("a"), entry("a"));
  image = append_layer(image, layer("b"), entry("b"));
  image = replace_layers(image, {2, 2}, nullptr, entry("CMD", true));
  return append_layer(image, layer("c"), entry("c"));
}

std::vector<std::string> story(const Image& image) {
  std::vector<std::string> steps;
  for (const HistoryStep& step : pair_history(image.history(), image.layers().size()).steps) {
    std::string text = image.history()[*step.entry].created_by;
    if (step.layer) text += " " + image.layers()[*step.layer].diff_id.digest.short_text();
    steps.push_back(text);
  }
  return steps;
}

std::string with_layer(const std::string& step, const std::string& text) {
  return step + " " + layer(text).diff_id.digest.short_text();
}

TEST(LayerEdit, ExchangedLayersKeepTheStory) {
  const std::vector<ImageLayer> others = {layer("x"), layer("b")};
  EXPECT_EQ(story(exchange_lowest_layers(sample(), others)),
            (std::vector{with_layer("a", "x"), with_layer("b", "b"), std::string("CMD"),
                         with_layer("c", "c")}));
}

TEST(LayerEdit, AnInsertedLayerStandsAtItsLine) {
  EXPECT_EQ(story(insert_layer(sample(), 2, layer("p"), 3, entry("p"))),
            (std::vector{with_layer("a", "a"), with_layer("b", "b"), std::string("CMD"),
                         with_layer("p", "p"), with_layer("c", "c")}));
}

TEST(LayerEdit, ALineOnTheOtherSideOfALayerIsRefused) {
  EXPECT_EQ(kind_of([] { insert_layer(sample(), 2, layer("p"), 1, entry("p")); }),
            ErrorKind::invalid_argument);
  EXPECT_EQ(kind_of([] { insert_layer(sample(), 2, layer("p"), 4, entry("p")); }),
            ErrorKind::invalid_argument);
}

TEST(LayerEdit, ARemovedLayerGoesWithItsEntry) {
  EXPECT_EQ(story(remove_layer(sample(), 1)),
            (std::vector{with_layer("a", "a"), std::string("CMD"), with_layer("c", "c")}));
}

TEST(LayerEdit, InsertedAndRemovedIsAsBefore) {
  const Image image = sample();
  EXPECT_EQ(remove_layer(insert_layer(image, 3, layer("p"), 4, entry("p")), 3).descriptor(),
            image.descriptor());
}

TEST(LayerEdit, MoreLayersThanThereAreAreRefused) {
  const std::vector<ImageLayer> many(4, layer("x"));
  EXPECT_EQ(kind_of([&] { exchange_lowest_layers(sample(), many); }), ErrorKind::invalid_argument);
  EXPECT_EQ(kind_of([] { remove_layer(sample(), 3); }), ErrorKind::invalid_argument);
}

}  // namespace
}  // namespace imgops
