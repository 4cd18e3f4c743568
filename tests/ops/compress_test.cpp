#include "libimgops/ops/compress.hpp"

#include "libimgops/diff/compare.hpp"
#include "libimgops/ops/append.hpp"
#include "libimgops/ops/layer_report.hpp"
#include "libimgops/ops/view.hpp"
#include "libimgops/store/memory_blobs.hpp"
#include "libimgops/store/overlay_blobs.hpp"
#include "tests/support/layer_builder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace imgops {
namespace {

using testing::LayerBuilder;

// Blobs in memory and the means to work on them.
struct Workshop {
  explicit Workshop(std::size_t threads = 2) : workers(threads) {}
  MemoryBlobs blobs;
  LayerCache cache{blobs, std::nullopt};
  Workers workers;
  SilentObserver observer;
  Operation operation{blobs, cache, workers, observer, {}, {}};

  Image add(const Image& image, const std::shared_ptr<const LayerIndex>& layer,
            std::vector<std::string> removed = {}) {
    AppendOptions options;
    options.message = "step";
    options.removed = std::move(removed);
    return append(operation, image, std::span(&layer, 1), options).image;
  }

  // A base; a file added, removed again, another one kept.
  Image sample() {
    Image image = empty_image({"linux", "amd64", ""}, MediaFamily::oci);
    image = add(image, LayerBuilder().directory("etc").file("etc/base", "base").build());
    image = add(image, LayerBuilder().file("etc/big", std::string(5000, 'x')).build());
    image = add(image, LayerBuilder().build(), {"etc/big"});
    return add(image, LayerBuilder().file("etc/app", "app").build());
  }
};

TEST(Compress, TheMergedTreeStaysTheSame) {
  Workshop shop;
  const Image image = shop.sample();
  const Image result = compress(shop.operation, image, {1, 4}).image;
  EXPECT_TRUE(
      compare(view(shop.operation, image), view(shop.operation, result), shop.cache).empty());
}

TEST(Compress, TheBaseKeepsItsBlobAndTheRestIsOneLayer) {
  Workshop shop;
  const Image image = shop.sample();
  const Image result = compress(shop.operation, image, {1, 4}).image;
  ASSERT_EQ(result.layers().size(), 2U);
  EXPECT_EQ(result.layers()[0].descriptor, image.layers()[0].descriptor);
}

TEST(Compress, LayersAboveTheRangeKeepTheirBlobs) {
  Workshop shop;
  const Image image = shop.sample();
  const Image result = compress(shop.operation, image, {1, 3}).image;
  EXPECT_EQ(result.layers().back().descriptor, image.layers().back().descriptor);
  EXPECT_TRUE(
      compare(view(shop.operation, image), view(shop.operation, result), shop.cache).empty());
}

TEST(Compress, ARangeThatCancelsOutBecomesNoLayer) {
  Workshop shop;
  const Image result = compress(shop.operation, shop.sample(), {1, 3}).image;
  EXPECT_EQ(result.layers().size(), 2U);
}

TEST(Compress, NonEmptyHistoryEntriesAreAsManyAsLayers) {
  Workshop shop;
  const Image image = shop.sample();
  for (const LayerRange range : {LayerRange{0, 4}, LayerRange{1, 3}, LayerRange{2, 4}}) {
    const Image result = compress(shop.operation, image, range).image;
    const auto full = std::count_if(result.history().begin(), result.history().end(),
                                    [](const HistoryEntry& entry) { return !entry.empty_layer; });
    EXPECT_EQ(static_cast<std::size_t>(full), result.layers().size());
  }
}

TEST(Compress, ASecondTimeNothingIsToDo) {
  Workshop shop;
  const Image once = compress(shop.operation, shop.sample(), {1, 4}).image;
  const CompressResult twice = compress(shop.operation, once, {1, once.layers().size()});
  EXPECT_FALSE(twice.changed);
  EXPECT_EQ(twice.image.descriptor(), once.descriptor());
}

TEST(Compress, ThreadsDoNotChangeTheDigest) {
  Workshop one(1);
  Workshop many(16);
  EXPECT_EQ(flatten(one.operation, one.sample()).image.descriptor(),
            flatten(many.operation, many.sample()).image.descriptor());
}

TEST(Compress, ADryRunTellsTheDigestAndStoresNothing) {
  Workshop shop;
  const Image image = shop.sample();
  const std::size_t count = shop.blobs.count();
  OverlayBlobs overlay(shop.blobs);
  const Operation dry{overlay, shop.cache, shop.workers, shop.observer, {}, {}};
  const Digest told = flatten(dry, image).image.descriptor().digest();
  EXPECT_EQ(shop.blobs.count(), count);
  EXPECT_EQ(flatten(shop.operation, image).image.descriptor().digest(), told);
}

TEST(Compress, VerifyReadsTheResultBack) {
  Workshop shop;
  CompressOptions options;
  options.verify = true;
  EXPECT_TRUE(compress(shop.operation, shop.sample(), {0, 4}, options).changed);
}

TEST(Append, ADirectoryLinkOfTheImageIsFollowed) {
  Workshop shop;
  Image image = empty_image({"linux", "amd64", ""}, MediaFamily::oci);
  image = shop.add(
      image,
      LayerBuilder().directory("usr").directory("usr/lib").symlink("lib", "usr/lib").build());
  image = shop.add(image, LayerBuilder().directory("lib").file("lib/new", "x").build());
  const Tree tree = view(shop.operation, image);
  EXPECT_NE(tree.find("usr/lib/new"), nullptr);
  EXPECT_EQ(tree.find("lib")->inode()->type(), FileType::symlink);
}

TEST(Append, WhatIsThereAlreadyAddsNoLayer) {
  Workshop shop;
  Image image = shop.sample();
  const auto layer = LayerBuilder().file("etc/app", "app").build();
  AppendOptions options;
  EXPECT_FALSE(append(shop.operation, image, std::span(&layer, 1), options).changed);
}

TEST(LayerReport, HiddenAndVisibleBytesAddUp) {
  Workshop shop;
  const ImageReport report = report_layers(shop.operation, shop.sample());
  EXPECT_EQ(report.unpacked_bytes, 4U + 5000U + 3U);
  EXPECT_EQ(report.visible_bytes, 7U);
  ASSERT_EQ(report.hidden.size(), 1U);
  EXPECT_EQ(report.hidden[0].reason, HiddenReason::deleted);
  EXPECT_EQ(report.hidden[0].written_in, 1U);
  EXPECT_EQ(report.hidden[0].hidden_by, 2U);
}

TEST(LayerReport, AFileAddedRemovedAndAddedAgainCostsTwice) {
  Workshop shop;
  Image image = empty_image({"linux", "amd64", ""}, MediaFamily::oci);
  const std::string body(1000, 'a');
  image = shop.add(image, LayerBuilder().file("base", std::string(2000, 'b')).build());
  image = shop.add(image, LayerBuilder().file("archive", body).build());
  image = shop.add(image, LayerBuilder().build(), {"archive"});
  image = shop.add(image, LayerBuilder().file("archive", body).build());
  const ImageReport report = report_layers(shop.operation, image);
  EXPECT_EQ(report.unpacked_bytes, 4000U);
  EXPECT_EQ(report.visible_bytes, 3000U);
  EXPECT_EQ(report.layers[2].unpacked_bytes, 0U);
}

TEST(LayerReport, AFileIsHiddenWhenItsLastNameGoes) {
  Workshop shop;
  Image image = empty_image({"linux", "amd64", ""}, MediaFamily::oci);
  image = shop.add(image, LayerBuilder().file("a", "12345").hard_link("b", "a").build());
  image = shop.add(image, LayerBuilder().build(), {"a"});
  EXPECT_TRUE(report_layers(shop.operation, image).hidden.empty());
  image = shop.add(image, LayerBuilder().build(), {"b"});
  const ImageReport report = report_layers(shop.operation, image);
  ASSERT_EQ(report.hidden.size(), 1U);
  EXPECT_EQ(report.hidden[0].bytes, 5U);
}

}  // namespace
}  // namespace imgops
