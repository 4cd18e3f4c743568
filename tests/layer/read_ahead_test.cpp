// Archives decoded ahead by several threads: the same bytes and blocks as from the front.
#include "libimgops/layer/read_ahead.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/layer/segment_decoder.hpp"
#include "tests/layer/gzip_sources.hpp"
#include "tests/layer/layer_world.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace imgops {
namespace {

using testing::add_blob;
using testing::Archive;
using testing::DamagedBlobs;
using testing::gzip_by_zlib;
using testing::noise;
using testing::ScratchDirectory;
using testing::World;
using testing::ZlibManner;

// Some 15 MiB, so that there are several checkpoints.
std::string large_archive() {
  Archive archive;
  for (unsigned i = 0; i < 5; ++i) archive.file("file" + std::to_string(i), noise(2'600'000, i));
  return archive.text();
}

class BlockList final : public BlockWatcher {
 public:
  void block(DeflateBlock block) override {
    if (block.size_bytes >= least_block_bytes) blocks_.push_back(std::move(block));
  }
  const std::vector<DeflateBlock>& blocks() const { return blocks_; }

 private:
  std::vector<DeflateBlock> blocks_;
};

bool is_same(const DeflateBlock& left, const DeflateBlock& right) {
  return left.archive_offset_bytes == right.archive_offset_bytes &&
         left.size_bytes == right.size_bytes && left.begins_stream == right.begins_stream &&
         left.is_stored == right.is_stored && left.bit_count == right.bit_count &&
         left.first_bit == right.first_bit && left.bytes == right.bytes;
}

std::string read_all_of(ArchiveCursor& cursor) {
  std::string text;
  for (ByteView view = cursor.view_at(0); !view.empty(); view = cursor.view_at(text.size())) {
    text += as_text(view);
  }
  return text;
}

struct Opened {
  LayerCache cache;
  std::shared_ptr<const LayerIndex> index;
  Opened(World& world, const BlobSource& blobs, const ScratchDirectory& scratch,
         const ImageLayer& layer)
      : cache(blobs, CacheLocation{scratch.path(), "key"}), index(world.open(cache, layer)) {}
};

const std::vector<ZlibManner>& manners() {
  static const std::vector<ZlibManner> all = {{6, 0, 0, 0},       {1, 0, 0, 0},
                                              {0, 0, 0, 0},       {6, 0, 1 << 20, 0},
                                              {6, 0, 0, 1 << 20}, {6, 0, 3'777, 0}};
  return all;
}

TEST(ReadAhead, GivesTheBytesOfTheArchive) {
  for (const std::size_t threads : {1UL, 2UL, 8UL}) {
    World world;
    const ScratchDirectory scratch;
    const std::string archive = large_archive();
    Opened opened(world, world.blobs, scratch,
                  add_blob(world.blobs, archive, gzip_by_zlib(archive, {})));
    Workers workers(threads);
    ReadAhead ahead(opened.cache, workers);
    ahead.expect(*opened.index, 0, archive.size());
    EXPECT_TRUE(read_all_of(*ahead.cursor(*opened.index)) == archive) << threads;
  }
}

TEST(ReadAhead, TellsTheBlocksThatADecoderTellsFromTheFront) {
  const std::string archive = large_archive();
  for (const ZlibManner& manner : manners()) {
    World world;
    const ScratchDirectory scratch;
    Opened opened(world, world.blobs, scratch,
                  add_blob(world.blobs, archive, gzip_by_zlib(archive, manner)));
    BlockList expected;
    const auto cursor = opened.cache.cursor(*opened.index);
    cursor->watch_blocks(&expected);
    read_all_of(*cursor);
    BlockList told;
    ReadAhead ahead(opened.cache, world.workers);
    ahead.expect(*opened.index, 0, archive.size());
    const auto other = ahead.cursor(*opened.index);
    ASSERT_TRUE(other->watch_blocks(&told));
    read_all_of(*other);
    EXPECT_GT(expected.blocks().size(), 100U);
    EXPECT_TRUE(std::ranges::equal(told.blocks(), expected.blocks(), is_same))
        << manner.level << " " << manner.member_bytes << " " << manner.flush_bytes;
  }
}

TEST(ReadAhead, DecodesNothingThatIsNotExpected) {
  World world;
  const ScratchDirectory scratch;
  const std::string archive = large_archive();
  const ImageLayer layer = add_blob(world.blobs, archive, gzip_by_zlib(archive, {}));
  Opened opened(world, world.counted, scratch, layer);
  world.counted.start_again();
  {
    ReadAhead ahead(opened.cache, world.workers);
    const std::uint64_t near_the_end = archive.size() - 10'000;
    ahead.expect(*opened.index, 0, 100);
    ahead.expect(*opened.index, near_the_end, archive.size());
    const auto cursor = ahead.cursor(*opened.index);
    EXPECT_EQ(as_text(cursor->view_at(0).first(100)), archive.substr(0, 100));
    EXPECT_EQ(as_text(cursor->view_at(near_the_end).first(100)), archive.substr(near_the_end, 100));
  }
  EXPECT_LT(world.counted.bytes_read(), layer.descriptor.size_bytes() * 3 / 4);
}

TEST(ReadAhead, GivesAlsoWhatWasNotExpected) {
  World world;
  const ScratchDirectory scratch;
  const std::string archive = large_archive();
  Opened opened(world, world.blobs, scratch,
                add_blob(world.blobs, archive, gzip_by_zlib(archive, {})));
  ReadAhead ahead(opened.cache, world.workers);
  ahead.expect(*opened.index, archive.size() - 10, archive.size());
  const auto cursor = ahead.cursor(*opened.index);
  for (std::uint64_t at = 5; at < archive.size(); at += 1'234'567) {
    const ByteView view = cursor->view_at(at);
    ASSERT_FALSE(view.empty());
    EXPECT_TRUE(as_text(view) == std::string_view(archive).substr(at, view.size())) << at;
  }
  EXPECT_TRUE(cursor->view_at(archive.size()).empty());
}

TEST(ReadAhead, GoesFromOneLayerToTheNext) {
  World world;
  const ScratchDirectory scratch;
  LayerCache cache(world.blobs, CacheLocation{scratch.path(), "key"});
  std::vector<std::string> archives;
  std::vector<std::shared_ptr<const LayerIndex>> layers;
  for (unsigned i = 0; i < 4; ++i) {
    archives.push_back(Archive().file("a", noise(1'000'000 + 3'000'000 * (i % 2), i)).text());
    layers.push_back(world.open(
        cache, add_blob(world.blobs, archives.back(), gzip_by_zlib(archives.back(), {}))));
  }
  ReadAhead ahead(cache, world.workers);
  for (std::size_t i = 0; i < 4; ++i) ahead.expect(*layers[i], 0, archives[i].size());
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_TRUE(read_all_of(*ahead.cursor(*layers[i])) == archives[i]) << i;
  }
}

TEST(ReadAhead, AFalseStateOfTheDecoderCostsTimeOnly) {
  World world;
  const ScratchDirectory scratch;
  const std::string archive = large_archive();
  const ImageLayer layer = add_blob(world.blobs, archive, gzip_by_zlib(archive, {}));
  { const Opened first(world, world.blobs, scratch, layer); }
  for (const auto& file : testing::files_below(scratch.path())) {
    if (!file.filename().string().starts_with("checkpoints-")) continue;
    std::string bytes = testing::contents_of(file);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    testing::overwrite(file, bytes);
  }
  Opened opened(world, world.blobs, scratch, layer);
  ReadAhead ahead(opened.cache, world.workers);
  ahead.expect(*opened.index, 0, archive.size());
  EXPECT_TRUE(read_all_of(*ahead.cursor(*opened.index)) == archive);
}

// Whoever makes an archive decides how many there are: a few bytes of it each.
TEST(ReadAhead, KeepsNoBlocksThatNobodySplices) {
  const std::string archive = Archive().file("a", noise(2'000'000, 1)).text();
  for (const ZlibManner& manner : {ZlibManner{6, 0, 0, 10}, ZlibManner{6, 0, 100, 0}}) {
    const std::string blob = gzip_by_zlib(archive, manner);
    const StoredArchive stored{
        std::make_shared<StringAccess>(blob), Compression::gzip, archive.size(),
        std::make_shared<CheckpointTable>(std::vector<CheckpointPlace>(), nullptr)};
    PiecePool pool;
    EXPECT_TRUE(decode_segment(stored, {0, archive.size()}, pool).blocks.empty());
  }
}

TEST(ReadAhead, DamageInTheMiddleIsTold) {
  World world;
  const ScratchDirectory scratch;
  DamagedBlobs damaged(world.blobs);
  const std::string archive = large_archive();
  Opened opened(world, damaged, scratch, add_blob(world.blobs, archive, gzip_by_zlib(archive, {})));
  damaged.damage();
  ReadAhead ahead(opened.cache, world.workers);
  ahead.expect(*opened.index, 0, archive.size());
  try {
    EXPECT_FALSE(read_all_of(*ahead.cursor(*opened.index)) == archive);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::corrupt);
  }
}

TEST(ReadAhead, HasNoCursorWhereNothingIsExpectedOrNothingCanBeDecodedInParts) {
  World world;
  const ScratchDirectory scratch;
  const std::string archive = large_archive();
  Opened zstd(world, world.blobs, scratch,
              testing::add_layer(world.blobs, archive, Compression::zstd));
  ReadAhead ahead(zstd.cache, world.workers);
  EXPECT_EQ(ahead.cursor(*zstd.index), nullptr);
  ahead.expect(*zstd.index, 0, archive.size());
  EXPECT_EQ(ahead.cursor(*zstd.index), nullptr);
}

}  // namespace
}  // namespace imgops
