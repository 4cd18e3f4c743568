#include "libimgops/layer/layer_cache.hpp"

#include "tests/layer/layer_world.hpp"
#include "tests/support/errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace imgops {
namespace {

using testing::add_layer;
using testing::Archive;
using testing::bytes_to_open;
using testing::entry_of;
using testing::error_of;
using testing::files_below;
using ::testing::HasSubstr;
using testing::kind_of;
using testing::overwrite;
using testing::ScratchDirectory;
using testing::small_archive;
using testing::World;

TEST(LayerCache, GivesIndexesInTheOrderOfTheLayers) {
  World world;
  const std::vector<ImageLayer> layers{
      add_layer(world.blobs, small_archive("a")),
      add_layer(world.blobs, small_archive(std::string(9999, 'b'))),
      add_layer(world.blobs, small_archive("c"))};
  LayerCache cache(world.blobs, {});
  const auto indexes = cache.open(layers, world.workers, world.observer);
  ASSERT_EQ(indexes.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(indexes[i]->diff_id, layers[i].diff_id);
}

TEST(LayerCache, ReadsALayerThatOccursTwiceOnce) {
  World world;
  const ImageLayer layer = add_layer(world.blobs, small_archive());
  LayerCache cache(world.counted, {});
  world.open(cache, layer);
  const std::uint64_t once = world.counted.bytes_read();
  world.counted.start_again();
  LayerCache other(world.counted, {});
  const std::vector<ImageLayer> twice{layer, layer};
  const auto indexes = other.open(twice, world.workers, world.observer);
  EXPECT_EQ(world.counted.bytes_read(), once);
  EXPECT_EQ(indexes[0], indexes[1]);
}

// One that is larger than all others together.
TEST(LayerCache, ALayerThatOtherThreadsHashIsProvenAsAnyOther) {
  World world;
  ImageLayer layer = add_layer(world.blobs, small_archive(std::string(1'000'000, 'a')));
  layer.diff_id = DiffId{digest_of({})};
  LayerCache cache(world.blobs, {});
  const auto error = error_of([&] { world.open(cache, layer); });
  ASSERT_TRUE(error);
  EXPECT_THAT(error->what(), HasSubstr("archive has the digest"));
}

TEST(LayerCache, ReadsNothingWhileSomebodyHoldsTheIndex) {
  World world;
  const ImageLayer layer = add_layer(world.blobs, small_archive());
  LayerCache cache(world.counted, {});
  const auto held = world.open(cache, layer);
  world.counted.start_again();
  EXPECT_EQ(world.open(cache, layer), held);
  EXPECT_EQ(world.counted.bytes_read(), 0U);
}

TEST(LayerCache, ForgetsAnIndexThatNobodyHolds) {
  World world;
  const ImageLayer layer = add_layer(world.blobs, small_archive());
  LayerCache cache(world.counted, {});
  world.open(cache, layer);
  world.counted.start_again();
  world.open(cache, layer);
  EXPECT_GT(world.counted.bytes_read(), 0U);
}

TEST(LayerCache, AnotherProcessReadsNothing) {
  World world;
  const ScratchDirectory scratch;
  const ImageLayer layer = add_layer(world.blobs, small_archive());
  EXPECT_GT(bytes_to_open(world, {scratch.path(), "key"}, layer), 0U);
  EXPECT_EQ(bytes_to_open(world, {scratch.path(), "key"}, layer), 0U);
}

TEST(LayerCache, AnotherProcessFindsTheSameEntries) {
  World world;
  const ScratchDirectory scratch;
  const CacheLocation location{scratch.path(), "key"};
  const ImageLayer layer = add_layer(world.blobs, small_archive());
  LayerCache first(world.blobs, location);
  LayerCache second(world.blobs, location);
  const auto left = world.open(first, layer);
  const auto right = world.open(second, layer);
  ASSERT_NE(left, right);
  ASSERT_EQ(left->entries.size(), right->entries.size());
  for (std::size_t i = 0; i < left->entries.size(); ++i) {
    EXPECT_EQ(left->entries[i].path, right->entries[i].path);
    EXPECT_EQ(left->entries[i].kind(), right->entries[i].kind());
    EXPECT_EQ(left->entries[i].link_path(), right->entries[i].link_path());
    EXPECT_EQ(attributes_of(left->entries[i].inode), attributes_of(right->entries[i].inode));
  }
}

TEST(LayerCache, NamesTheLayerWhoseBlobIsMissing) {
  World world;
  const ImageLayer layer = add_layer(world.blobs, small_archive());
  ImageLayer missing = layer;
  missing.descriptor = Descriptor(layer.descriptor.media_type(), layer.diff_id.digest, 10);
  const std::vector<ImageLayer> layers{layer, missing};
  LayerCache cache(world.blobs, {});
  const auto error = error_of([&] { cache.open(layers, world.workers, world.observer); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::not_found);
  EXPECT_THAT(error->what(),
              HasSubstr("layer 2 (sha256:" + layer.diff_id.digest.short_text() + ")"));
}

TEST(LayerCache, ADiagnosticSaysWhichLayerIsMeant) {
  World world;
  const ImageLayer good = add_layer(world.blobs, small_archive());
  const ImageLayer bad = add_layer(world.blobs, Archive().file("../escape", "x").text());
  const std::vector<ImageLayer> layers{good, bad};
  LayerCache cache(world.blobs, {});
  const auto error = error_of([&] { cache.open(layers, world.workers, world.observer); });
  ASSERT_TRUE(error);
  ASSERT_NE(error->diagnostic(), nullptr);
  EXPECT_EQ(error->diagnostic()->layer_index, 1U);
  EXPECT_THAT(error->what(), HasSubstr("layer 2"));
}

TEST(LayerCache, OfSeveralFailuresTheLowestLayerIsTold) {
  World world;
  std::vector<ImageLayer> layers;
  for (const std::size_t size : {std::size_t{10}, std::size_t{100'000}, std::size_t{1000}}) {
    layers.push_back(add_layer(
        world.blobs, Archive().file("fill", testing::noise(size, 1)).file("../x", "x").text()));
  }
  LayerCache cache(world.blobs, {});
  const auto error = error_of([&] { cache.open(layers, world.workers, world.observer); });
  ASSERT_TRUE(error);
  EXPECT_THAT(error->what(), HasSubstr("layer 1"));
}

TEST(LayerCache, StopsWhenAsked) {
  World world;
  const ImageLayer layer = add_layer(world.blobs, small_archive());
  LayerCache cache(world.blobs, {});
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(kind_of([&] {
              cache.open(std::span(&layer, 1), world.workers, world.observer, stop.get_token());
            }),
            ErrorKind::cancelled);
}

TEST(LayerCache, WorksWithoutACacheThatCannotBeWritten) {
  World world;
  const ScratchDirectory scratch;
  overwrite(scratch.path() / "file", "no directory");
  const ImageLayer layer = add_layer(world.blobs, small_archive());
  LayerCache cache(world.blobs, CacheLocation{scratch.path() / "file" / "cache", "key"});
  const auto index = world.open(cache, layer);
  EXPECT_EQ(index->entries.size(), 4U);
  EXPECT_TRUE(cache.header(*index, entry_of(*index, "etc")));
}

TEST(LayerCache, LeavesNothingButItsFiles) {
  World world;
  const ScratchDirectory scratch;
  bytes_to_open(world, {scratch.path(), "key"}, add_layer(world.blobs, small_archive()));
  EXPECT_EQ(files_below(scratch.path()).size(), 3U);
}

TEST(LayerCache, KeepsTheHeadersOfDirectoriesAndHardLinks) {
  World world;
  const ScratchDirectory scratch;
  const std::string archive = small_archive();
  const ImageLayer layer = add_layer(world.blobs, archive);
  const CacheLocation location{scratch.path(), "key"};
  LayerCache memory(world.blobs, {});
  LayerCache disk(world.blobs, location);
  LayerCache later(world.blobs, location);
  for (LayerCache* const cache : {&memory, &disk, &later}) {
    const auto index = world.open(*cache, layer);
    for (const std::string_view path : {"etc", "etc/passwd-"}) {
      const LayerEntry& entry = entry_of(*index, path);
      EXPECT_EQ(cache->header(*index, entry),
                archive.substr(entry.member_offset_bytes(), entry.header_bytes()));
    }
    EXPECT_EQ(cache->header(*index, entry_of(*index, "etc/passwd")), std::nullopt);
  }
}

TEST(LayerCache, HasNoCursorForALayerItDidNotOpen) {
  World world;
  LayerCache cache(world.blobs, {});
  const LayerIndex stranger(add_layer(world.blobs, small_archive()).diff_id);
  EXPECT_EQ(kind_of([&] { cache.cursor(stranger); }), ErrorKind::not_found);
}

TEST(LayerCache, ThreadsMayOpenTheSameLayersAtOnce) {
  World world;
  const ScratchDirectory scratch;
  std::vector<ImageLayer> layers;
  for (unsigned i = 0; i < 4; ++i) {
    layers.push_back(add_layer(world.blobs, small_archive(testing::noise(5000, i))));
  }
  LayerCache cache(world.blobs, CacheLocation{scratch.path(), "key"});
  world.workers.for_each_index(8, [&](std::size_t) {
    const auto indexes = cache.open(layers, world.workers, world.observer);
    for (std::size_t i = 0; i < layers.size(); ++i) {
      EXPECT_EQ(indexes[i]->diff_id, layers[i].diff_id);
      EXPECT_TRUE(cache.header(*indexes[i], entry_of(*indexes[i], "etc")));
    }
  });
}

}  // namespace
}  // namespace imgops
