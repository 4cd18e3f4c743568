#include "libimgops/base/bytes.hpp"
#include "libimgops/layer/layer_entry.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace imgops {
namespace {

const DiffId some_id{digest_of({})};

EntryFields file_at(LayerIndex& index, std::uint64_t offset_bytes) {
  EntryFields entry;
  entry.verbatim = true;
  entry.path = index.keep("file" + std::to_string(offset_bytes));
  entry.member_offset_bytes = offset_bytes;
  entry.header_bytes = 512;
  entry.header_checksum = 7;
  entry.inode.mode = 0644;
  entry.inode.mtime = {1'700'000'000 + static_cast<std::int64_t>(offset_bytes), 5};
  entry.inode.content = {&index, offset_bytes + 512, offset_bytes + 1,
                         fingerprint_of(as_bytes(std::to_string(offset_bytes))), nullptr};
  return entry;
}

TEST(EntryShape, FilesThatDifferInNamePlaceTimeAndContentShareOne) {
  LayerIndex index(some_id);
  for (std::uint64_t number = 1; number <= 1000; ++number) {
    index.entries.push_back(index.keep(file_at(index, number * 1024)));
  }
  EXPECT_EQ(index.shapes().size(), 1U);
}

TEST(EntryShape, FilesOfTheHostShareOneWhateverTheirNumber) {
  LayerIndex index(some_id);
  index.origin = Origin::host_files;
  for (std::uint64_t number = 0; number < 100; ++number) {
    EntryFields entry;
    entry.inode.content = {&index, number, 10, {}, nullptr};
    index.entries.push_back(index.keep(entry));
  }
  EXPECT_EQ(index.shapes().size(), 1U);
  EXPECT_EQ(index.entries[99].inode.content().offset_bytes, 99U);
}

TEST(EntryShape, OneForEachOwnerIsKeptApart) {
  LayerIndex index(some_id);
  for (std::uint32_t turn = 0; turn < 2; ++turn) {
    for (std::uint32_t uid = 0; uid < 5000; ++uid) {
      EntryFields entry = file_at(index, 1024);
      entry.inode.uid = uid;
      index.entries.push_back(index.keep(entry));
    }
  }
  EXPECT_EQ(index.shapes().size(), 5000U);
  for (std::uint32_t number = 0; number < 10000; ++number) {
    ASSERT_EQ(index.entries[number].inode.uid(), number % 5000);
  }
}

TEST(EntryShape, AttributesThatAreEqualAreOne) {
  LayerIndex index(some_id);
  const ExtendedAttributes attributes{{"user.a", "b"}};
  EXPECT_EQ(index.keep(attributes), index.keep(attributes));
}

TEST(LayerEntry, AContentThatIsNotBehindItsHeaderStaysWhereItIs) {  // U20
  LayerIndex index(some_id);
  EntryFields entry = file_at(index, 4096);
  entry.inode.content.offset_bytes = 512;
  const LayerEntry kept = index.keep(entry);
  EXPECT_EQ(kept.inode.content().offset_bytes, 512U);
  EXPECT_EQ(kept.member_offset_bytes(), 4096U);
}

TEST(LayerEntry, AHardLinkHasNamesAndAHeaderAndNoContent) {
  LayerIndex index(some_id);
  EntryFields entry = file_at(index, 4096);
  entry.kind = EntryKind::hard_link;
  entry.link_path = index.keep("file");
  entry.header_slot = 512;
  const LayerEntry kept = index.keep(entry);
  EXPECT_EQ(kept.link_path(), "file");
  EXPECT_EQ(kept.header_slot(), 512U);
  EXPECT_EQ(kept.header_checksum(), 7U);
  EXPECT_EQ(kept.inode.content().origin, nullptr);
  EXPECT_EQ(kept.inode.content().size_bytes, 0U);
}

TEST(KeptText, ComesBackWhateverItsLength) {
  LayerIndex index(some_id);
  for (const std::size_t size : {0U, 1U, 254U, 255U, 256U, 70'000U, 300'000U}) {
    const std::string text(size, 't');
    EXPECT_EQ(index.keep(text), std::string_view(text)) << size;
  }
}

}  // namespace
}  // namespace imgops
