// Layers written from gzip layers of every kind: always the same archive as without splicing, one
// member that zlib takes, the same bytes for any number of threads and from a cached index.
#include "libimgops/base/error.hpp"
#include "libimgops/codec/codec.hpp"
#include "libimgops/layer/layer_splice.hpp"
#include "libimgops/layer/layer_writer.hpp"
#include "tests/layer/gzip_sources.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/layer_builder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <functional>
#include <random>

namespace imgops {
namespace {

using testing::add_blob;
using testing::add_layer;
using testing::Archive;
using testing::DamagedBlobs;
using testing::error_of;
using testing::gunzip_by_zlib;
using testing::gzip_by_zlib;
using ::testing::HasSubstr;
using testing::noise;
using testing::ScratchDirectory;
using testing::World;
using testing::ZlibManner;

using Wanted = std::function<bool(std::size_t)>;  // by position in the archive

std::vector<PlannedMember> members_of(const LayerIndex& layer, const Wanted& wanted) {
  std::vector<PlannedMember> plan;
  for (std::size_t at = 0; at < layer.entries.size(); ++at) {
    const LayerEntry& entry = layer.entries[at];
    if (!wanted(at)) continue;
    plan.push_back(testing::member_of(entry));
  }
  return plan;
}

std::string blob_text(World& world, const ImageLayer& layer) {
  return read_all(*world.blobs.open(layer.descriptor.digest()), UINT64_MAX, "blob");
}

struct Rewriting {
  World world;
  ImageLayer layer;
  Wanted wanted = [](std::size_t) { return true; };
  EncoderOptions options{Compression::gzip, 0};

  explicit Rewriting(const std::string& archive, const ZlibManner& manner = {})
      : layer(add_blob(world.blobs, archive, gzip_by_zlib(archive, manner))) {}

