#include "libimgops/ops/factor.hpp"

#include "libimgops/diff/compare.hpp"
#include "libimgops/image/image_edit.hpp"
#include "libimgops/ops/append.hpp"
#include "libimgops/ops/view.hpp"
#include "libimgops/store/memory_blobs.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/layer_builder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace imgops {
namespace {

using testing::kind_of;
using testing::LayerBuilder;

struct Workshop {
  explicit Workshop(std::size_t threads = 2) : workers(threads) {}
  MemoryBlobs blobs;
  LayerCache cache{blobs, std::nullopt};
  Workers workers;
  SilentObserver observer;
  Operation operation{blobs, cache, workers, observer, {}, {}};

  Image empty() const { return empty_image({"linux", "amd64", ""}, MediaFamily::oci); }

  Image add(const Image& image, LayerBuilder layer, std::vector<std::string> removed = {}) {
    AppendOptions options;
    options.message = "step";
    options.removed = std::move(removed);
    const auto built = layer.build();
    return append(operation, image, std::span(&built, 1), options).image;
  }

  // Two images on one base that both have a library, and each something of its own.
  std::vector<Image> samples() {
    const Image base = add(empty(), LayerBuilder().directory("etc").file("etc/base", "base"));
    Image one = add(base, LayerBuilder().directory("lib").file("lib/shared", text));
    one = add(one, LayerBuilder().file("etc/one", "1"));
    Image two = add(base, LayerBuilder().file("etc/two", "2"));
    two = add(two, LayerBuilder().directory("lib").file("lib/shared", text));
    return {one, two};
  }

  bool is_same(const Image& left, const Image& right) {
    return compare(view(operation, left), view(operation, right), cache).empty();
  }

