// Layers written from gzip layers: what is spliced, and that nobody can tell but by the time.
#include "libimgops/codec/codec.hpp"
#include "libimgops/layer/layer_writer.hpp"
#include "tests/layer/layer_world.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/layer_builder.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <optional>

namespace imgops {
namespace {

using testing::add_layer;
using testing::Archive;
using testing::noise;
using testing::ScratchDirectory;
using testing::World;

std::string name_of(unsigned number) {
  return "d/" + std::string(1, static_cast<char>('a' + number / 10)) + std::to_string(number % 10);
}

// Forty files of up to 150 KB.
std::string archive_of_files(unsigned seed = 0) {
  Archive archive;
  archive.directory("d");
  for (unsigned i = 0; i < 40; ++i) archive.file(name_of(i), noise(3'777 * i, seed + i));
  return archive.text();
}

using Chosen = std::function<bool(const LayerEntry&)>;

std::vector<PlannedMember> plan_of(const LayerIndex& layer, const Chosen& chosen) {
  std::vector<PlannedMember> plan;
  for (const LayerEntry& entry : layer.entries) {
    if (!chosen(entry)) continue;
    plan.push_back(testing::member_of(entry));
  }
  return plan;
}

bool any(const LayerEntry&) {
  return true;
}

struct Written {
  std::string blob;
  std::string archive;
};

// The members of `layer` that are `chosen`, written by a cache of its own. Level 1 is that of
// add_layer(): what it made is as small as what we would make.
Written write(World& world, const ImageLayer& layer, const Chosen& chosen,
              std::optional<CacheLocation> location = {}, std::size_t threads = 2, int level = 1) {
  LayerCache cache(world.blobs, std::move(location));
  const auto index = world.open(cache, layer);
  const std::vector<PlannedMember> plan = plan_of(*index, chosen);
  Workers workers(threads);
  const WrittenLayer written = write_layer(world.blobs, plan, cache, workers, world.observer,
                                           {Compression::gzip, level}, MediaFamily::oci);
  const auto blob = world.blobs.open(written.layer.descriptor.digest());
  Written result{read_all(*blob, UINT64_MAX, "blob"), {}};
  const auto decoder = make_decoder(Compression::gzip, std::make_unique<StringSource>(result.blob));
  result.archive = read_all(*decoder, UINT64_MAX, "archive");
  EXPECT_EQ(digest_of(as_bytes(result.archive)), written.layer.diff_id.digest);
  EXPECT_EQ(result.archive.size(), written.archive_bytes);
  return result;
}

// A piece of the blob of `layer` that is found in `blob`, from the middle of its longest part.
bool holds_a_piece_of(const std::string& blob, World& world, const ImageLayer& layer) {
  const std::string source =
      read_all(*world.blobs.open(layer.descriptor.digest()), UINT64_MAX, "source");
  // Spliced blocks are shifted by some number of bits, the same over a long way: look for each.
  for (unsigned shift = 0; shift < 8; ++shift) {
    std::string shifted;
    for (std::size_t at = source.size() / 2; at < source.size() / 2 + 64; ++at) {
      const unsigned both = static_cast<unsigned char>(source[at]) |
                            static_cast<unsigned>(static_cast<unsigned char>(source[at + 1])) << 8U;
      shifted += static_cast<char>(static_cast<unsigned char>(both >> shift));
    }
    if (blob.find(shifted) != std::string::npos) return true;
  }
  return false;
}

TEST(RunSplicer, CopiesTheBitsOfAGzipLayer) {
  World world;
  const std::string archive = archive_of_files();
  const ImageLayer layer = add_layer(world.blobs, archive);
  const ImageLayer plain = add_layer(world.blobs, archive, Compression::none);
  // Without it an encoder cuts its blocks elsewhere.
  const Chosen chosen = [](const LayerEntry& entry) { return entry.path != name_of(4); };
  const Written written = write(world, layer, chosen);
  const Written encoded = write(world, plain, chosen);
  EXPECT_TRUE(written.archive == encoded.archive);
  EXPECT_TRUE(holds_a_piece_of(written.blob, world, layer));
  EXPECT_FALSE(holds_a_piece_of(encoded.blob, world, layer));
}

// Much is encoded before the first block that may go over; its checksum is of its own bytes.
TEST(RunSplicer, CopiesBlocksAfterALongWay) {
  World world;
  Archive archive;
  archive.file("a", noise(100, 1)).file("b", std::string(5'000'000, 'x') + noise(900'000, 2));
  archive.file("c", std::string(250'000, 'y') + noise(900'000, 3));
  const ImageLayer layer = add_layer(world.blobs, archive.text());
  const Chosen chosen = [](const LayerEntry& entry) { return entry.path != "a"; };
  EXPECT_TRUE(holds_a_piece_of(write(world, layer, chosen).blob, world, layer));
}

TEST(RunSplicer, LeavesOutWhatIsLeftOut) {
  World world;
  const ImageLayer layer = add_layer(world.blobs, archive_of_files());
  const ImageLayer plain = add_layer(world.blobs, archive_of_files(), Compression::none);
  for (const unsigned left_out : {0U, 7U, 20U, 33U, 39U}) {
    const Chosen chosen = [&](const LayerEntry& entry) { return entry.path != name_of(left_out); };
    EXPECT_TRUE(write(world, layer, chosen).archive == write(world, plain, chosen).archive);
  }
}

TEST(RunSplicer, WritesTheSameWithAnyNumberOfThreads) {
  World world;
  const ImageLayer layer = add_layer(world.blobs, archive_of_files());
  const std::string first = write(world, layer, any, {}, 1).blob;
  for (const std::size_t threads : {2UL, 3UL, 16UL}) {
    EXPECT_TRUE(write(world, layer, any, {}, threads).blob == first) << threads;
  }
}

// Cursors then start at checkpoints, in the middle of blocks, and skip what is left out.
TEST(RunSplicer, WritesTheSameFromAnIndexThatWasCached) {
  World world;
  ScratchDirectory directory;
  const CacheLocation location{directory.path(), std::string(32, 'k')};
  Archive archive;
  for (unsigned i = 0; i < 30; ++i) archive.file(name_of(i), noise(900'000, i));
  const ImageLayer layer = add_layer(world.blobs, archive.text());
  const Chosen chosen = [](const LayerEntry& entry) {
    return entry.path == name_of(12) || entry.path == name_of(13) || entry.path == name_of(27);
  };
  const std::string in_memory = write(world, layer, chosen).blob;
  EXPECT_TRUE(write(world, layer, chosen, location).blob == in_memory);
  EXPECT_TRUE(write(world, layer, chosen, location).blob == in_memory);
}

TEST(RunSplicer, EncodesRunsThatAreTooShort) {
  World world;
  Archive archive;
  archive.file("a", noise(20'000, 1)).file("b", noise(100, 2)).file("c", noise(25'000, 3));
  const ImageLayer layer = add_layer(world.blobs, archive.text());
  const ImageLayer plain = add_layer(world.blobs, archive.text(), Compression::none);
  const Chosen chosen = [](const LayerEntry& entry) { return entry.path != "b"; };
  EXPECT_TRUE(write(world, layer, chosen).blob == write(world, plain, chosen).blob);
}

// What was compressed badly is not taken over: at most 2 % more than encoding it.
TEST(RunSplicer, EncodesWhatItWouldMakeSmaller) {
  World world;
  Archive archive;
  for (unsigned i = 0; i < 30; ++i) archive.file(name_of(i), noise(400'000, i));
  const std::string text = archive.text();
  Workers workers(2);
  StringSink sink;
  const auto encoder = make_encoder(sink, workers, {Compression::gzip, 1});
  encoder->write(as_bytes(text));
  encoder->finish();
  const auto writer = world.blobs.create(DigestAlgorithm::sha256);
  writer->write(as_bytes(sink.text()));
  const Digest digest = writer->commit();
  const ImageLayer fast{
      Descriptor("application/vnd.oci.image.layer.v1.tar+gzip", digest, sink.text().size()),
      DiffId{digest_of(as_bytes(text))}};
  const ImageLayer plain = add_layer(world.blobs, text, Compression::none);
  const std::size_t encoded = write(world, plain, any, {}, 2, 9).blob.size();
  EXPECT_LE(100 * write(world, fast, any, {}, 2, 9).blob.size(), 102 * encoded);
}

}  // namespace
}  // namespace imgops
