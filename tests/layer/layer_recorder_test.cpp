#include "libimgops/layer/layer_recorder.hpp"

#include "tests/layer/layer_world.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

using testing::ScratchDirectory;

const DiffId some_id{digest_of(as_bytes("an archive"))};
const LayerKey some_key{some_id, digest_of(as_bytes("a blob")), 1000, Compression::gzip};

std::shared_ptr<LayerIndex> index_with_header(std::uint32_t slot) {
  auto index = std::make_shared<LayerIndex>(some_id);
  index->archive_bytes = 1 << 20;
  EntryFields entry;
  entry.inode.type = FileType::directory;
  entry.header_bytes = 6;
  entry.header_slot = slot;
  index->entries.push_back(index->keep(entry));
  return index;
}

TEST(LayerRecorder, GivesBackWhatItRecorded) {
  const ScratchDirectory scratch;
  const CacheLocation location{scratch.path(), "key"};
  LayerRecorder recorder(&location, some_key);
  recorder.checkpoint({4096, 100, "a state"});
  recorder.finish(index_with_header(recorder.header(as_bytes("header"))));
  const auto record = find_stored_layer(location, some_key);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->headers->find(record->index->entries[0].header_slot(), 6), "header");
  const CheckpointPlace* const place = record->checkpoints->last_before(5000);
  ASSERT_NE(place, nullptr);
  EXPECT_EQ(record->checkpoints->load(*place)->state, "a state");
  EXPECT_EQ(record->checkpoints->last_before(4095), nullptr);
}

TEST(LayerRecorder, FindsNothingOfAnotherBlob) {
  const ScratchDirectory scratch;
  const CacheLocation location{scratch.path(), "key"};
  LayerRecorder(&location, some_key).finish(index_with_header(no_header_slot));
  LayerKey other = some_key;
  other.blob_bytes = 1001;
  EXPECT_FALSE(find_stored_layer(location, other));
  other = some_key;
  other.declared = Compression::none;
  EXPECT_FALSE(find_stored_layer(location, other));
  EXPECT_TRUE(find_stored_layer(location, some_key));
}

TEST(LayerRecorder, StatesOfABombDoNotFillTheDisk) {  // T25
  const ScratchDirectory scratch;
  const CacheLocation location{scratch.path(), "key"};
  LayerRecorder recorder(&location, some_key);
  const std::string state(96 * 1024, 's');
  for (std::uint64_t i = 0; i < 1000; ++i) recorder.checkpoint({i << 22U, i, state});
  recorder.finish(index_with_header(no_header_slot));
  std::uint64_t total = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(scratch.path())) {
    if (file.is_regular_file()) total += file.file_size();
  }
  EXPECT_LT(total, 66U << 20U);
}

TEST(LayerRecorder, HeadersOfABombDoNotFillTheMemory) {  // T25
  LayerRecorder recorder(nullptr, some_key);
  const std::string header(60 * 1024, 'h');
  std::size_t kept = 0;
  for (int i = 0; i < 1000; ++i) {
    if (recorder.header(as_bytes(header)) != no_header_slot) ++kept;
  }
  EXPECT_GT(kept, 100U);
  EXPECT_LT(kept, 600U);
}

TEST(LayerRecorder, WithoutADiskOnlyStatelessCheckpointsAreKept) {
  LayerRecorder recorder(nullptr, some_key);
  recorder.checkpoint({4096, 100, "a state"});
  recorder.checkpoint({8192, 200, {}});
  const LayerRecord record = recorder.finish(index_with_header(no_header_slot));
  ASSERT_EQ(record.checkpoints->places().size(), 1U);
  EXPECT_EQ(record.checkpoints->places()[0].archive_offset_bytes, 8192U);
}

}  // namespace
}  // namespace imgops