  std::string text = std::string(5000, 's');
};

TEST(Factor, EveryImageKeepsItsTreeAndStandsOnTheBase) {
  Workshop shop;
  const auto images = shop.samples();
  const FactorResult result = factor(shop.operation, images, {});
  ASSERT_EQ(result.images.size(), 2U);
  for (std::size_t number = 0; number < images.size(); ++number) {
    EXPECT_TRUE(shop.is_same(images[number], result.images[number]));
    EXPECT_TRUE(is_proper_base(*result.base, result.images[number]));
  }
}

TEST(Factor, TheBaseHoldsWhatAllHoldAlikeAndNothingElse) {
  Workshop shop;
  const FactorResult result = factor(shop.operation, shop.samples(), {});
  const Tree tree = view(shop.operation, *result.base);
  EXPECT_NE(tree.find("lib/shared"), nullptr);
  EXPECT_EQ(tree.find("etc/one"), nullptr);
  EXPECT_EQ(tree.find("etc/two"), nullptr);
  EXPECT_EQ(result.files, 1U);
  EXPECT_EQ(result.bytes, 5000U);
}

TEST(Factor, LayersWithoutMovedFilesKeepTheirBlobsAndEmptyOnesVanish) {
  Workshop shop;
  const auto images = shop.samples();
  const FactorResult result = factor(shop.operation, images, {});
  ASSERT_EQ(result.images[0].layers().size(), 3U);
  EXPECT_EQ(result.images[0].layers()[2].descriptor, images[0].layers()[2].descriptor);
  ASSERT_EQ(result.images[1].layers().size(), 3U);
  EXPECT_EQ(result.images[1].layers()[2].descriptor, images[1].layers()[1].descriptor);
}

TEST(Factor, OneLayerHoldsAllThatIsLeft) {
  Workshop shop;
  std::vector<Image> images = shop.samples();
  images[0] = shop.add(images[0], LayerBuilder().file("etc/more", "more"));
  FactorOptions options;
  options.one_layer = true;
  options.verify = true;
  const FactorResult result = factor(shop.operation, images, options);
  EXPECT_EQ(result.images[0].layers().size(), 3U);
  EXPECT_TRUE(shop.is_same(images[0], result.images[0]));
}

TEST(Factor, TooLittleInCommonWritesNothing) {
  Workshop shop;
  const auto images = shop.samples();
  const std::size_t count = shop.blobs.count();
  FactorOptions options;
  options.least_bytes = 5001;
  const FactorResult result = factor(shop.operation, images, options);
  EXPECT_FALSE(result.base);
  EXPECT_EQ(result.bytes, 5000U);
  EXPECT_EQ(shop.blobs.count(), count);
}

TEST(Factor, HardLinksMoveTogetherOrNotAtAll) {
  Workshop shop;
  const std::string text(3000, 'h');
  const Image base = shop.add(shop.empty(), LayerBuilder().file("base", "b"));
  const Image one = shop.add(base, LayerBuilder().file("a", text).hard_link("b", "a").file(
                                       "other", std::string(100, 'o')));
  const Image two =
      shop.add(base, LayerBuilder().file("a", text).file("other", std::string(100, 'o')));
  const FactorResult result = factor(shop.operation, std::vector{one, two}, {});
  const Tree tree = view(shop.operation, *result.base);
  EXPECT_EQ(tree.find("a"), nullptr);
  EXPECT_NE(tree.find("other"), nullptr);
  EXPECT_TRUE(shop.is_same(one, result.images[0]));
}

TEST(Factor, AGroupThatAllHaveMovesWhole) {
  Workshop shop;
  const std::string text(3000, 'h');
  const Image base = shop.add(shop.empty(), LayerBuilder().file("base", "b"));
  const LayerBuilder group = LayerBuilder().file("a", text).hard_link("b", "a");
  const Image one = shop.add(shop.add(base, group), LayerBuilder().file("one", "1"));
  const Image two = shop.add(shop.add(base, LayerBuilder().file("two", "2")), group);
  const FactorResult result = factor(shop.operation, std::vector{one, two}, {});
  const Tree tree = view(shop.operation, *result.base);
  ASSERT_NE(tree.find("b"), nullptr);
  EXPECT_EQ(tree.find("a")->inode(), tree.find("b")->inode());
  EXPECT_EQ(result.bytes, 3000U);
}

TEST(Factor, TimesAloneMakeADifferenceUnlessTheyAreIgnored) {
  Workshop shop;
  const auto layer = [&](std::int64_t seconds) {
    LayerBuilder builder;
    builder.file("file", shop.text).last().mtime = {seconds, 0};
    return builder;
  };
  const Image base = shop.add(shop.empty(), LayerBuilder().file("base", "b"));
  const std::vector images = {shop.add(shop.add(base, layer(1)), LayerBuilder().file("1", "1")),
                              shop.add(shop.add(base, layer(2)), LayerBuilder().file("2", "2"))};
  EXPECT_FALSE(factor(shop.operation, images, {}).base);
  FactorOptions options;
  options.ignore_mtime = true;
  options.verify = true;
  EXPECT_EQ(factor(shop.operation, images, options).files, 1U);
}

TEST(Factor, AWhiteoutOfAnOwnLayerDoesNotHideWhatMoved) {
  Workshop shop;
  const Image base = shop.add(
      shop.empty(), LayerBuilder().directory("d").file("d/old", "old").file("d/file", "first"));
  Image one = shop.add(base, LayerBuilder(), {"d"});
  one = shop.add(one, LayerBuilder().directory("d").file("d/file", shop.text).file("one", "1"));
  const Image two = shop.add(base, LayerBuilder().file("d/file", shop.text).file("two", "2"));
  FactorOptions options;
  options.verify = true;
  const FactorResult result = factor(shop.operation, std::vector{one, two}, options);
  ASSERT_TRUE(result.base);
  EXPECT_TRUE(shop.is_same(one, result.images[0]));
  EXPECT_TRUE(shop.is_same(two, result.images[1]));
}

TEST(Factor, TheBaseHasTheSettingsAllShare) {
  Workshop shop;
  std::vector<Image> images = shop.samples();
  int number = 0;
  for (Image& image : images) {
    ++number;
    image = edit_configuration(image, [&](Json& json) {
      json["config"]["Env"] = {"PATH=/bin", "N=" + std::to_string(number)};
      json["config"]["Labels"] = {{"all", "x"}, {"own", std::to_string(number)}};
      json["config"]["Cmd"] = {std::to_string(number)};
      json["config"]["User"] = "nobody";
    });
    image = annotate(image, {{"own", std::to_string(number)}, {"all", "x"}});
  }
  const FactorResult result = factor(shop.operation, images, {});
  EXPECT_EQ(result.base->configuration_json()["config"],
            Json::parse(R"({"Env":["PATH=/bin"],"Labels":{"all":"x"},"User":"nobody"})"));
  EXPECT_EQ(result.base->annotation("own"), std::nullopt);
  EXPECT_EQ(result.base->annotation("all"), "x");
}

TEST(Factor, HistoryKeepsAnEntryForEveryLayer) {
  Workshop shop;
  for (const bool one_layer : {false, true}) {
    FactorOptions options;
    options.one_layer = one_layer;
    const FactorResult result = factor(shop.operation, shop.samples(), options);
    for (const Image& image : result.images) {
      const auto full = std::ranges::count(image.history(), false, &HistoryEntry::empty_layer);
      EXPECT_EQ(static_cast<std::size_t>(full), image.layers().size());
    }
  }
}

TEST(Factor, ASecondTimeThereIsNothingInCommonLeft) {
  Workshop shop;
  const FactorResult once = factor(shop.operation, shop.samples(), {});
  EXPECT_FALSE(factor(shop.operation, once.images, {}).base);
}

TEST(Factor, ThreadsDoNotChangeTheDigests) {
  Workshop one(1);
  Workshop many(16);
  const FactorResult left = factor(one.operation, one.samples(), {});
  const FactorResult right = factor(many.operation, many.samples(), {});
  EXPECT_EQ(left.base->descriptor(), right.base->descriptor());
  EXPECT_EQ(left.images[1].descriptor(), right.images[1].descriptor());
}

TEST(Factor, OneImageOrTwoPlatformsAreRefused) {
  Workshop shop;
  const std::vector<Image> images = shop.samples();
  EXPECT_EQ(kind_of([&] { factor(shop.operation, std::span(images).first(1), {}); }),
            ErrorKind::invalid_argument);
  const Image other = edit_configuration(
      images[1], [](Json& configuration) { configuration["architecture"] = "arm64"; });
  EXPECT_EQ(kind_of([&] {
              factor(shop.operation, std::vector{images[0], other}, {});
            }),
            ErrorKind::invalid_argument);
}

}  // namespace
}  // namespace imgops
