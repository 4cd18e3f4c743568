// What a cache believes, and what it reads again: T32, J02-J04.
#include "libimgops/layer/layer_cache.hpp"
#include "libimgops/store/layout_blobs.hpp"
#include "tests/layer/layer_world.hpp"
#include "tests/support/errors.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

using testing::add_layer;
using testing::Archive;
using testing::bytes_to_open;
using testing::contents_of;
using testing::entry_of;
using testing::file_named;
using testing::kind_of;
using testing::overwrite;
using testing::ScratchDirectory;
using testing::small_archive;
using testing::World;

TEST(LayerCacheTrust, ReadsAnewWhatWasSealedWithAnotherKey) {
  World world;
  const ScratchDirectory scratch;
  const ImageLayer layer = add_layer(world.blobs, small_archive());
  bytes_to_open(world, {scratch.path(), "key"}, layer);
  EXPECT_GT(bytes_to_open(world, {scratch.path(), "other"}, layer), 0U);
}

TEST(LayerCacheTrust, ReadsAnewWhateverFileWasChanged) {
  World world;
  const ScratchDirectory scratch;
  const CacheLocation location{scratch.path(), "key"};
  const ImageLayer layer = add_layer(world.blobs, small_archive());
  for (const std::string_view name : {"entries", "checkpoints-"}) {
    bytes_to_open(world, location, layer);
    const auto file = file_named(scratch.path(), name);
    std::string bytes = contents_of(file);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    overwrite(file, bytes);
    EXPECT_GT(bytes_to_open(world, location, layer), 0U) << name;
    EXPECT_EQ(bytes_to_open(world, location, layer), 0U) << name << " was not written again";
  }
}

TEST(LayerCacheTrust, ReadsAnewWhateverFileWasCutOrLost) {
  World world;
  const ScratchDirectory scratch;
  const CacheLocation location{scratch.path(), "key"};
  const ImageLayer layer = add_layer(world.blobs, small_archive());
  for (const std::string_view name : {"entries", "checkpoints-"}) {
    bytes_to_open(world, location, layer);
    overwrite(file_named(scratch.path(), name), {});
    EXPECT_GT(bytes_to_open(world, location, layer), 0U) << name;
    std::filesystem::remove(file_named(scratch.path(), name));
    EXPECT_GT(bytes_to_open(world, location, layer), 0U) << name;
  }
}

TEST(LayerCacheTrust, ReadsAnotherBlobOfAKnownLayerInFullOnce) {
  World world;
  const ScratchDirectory scratch;
  const CacheLocation location{scratch.path(), "key"};
  const ImageLayer gzip = add_layer(world.blobs, small_archive(), Compression::gzip);
  const ImageLayer zstd = add_layer(world.blobs, small_archive(), Compression::zstd);
  ASSERT_EQ(gzip.diff_id, zstd.diff_id);
  bytes_to_open(world, location, gzip);
  EXPECT_GE(bytes_to_open(world, location, zstd), zstd.descriptor.size_bytes());
  EXPECT_EQ(bytes_to_open(world, location, zstd), 0U);
  EXPECT_EQ(bytes_to_open(world, location, gzip), 0U);
}

// Neither kind of cache may add or lose a finding: ZSTD-OLD is of the blob, NO-EOF of the archive.
TEST(LayerCacheTrust, FindingsAreThoseOfTheBlobWhateverTheCacheKnows) {
  World world;
  const ScratchDirectory scratch;
  const CacheLocation location{scratch.path(), "key"};
  const std::string archive = Archive().file("a", "b").text().substr(0, 1024);
  const ImageLayer gzip = add_layer(world.blobs, archive, Compression::gzip);
  const ImageLayer zstd = add_layer(world.blobs, archive, Compression::zstd);
  for (int round = 0; round < 2; ++round) {
    LayerCache cache(world.blobs, location);
    const auto of_gzip = world.open(cache, gzip);
    const auto of_zstd = world.open(cache, zstd);
    ASSERT_EQ(of_gzip->diagnostics.size(), 1U);
    ASSERT_EQ(of_zstd->diagnostics.size(), 2U);
    EXPECT_EQ(of_zstd->diagnostics[0].code, DiagnosticCode::zstd_old);
    EXPECT_EQ(of_zstd->diagnostics[1].code, DiagnosticCode::no_eof);
    EXPECT_EQ(of_zstd->diagnostics[1].layer, zstd.descriptor.digest().to_string());
  }
}