  // By writing the wanted members.
  std::string written(std::size_t threads = 2, std::optional<CacheLocation> location = {}) {
    LayerCache cache(world.blobs, std::move(location));
    const auto index = world.open(cache, layer);
    Workers workers(threads);
    return blob_text(world, write_layer(world.blobs, members_of(*index, wanted), cache, workers,
                                        world.observer, options, MediaFamily::oci)
                                .layer);
  }
  // By splicing the others out of the layer.
  std::string rewritten(std::size_t threads = 2, std::optional<CacheLocation> location = {}) {
    LayerCache cache(world.blobs, std::move(location));
    LayerSplice splice;
    splice.layer = world.open(cache, layer);
    for (std::size_t at = 0; at < splice.layer->entries.size(); ++at) {
      if (!wanted(at)) splice.exchanged[at] = std::nullopt;
    }
    Workers workers(threads);
    return blob_text(world, write_spliced_layer(world.blobs, splice, cache, workers, world.observer,
                                                options, MediaFamily::oci)
                                .layer);
  }
  // The archive of both, and how large it is when all of it is encoded.
  std::string encoded() {
    options.splices = false;
    std::string blob = written();
    options.splices = true;
    return blob;
  }
};

std::string archive_of_noise(unsigned seed, unsigned files, std::size_t most_bytes) {
  std::minstd_rand random(seed);
  Archive archive;
  archive.directory("d");
  for (unsigned i = 0; i < files; ++i) {
    archive.file("d/" + std::to_string(i), noise(random() % most_bytes, seed * 1000 + i));
  }
  return archive.text();
}

void expect_same_archive(Rewriting& rewriting) {
  const std::string archive = gunzip_by_zlib(rewriting.encoded());
  EXPECT_TRUE(gunzip_by_zlib(rewriting.written()) == archive);
  EXPECT_TRUE(gunzip_by_zlib(rewriting.rewritten()) == archive);
}

TEST(SplicedLayer, TakesStreamsOfEveryLevelAndStrategy) {
  for (const ZlibManner manner :
       {ZlibManner{1}, ZlibManner{6}, ZlibManner{9}, ZlibManner{6, Z_HUFFMAN_ONLY},
        ZlibManner{6, Z_RLE}, ZlibManner{6, Z_FIXED}, ZlibManner{6, Z_FILTERED}}) {
    Rewriting rewriting(archive_of_noise(1, 15, 150'000), manner);
    rewriting.wanted = [](std::size_t at) { return at != 7 && at != 8; };
    rewriting.options.level = 1;  // nearly everything goes over then
    expect_same_archive(rewriting);
  }
}

TEST(SplicedLayer, TakesSourcesOfManyMembers) {
  for (const std::size_t member_bytes : {70'000UL, 500'000UL}) {
    Rewriting rewriting(archive_of_noise(2, 20, 150'000), {6, 0, member_bytes});
    rewriting.wanted = [](std::size_t at) { return at != 9; };
    rewriting.options.level = 1;
    expect_same_archive(rewriting);
  }
}

TEST(SplicedLayer, TakesSourcesThatWereFlushed) {
  Rewriting rewriting(archive_of_noise(3, 15, 150'000), {6, 0, 0, 50'000});
  rewriting.wanted = [](std::size_t at) { return at % 10 != 9; };
  rewriting.options.level = 1;
  expect_same_archive(rewriting);
}

// Random bytes are stored by every encoder, so stored blocks are good enough there.
TEST(SplicedLayer, TakesStoredBlocks) {
  std::minstd_rand random(7);
  std::string bytes(2'000'000, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random() >> 8);
  Rewriting rewriting(Archive().file("a", bytes).file("b", "x").file("c", bytes).text(), {0});
  rewriting.wanted = [](std::size_t at) { return at != 1; };
  expect_same_archive(rewriting);
}

TEST(SplicedLayer, EncodesWhatComesFromZstd) {
  World world;
  const std::string archive = archive_of_noise(4, 20, 150'000);
  std::string blobs[2];
  for (const bool splices : {false, true}) {
    LayerCache cache(world.blobs, {});
    const auto index = world.open(cache, add_layer(world.blobs, archive, Compression::zstd));
    const auto plan = members_of(*index, [](std::size_t at) { return at != 5; });
    blobs[splices] =
        blob_text(world, write_layer(world.blobs, plan, cache, world.workers, world.observer,
                                     {Compression::gzip, 0, splices}, MediaFamily::oci)
                             .layer);
  }
  EXPECT_TRUE(blobs[0] == blobs[1]);
}

// The law: whatever the members, the source and the choice, and however it is read.
TEST(SplicedLayer, IsTheSameForThreadsAndCachesWhateverTheMembers) {
  for (unsigned seed = 1; seed <= 6; ++seed) {
    std::minstd_rand random(seed);
    const ZlibManner manner{static_cast<int>(1 + random() % 9), 0,
                            random() % 3 == 0 ? 200'000 + random() % 900'000 : 0,
                            random() % 3 == 0 ? 40'000 + random() % 400'000 : 0};
    Rewriting rewriting(archive_of_noise(seed, 20 + seed, 4'000 << seed), manner);
    const auto one_of = static_cast<unsigned>(2 + random() % 12);
    rewriting.wanted = [seed, one_of](std::size_t at) {
      return std::minstd_rand(static_cast<unsigned>(at) * 77 + seed)() % one_of != 0;
    };
    rewriting.options.level = 1;
    expect_same_archive(rewriting);
    const ScratchDirectory scratch;
    const CacheLocation location{scratch.path(), std::string(32, 'k')};
    const std::string written = rewriting.written();
    EXPECT_TRUE(rewriting.written(1) == written) << seed;
    EXPECT_TRUE(rewriting.written(16) == written) << seed;
    EXPECT_TRUE(rewriting.written(2, location) == written) << seed;
    EXPECT_TRUE(rewriting.written(2, location) == written) << seed;
    const std::string rewritten = rewriting.rewritten();
    EXPECT_TRUE(rewriting.rewritten(1) == rewritten) << seed;
    EXPECT_TRUE(rewriting.rewritten(16) == rewritten) << seed;
    EXPECT_TRUE(rewriting.rewritten(2, location) == rewritten) << seed;
  }
}

// Pieces of cursors then end elsewhere than they do when all is read from the front: blocks that
// end where a run ends must not be told in one case only.
TEST(SplicedLayer, IsTheSameFromCheckpointsWhenBlocksEndWithMembers) {
  Archive archive;
  for (unsigned i = 0; i < 90; ++i) archive.file("f" + std::to_string(i), noise(65'024, i));
  Rewriting rewriting(archive.text(), {6, 0, 0, 65'536});  // each member is a block of its own
  rewriting.options.level = 1;
  const ScratchDirectory scratch;
  const CacheLocation location{scratch.path(), std::string(32, 'k')};
  rewriting.wanted = [](std::size_t at) { return at > 70 && at % 12 < 9; };
  const std::string written = rewriting.written();
  EXPECT_TRUE(rewriting.written(2, location) == written);
  EXPECT_TRUE(rewriting.written(2, location) == written);
}

TEST(SplicedLayer, IsNotMuchLargerThanAnEncodedOne) {
  for (const int level : {1, 6}) {
    Rewriting rewriting(archive_of_noise(5, 20, 250'000), {level});
    rewriting.wanted = [](std::size_t at) { return at % 8 != 5; };
    EXPECT_LE(100 * rewriting.written().size(), 102 * rewriting.encoded().size()) << level;
  }
}

// A source whose first blocks are as good as ours, and all others much worse: noticed soon after.
TEST(SplicedLayer, IsNotMuchLargerWhereOnlyTheFirstBlocksAreGood) {
  const std::string archive = archive_of_noise(10, 60, 250'000);
  const std::size_t good_bytes = archive.size() / 4;
  Rewriting rewriting(archive);
  rewriting.layer = add_blob(rewriting.world.blobs, archive,
                             gzip_by_zlib(archive.substr(0, good_bytes), {6}) +
                                 gzip_by_zlib(archive.substr(good_bytes), {6, Z_FIXED}));
  rewriting.options.level = 1;
  rewriting.wanted = [](std::size_t at) { return at != 5; };
  const std::string written = rewriting.written();
  const std::string encoded = rewriting.encoded();
  EXPECT_LE(100 * written.size(), 105 * encoded.size());
  EXPECT_FALSE(written == encoded);
}

TEST(SplicedLayer, ARewrittenLayerTakesItsBlocksOver) {
  Rewriting rewriting(archive_of_noise(6, 20, 200'000));
  rewriting.wanted = [](std::size_t at) { return at != 10; };
  rewriting.options.level = 1;
  const std::string before = blob_text(rewriting.world, rewriting.layer);
  const std::string piece = before.substr(before.size() / 4, 64);
  const std::string after = rewriting.rewritten();
  // In front of the first change nothing is shifted but by the bits of the front.
  bool found = false;
  for (unsigned shift = 0; shift < 8; ++shift) {
    std::string shifted;
    for (std::size_t at = 0; at + 1 < piece.size(); ++at) {
      const unsigned both = static_cast<unsigned char>(piece[at]) |
                            static_cast<unsigned>(static_cast<unsigned char>(piece[at + 1])) << 8U;
      shifted += static_cast<char>(static_cast<unsigned char>(both >> shift));
    }
    found = found || after.find(shifted) != std::string::npos;
  }
  EXPECT_TRUE(found);
}

TEST(SplicedLayer, ASourceDamagedSinceItWasIndexedIsNamedAndNothingIsWritten) {
  for (const bool in_place : {false, true}) {
    Rewriting rewriting(archive_of_noise(8, 10, 200'000));
    DamagedBlobs blobs(rewriting.world.blobs);
    LayerCache cache(blobs, {});
    const auto index = rewriting.world.open(cache, rewriting.layer);
    blobs.damage();
    const std::size_t before = rewriting.world.blobs.count();
    const auto error = error_of([&] {
      Workers workers(2);
      if (in_place) {
        LayerSplice splice;
        splice.layer = index;
        splice.exchanged[0] = std::nullopt;
        write_spliced_layer(rewriting.world.blobs, splice, cache, workers, rewriting.world.observer,
                            {}, MediaFamily::oci);
      } else {
        write_layer(rewriting.world.blobs, members_of(*index, rewriting.wanted), cache, workers,
                    rewriting.world.observer, {}, MediaFamily::oci);
      }
    });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->kind(), ErrorKind::corrupt);
    EXPECT_EQ(rewriting.world.blobs.count(), before);
    EXPECT_THAT(error->what(), HasSubstr(in_place ? "" : "d/"));
    const std::string name = index->diff_id.digest.to_string();
    const bool is_named =
        error->diagnostic() != nullptr
            ? error->diagnostic()->layer == name
            : std::string(error->what()).find(index->diff_id.digest.short_text()) !=
                  std::string::npos;
    EXPECT_TRUE(is_named) << error->what();
  }
}

// Many times more blocks than bytes: what is remembered of them stays small, and they go nowhere.
TEST(SplicedLayer, TinyBlocksAreEncoded) {
  Rewriting rewriting(archive_of_noise(9, 10, 60'000), {6, 0, 0, 7});
  const std::string archive = gunzip_by_zlib(rewriting.encoded());
  EXPECT_TRUE(rewriting.written() == rewriting.encoded());
  EXPECT_TRUE(gunzip_by_zlib(rewriting.rewritten()) == archive);
}

}  // namespace
}  // namespace imgops
