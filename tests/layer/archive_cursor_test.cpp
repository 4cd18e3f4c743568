#include "libimgops/layer/archive_cursor.hpp"

#include "libimgops/base/error.hpp"
#include "tests/layer/layer_world.hpp"

#include <gtest/gtest.h>

#include <cstring>

namespace imgops {
namespace {

using testing::add_layer;
using testing::Archive;
using testing::ScratchDirectory;
using testing::World;

// Some 20 MiB, so that there are several checkpoints.
std::string large_archive() {
  Archive archive;
  for (unsigned i = 0; i < 5; ++i) {
    archive.file("file" + std::to_string(i), testing::noise(4 * 1024 * 1024, i));
  }
  return archive.text();
}

std::string read(ArchiveCursor& cursor, std::uint64_t offset, std::size_t size) {
  std::string text(size, '\0');
  text.resize(cursor.read_at(offset, std::as_writable_bytes(std::span(text))));
  return text;
}

void expect_same_everywhere(ArchiveCursor& cursor, const std::string& archive) {
  // Ahead, behind, over the borders of pieces, and up to the end.
  std::uint64_t at = 7;
  for (int i = 0; i < 60; ++i) {
    at = (at * 2654435761U + 12345) % archive.size();
    const std::size_t size = 1 + at % 400'000;
    ASSERT_EQ(read(cursor, at, size), archive.substr(at, size)) << at;
  }
}

class ArchiveCursorOf : public ::testing::TestWithParam<Compression> {};

TEST_P(ArchiveCursorOf, ReadsTheSameEverywhereAsTheArchiveItself) {
  World world;
  const ScratchDirectory scratch;
  const std::string archive = large_archive();
  const ImageLayer layer = add_layer(world.blobs, archive, GetParam());
  LayerCache cache(world.blobs, CacheLocation{scratch.path(), "key"});
  const auto index = world.open(cache, layer);
  expect_same_everywhere(*cache.cursor(*index), archive);
}

TEST_P(ArchiveCursorOf, ReadsTheSameWithoutACacheOnDisk) {
  World world;
  const std::string archive = large_archive().substr(0, 3 << 20) + std::string(4 << 20, 'x');
  MemoryBlobs blobs;
  const auto blob = std::make_shared<StringAccess>(testing::compress(archive, GetParam()));
  const auto cursor = make_archive_cursor(
      {blob, GetParam(), archive.size(),
       std::make_shared<CheckpointTable>(std::vector<CheckpointPlace>(), nullptr)});
  expect_same_everywhere(*cursor, archive);
}

TEST_P(ArchiveCursorOf, GivesFewerBytesOnlyAtTheEnd) {
  World world;
  const std::string archive = Archive().file("a", "b").text();
  LayerCache cache(world.blobs, {});
  const auto index = world.open(cache, add_layer(world.blobs, archive, GetParam()));
  const auto cursor = cache.cursor(*index);
  EXPECT_EQ(read(*cursor, 100, 10'000), archive.substr(100));
  EXPECT_EQ(read(*cursor, archive.size(), 1), "");
  EXPECT_EQ(read(*cursor, UINT64_MAX, 1), "");
}

INSTANTIATE_TEST_SUITE_P(Compressions, ArchiveCursorOf,
                         ::testing::Values(Compression::none, Compression::gzip, Compression::zstd),
                         [](const auto& compression) {
                           return std::string(name(compression.param));
                         });

TEST(ArchiveCursor, StartsAtACheckpointInsteadOfDecodingWhatLiesBefore) {
  World world;
  const ScratchDirectory scratch;
  const std::string archive = large_archive();
  const ImageLayer layer = add_layer(world.blobs, archive, Compression::gzip);
  LayerCache cache(world.counted, CacheLocation{scratch.path(), "key"});
  const auto index = world.open(cache, layer);
  world.counted.start_again();
  const auto cursor = cache.cursor(*index);
  const std::uint64_t near_the_end = archive.size() - 10'000;
  EXPECT_EQ(read(*cursor, near_the_end, 100), archive.substr(near_the_end, 100));
  EXPECT_LT(world.counted.bytes_read(), layer.descriptor.size_bytes() / 2);
  world.counted.start_again();
  EXPECT_EQ(read(*cursor, 0, 100), archive.substr(0, 100));
  EXPECT_LT(world.counted.bytes_read(), layer.descriptor.size_bytes() / 2);
}

TEST(ArchiveCursor, LeapsOverWhatNobodyWants) {
  World world;
  const ScratchDirectory scratch;
  const std::string archive = large_archive();
  const ImageLayer layer = add_layer(world.blobs, archive, Compression::gzip);
  LayerCache cache(world.counted, CacheLocation{scratch.path(), "key"});
  const auto index = world.open(cache, layer);
  const auto cursor = cache.cursor(*index);
  read(*cursor, 0, 100);
  world.counted.start_again();
  const std::uint64_t near_the_end = archive.size() - 10'000;
  EXPECT_EQ(read(*cursor, near_the_end, 100), archive.substr(near_the_end, 100));
  EXPECT_LT(world.counted.bytes_read(), layer.descriptor.size_bytes() / 2);
}

TEST(ArchiveCursor, AFalseStateOfTheDecoderCostsTimeOnly) {
  World world;
  const ScratchDirectory scratch;
  const CacheLocation location{scratch.path(), "key"};
  const std::string archive = large_archive();
  const ImageLayer layer = add_layer(world.blobs, archive, Compression::gzip);
  {
    LayerCache cache(world.blobs, location);
    world.open(cache, layer);
  }
  for (const auto& file : std::filesystem::recursive_directory_iterator(scratch.path())) {
    if (!file.path().filename().string().starts_with("checkpoints-")) continue;
    std::string bytes = testing::contents_of(file.path());
    for (std::size_t at = 0; at < bytes.size() - 1024; at += 1000) {
      bytes[at] = static_cast<char>(bytes[at] ^ 1);
    }
    testing::overwrite(file.path(), bytes);
  }
  LayerCache cache(world.blobs, location);
  const auto index = world.open(cache, layer);
  expect_same_everywhere(*cache.cursor(*index), archive);
}

TEST(ArchiveCursor, SeveralOfOneLayerDoNotDisturbEachOther) {
  World world;
  const ScratchDirectory scratch;
  const std::string archive = large_archive();
  LayerCache cache(world.blobs, CacheLocation{scratch.path(), "key"});
  const auto index = world.open(cache, add_layer(world.blobs, archive));
  world.workers.for_each_index(4, [&](std::size_t number) {
    const auto cursor = cache.cursor(*index);
    for (std::uint64_t at = number * 1000; at < archive.size(); at += 700'000) {
      EXPECT_EQ(read(*cursor, at, 5000), archive.substr(at, 5000));
    }
  });
}

}  // namespace
}  // namespace imgops