TEST(LayerCacheTrust, KnowsNothingOfALayerOfAnotherType) {  // J02
  World world;
  const ScratchDirectory scratch;
  const CacheLocation location{scratch.path(), "key"};
  const ImageLayer layer = add_layer(world.blobs, small_archive());
  bytes_to_open(world, location, layer);
  const ImageLayer other{
      Descriptor("application/x-unknown", layer.descriptor.digest(), layer.descriptor.size_bytes()),
      layer.diff_id};
  LayerCache cache(world.blobs, location);
  EXPECT_EQ(kind_of([&] { world.open(cache, other); }), ErrorKind::corrupt);
}

TEST(LayerCacheTrust, DoesNotBelieveAnotherBlobThatClaimsAKnownLayer) {
  World world;
  const ImageLayer layer = add_layer(world.blobs, small_archive());
  ImageLayer liar = add_layer(world.blobs, small_archive("other body"));
  liar.diff_id = layer.diff_id;
  LayerCache cache(world.blobs, {});
  const auto held = world.open(cache, layer);
  EXPECT_EQ(kind_of([&] { world.open(cache, liar); }), ErrorKind::corrupt);
}

TEST(LayerCacheTrust, DoesNotBelieveADescriptorOfAnotherSize) {
  World world;
  const ScratchDirectory scratch;
  const CacheLocation location{scratch.path(), "key"};
  const ImageLayer layer = add_layer(world.blobs, small_archive());
  bytes_to_open(world, location, layer);
  const ImageLayer liar{Descriptor(layer.descriptor.media_type(), layer.descriptor.digest(),
                                   layer.descriptor.size_bytes() + 1),
                        layer.diff_id};
  LayerCache cache(world.blobs, location);
  EXPECT_EQ(kind_of([&] { world.open(cache, liar); }), ErrorKind::corrupt);
}

TEST(LayerCacheTrust, NoticesABlobThatWasCutSinceItWasCached) {
  World world;
  const ScratchDirectory scratch;
  const CacheLocation location{scratch.path() / "cache", "key"};
  LayoutBlobs blobs(scratch.path() / "layout");
  const ImageLayer layer = add_layer(world.blobs, small_archive());
  const auto writer = blobs.create(DigestAlgorithm::sha256);
  const auto source = world.blobs.open(layer.descriptor.digest());
  writer->write(as_bytes(read_all(*source, UINT64_MAX, "blob")));
  writer->commit();
  {
    LayerCache cache(blobs, location);
    world.open(cache, layer);
  }
  std::filesystem::resize_file(blobs.path_of(layer.descriptor.digest()), 100);
  LayerCache cache(blobs, location);
  EXPECT_EQ(kind_of([&] { world.open(cache, layer); }), ErrorKind::corrupt);
}

TEST(LayerCacheTrust, DoesNotBelieveChangedHeaders) {
  World world;
  const ScratchDirectory scratch;
  const CacheLocation location{scratch.path(), "key"};
  const ImageLayer layer = add_layer(world.blobs, small_archive());
  bytes_to_open(world, location, layer);
  const auto file = file_named(scratch.path(), "headers");
  std::string bytes = contents_of(file);
  bytes[100] = static_cast<char>(bytes[100] ^ 1);
  overwrite(file, bytes);
  LayerCache cache(world.blobs, location);
  const auto index = world.open(cache, layer);
  EXPECT_EQ(cache.header(*index, entry_of(*index, "etc")), std::nullopt);
}

}  // namespace
}  // namespace imgops
