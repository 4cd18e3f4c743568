#include "libimgops/base/error.hpp"
#include "libimgops/layer/content_source.hpp"
#include "libimgops/layer/layer_cache.hpp"
#include "tests/layer/layer_world.hpp"
#include "tests/support/errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace imgops {
namespace {

using testing::add_layer;
using testing::Archive;
using testing::entry_of;
using ::testing::HasSubstr;
using testing::kind_of;
using testing::ScratchDirectory;
using testing::World;

struct OpenedLayer {
  World world;
  LayerCache cache{world.counted, {}};
  std::shared_ptr<const LayerIndex> index;
  ContentReader reader{cache};

  explicit OpenedLayer(const std::string& archive, Compression compression = Compression::gzip)
      : index(world.open(cache, add_layer(world.blobs, archive, compression))) {
    world.counted.start_again();
  }
  Content content(std::string_view path) const { return entry_of(*index, path).inode.content(); }
  std::string text(std::string_view path) { return reader.text(content(path), UINT64_MAX); }
};

// An index of one file of this machine.
std::shared_ptr<LayerIndex> host_index(const std::filesystem::path& file, std::uint64_t size) {
  auto index = std::make_shared<LayerIndex>(DiffId{digest_of({})});
  index->origin = Origin::host_files;
  index->host_files.push_back(file);
  EntryFields entry;
  entry.path = index->keep("file");
  entry.inode.content.origin = index.get();
  entry.inode.content.size_bytes = size;
  index->entries.push_back(index->keep(entry));
  return index;
}

std::shared_ptr<LayerIndex> memory_index(std::string text) {
  auto index = std::make_shared<LayerIndex>(DiffId{digest_of({})});
  index->origin = Origin::memory;
  EntryFields entry;
  entry.path = index->keep("file");
  entry.inode.content.origin = index.get();
  entry.inode.content.size_bytes = text.size();
  index->texts.push_back(std::move(text));
  index->entries.push_back(index->keep(entry));
  return index;
}

TEST(ContentReader, ReadsFilesInAnyOrder) {
  const std::string large = testing::noise(1'000'000, 1);
  OpenedLayer layer(Archive().file("a", "first").file("b", large).file("c", "last").text());
  EXPECT_EQ(layer.text("c"), "last");
  EXPECT_EQ(layer.text("a"), "first");
  EXPECT_EQ(layer.text("b"), large);
}

TEST(ContentReader, AnEmptyFileHasNoBytes) {
  OpenedLayer layer(Archive().file("a", "").text());
  EXPECT_EQ(layer.text("a"), "");
  EXPECT_EQ(layer.reader.text(Content{}, 0), "");
}

TEST(ContentReader, RefusesATextOverTheLimit) {
  OpenedLayer layer(Archive().file("a", "12345").text());
  EXPECT_EQ(kind_of([&] { layer.reader.text(layer.content("a"), 4); }), ErrorKind::unsupported);
  EXPECT_EQ(layer.reader.text(layer.content("a"), 5), "12345");
}

TEST(ContentReader, OpensAStreamOfTheSameBytes) {
  const std::string large = testing::noise(700'000, 1);
  OpenedLayer layer(Archive().file("a", large).text());
  const auto source = layer.reader.open(layer.content("a"));
  EXPECT_EQ(read_all(*source, UINT64_MAX, "a"), large);
}

TEST(ContentReader, NoticesBytesThatAreNotThoseOfTheIndex) {
  OpenedLayer layer(Archive().file("a", "body").text());
  Content content = layer.content("a");
  content.fingerprint[0] ^= std::byte{1};
  StringSink sink;
  EXPECT_EQ(kind_of([&] { layer.reader.copy(content, sink); }), ErrorKind::corrupt);
}

TEST(ContentReader, NoticesAnArchiveThatEndsEarly) {
  OpenedLayer layer(Archive().file("a", "body").text());
  Content content = layer.content("a");
  content.size_bytes = 1 << 20;
  EXPECT_EQ(kind_of([&] { layer.reader.text(content, UINT64_MAX); }), ErrorKind::corrupt);
}

TEST(ContentReader, CopiesAHeaderAsItIsStored) {
  const std::string archive = Archive().directory("d").file("a", "body").text();
  OpenedLayer layer(archive);
  StringSink sink;
  layer.reader.copy_header(*layer.index, layer.index->entries[1], sink);
  EXPECT_EQ(sink.text(), archive.substr(512, 512));
}

TEST(ContentReader, NoticesAHeaderThatIsNotThatOfTheIndex) {
  OpenedLayer layer(Archive().file("a", "body").text());
  EntryFields fields = fields_of(layer.index->entries[0]);
  fields.header_checksum ^= 1U;
  ShapeStore shapes;
  const LayerEntry entry(fields, shapes);
  StringSink sink;
  EXPECT_EQ(kind_of([&] { layer.reader.copy_header(*layer.index, entry, sink); }),
            ErrorKind::corrupt);
}

TEST(ContentReader, CopiesASpanAsItIsStored) {
  const std::string archive = Archive().file("a", "body").directory("d").text();
  OpenedLayer layer(archive);
  StringSink sink;
  layer.reader.copy_span(*layer.index, 500, 600, sink);
  EXPECT_EQ(sink.text(), archive.substr(500, 600));
}

TEST(ContentReader, ReadsFilesOfThisMachine) {
  OpenedLayer layer(Archive().text());
  const ScratchDirectory scratch;
  testing::overwrite(scratch.path() / "file", "of the host");
  const auto index = host_index(scratch.path() / "file", 11);
  EXPECT_EQ(layer.reader.text(index->entries[0].inode.content(), 100), "of the host");
}

TEST(ContentReader, RefusesAFileOfThisMachineThatChangedItsSize) {
  OpenedLayer layer(Archive().text());
  const ScratchDirectory scratch;
  testing::overwrite(scratch.path() / "file", "of the host");
  for (const std::uint64_t size : {10U, 12U}) {
    const auto index = host_index(scratch.path() / "file", size);
    try {
      layer.reader.text(index->entries[0].inode.content(), 100);
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::conflict);
      EXPECT_THAT(error.what(), HasSubstr((scratch.path() / "file").string()));
    }
  }
}

TEST(ContentReader, RefusesAFileOfThisMachineThatIsGone) {
  OpenedLayer layer(Archive().text());
  const auto index = host_index("/nonexistent/file", 1);
  EXPECT_EQ(kind_of([&] { layer.reader.text(index->entries[0].inode.content(), 100); }),
            ErrorKind::conflict);
}

TEST(ContentReader, ReadsTextsInMemory) {
  OpenedLayer layer(Archive().text());
  const auto index = memory_index("made up");
  EXPECT_EQ(layer.reader.text(index->entries[0].inode.content(), 100), "made up");
}

TEST(ContentReader, ContentsOfDifferentSizeDifferWithoutReading) {
  OpenedLayer layer(Archive().file("a", "one").file("b", "four").text());
  EXPECT_FALSE(layer.reader.equal(layer.content("a"), layer.content("b")));
  EXPECT_EQ(layer.world.counted.bytes_read(), 0U);
}

TEST(ContentReader, DifferentFingerprintsDecideWithoutReading) {
  OpenedLayer layer(Archive().file("a", "one").file("b", "two").text());
  EXPECT_FALSE(layer.reader.equal(layer.content("a"), layer.content("b")));
  EXPECT_EQ(layer.world.counted.bytes_read(), 0U);
}

TEST(ContentReader, OneMemberEqualsItselfWithoutReading) {
  OpenedLayer layer(Archive().file("a", "one").text());
  EXPECT_TRUE(layer.reader.equal(layer.content("a"), layer.content("a")));
  EXPECT_EQ(layer.world.counted.bytes_read(), 0U);
}

TEST(ContentReader, EqualFingerprintsProveNothing) {  // C02
  const std::string left = testing::noise(600'000, 1);
  std::string right = left;
  right.front() = '!';
  OpenedLayer layer(Archive().file("a", left).file("b", right).text());
  Content forged = layer.content("b");
  forged.fingerprint = layer.content("a").fingerprint;
  EXPECT_FALSE(layer.reader.equal(layer.content("a"), forged));
}

TEST(ContentReader, ComparesTwoFilesOfOneLayerByteByByte) {
  const std::string body = testing::noise(600'000, 1);
  OpenedLayer layer(Archive().file("a", body).file("between", "x").file("b", body).text());
  EXPECT_TRUE(layer.reader.equal(layer.content("a"), layer.content("b")));
  EXPECT_GT(layer.world.counted.bytes_read(), 0U);
}

TEST(ContentReader, ComparesAcrossOrigins) {
  OpenedLayer layer(Archive().file("a", "same").file("b", "size").text());
  const auto text = memory_index("same");
  EXPECT_TRUE(layer.reader.equal(layer.content("a"), text->entries[0].inode.content()));
  EXPECT_FALSE(layer.reader.equal(text->entries[0].inode.content(), layer.content("b")));
}

TEST(ContentReader, KeepsWorkingOverMoreLayersThanItKeepsCursorsFor) {
  World world;
  std::vector<ImageLayer> layers;
  for (unsigned i = 0; i < 60; ++i) {
    layers.push_back(add_layer(world.blobs, Archive().file("a", std::to_string(i)).text()));
  }
  LayerCache cache(world.blobs, {});
  const auto indexes = cache.open(layers, world.workers, world.observer);
  ContentReader reader(cache);
  for (int round = 0; round < 2; ++round) {
    for (std::size_t i = 0; i < indexes.size(); ++i) {
      EXPECT_EQ(reader.text(entry_of(*indexes[i], "a").inode.content(), 10), std::to_string(i));
    }
  }
}

// Runs of 3 and 2 bytes in a file of ten, stored one after the other (M20).
TEST(ContentReader, FillsTheHolesOfASparseFile) {
  OpenedLayer layer(Archive().file("a", "abcde").text());
  const std::vector<SparseRun> runs{{1, 3}, {6, 2}};
  Content content = layer.content("a");
  content.sparse = &runs;
  content.size_bytes = 10;
  EXPECT_EQ(layer.reader.text(content, 10), std::string("\0abc\0\0de\0\0", 10));
}

TEST(ContentReader, ASparseFileWithoutDataIsAllZeros) {
  OpenedLayer layer(Archive().text());
  const std::vector<SparseRun> runs{{300'000, 0}};
  Content content;
  content.origin = layer.index.get();
  content.sparse = &runs;
  content.size_bytes = 300'000;
  content.fingerprint = fingerprint_of({});
  EXPECT_EQ(layer.reader.text(content, UINT64_MAX), std::string(300'000, '\0'));
}

TEST(ContentReader, ComparesSparseFilesExpanded) {  // C08
  OpenedLayer layer(Archive().file("sparse", "ab").file("plain", std::string("\0a\0b", 4)).text());
  const std::vector<SparseRun> runs{{1, 1}, {3, 1}};
  Content sparse = layer.content("sparse");
  sparse.sparse = &runs;
  sparse.size_bytes = 4;
  EXPECT_TRUE(layer.reader.equal(sparse, layer.content("plain")));
}

TEST(ContentReader, NoticesASparseFileWhoseBytesChanged) {
  OpenedLayer layer(Archive().file("a", "abcde").text());
  const std::vector<SparseRun> runs{{1, 3}, {6, 2}};
  Content content = layer.content("a");
  content.sparse = &runs;
  content.size_bytes = 10;
  content.fingerprint[3] ^= std::byte{1};
  EXPECT_EQ(kind_of([&] { layer.reader.text(content, 10); }), ErrorKind::corrupt);
}

}  // namespace
}  // namespace imgops
