#include "libimgops/layer/index_code.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/hasher.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace imgops {
namespace {

const DiffId some_id{digest_of(as_bytes("an archive"))};
const HeaderSeal some_seal{1234, {std::byte{1}, std::byte{2}}};

Content content_at(const LayerIndex& index, std::uint64_t offset, std::uint64_t size) {
  Content content;
  content.origin = &index;
  content.offset_bytes = offset;
  content.size_bytes = size;
  content.fingerprint = fingerprint_of(as_bytes("body"));
  return content;
}

// One entry of each kind, with every field that an entry can have.
std::shared_ptr<LayerIndex> index_of_everything() {
  auto index = std::make_shared<LayerIndex>(some_id);
  index->archive_bytes = 1 << 20;
  EntryFields file;
  file.verbatim = true;
  file.path = index->keep("usr/bin/tool");
  file.inode.mode = 04755;
  file.inode.uid = 4294967294;
  file.inode.gid = 7;
  file.inode.mtime = {-5, 999'999'999};
  file.inode.xattrs = index->keep(ExtendedAttributes{{"user.a", std::string("\0b", 2)}});
  file.inode.content = content_at(*index, 512, 100);
  file.member_offset_bytes = 0;
  file.header_bytes = 512;
  file.header_checksum = 0xfedcba98;
  EntryFields sparse = file;
  sparse.path = index->keep("usr/bin/tools");
  sparse.member_offset_bytes = 1024;
  sparse.inode.content = content_at(*index, 2048, 1ULL << 40U);
  sparse.inode.content.sparse = index->keep(std::vector<SparseRun>{{4096, 10}, {1ULL << 39U, 20}});
  EntryFields directory;
  directory.path = index->keep("usr");
  directory.inode.type = FileType::directory;
  directory.inode.implied = true;
  directory.member_offset_bytes = 4096;
  directory.header_bytes = 1536;
  directory.header_slot = 512;
  EntryFields device;
  device.path = index->keep("dev/null");
  device.inode.type = FileType::character_device;
  device.inode.device = {1, 3};
  EntryFields symlink;
  symlink.path = index->keep("lib");
  symlink.inode.type = FileType::symlink;
  symlink.inode.link_target = index->keep("usr/lib");
  EntryFields link;
  link.kind = EntryKind::hard_link;
  link.path = index->keep("usr/bin/alias");
  link.link_path = index->keep("usr/bin/tool");
  EntryFields whiteout;
  whiteout.kind = EntryKind::whiteout;
  whiteout.path = index->keep("gone");
  EntryFields opaque;
  opaque.kind = EntryKind::opaque;
  for (const EntryFields& entry :
       {file, sparse, directory, device, symlink, link, whiteout, opaque}) {
    index->entries.push_back(index->keep(entry));
  }
  index->diagnostics.push_back({DiagnosticCode::zstd_old,
                                DiagnosticLevel::warning,
                                "S09",
                                {},
                                "sha256:ab",
                                "a/b",
                                "a message",
                                "a hint"});
  return index;
}

std::string encoded(const LayerIndex& index) {
  StringSink code;
  encode_index(index, some_seal, index.diagnostics, code);
  return code.text();
}

void expect_same(const LayerEntry& left, const LayerEntry& right) {
  EXPECT_EQ(left.kind(), right.kind());
  EXPECT_EQ(left.verbatim(), right.verbatim());
  EXPECT_EQ(left.path, right.path);
  EXPECT_EQ(left.link_path(), right.link_path());
  EXPECT_EQ(left.inode.implied(), right.inode.implied());
  EXPECT_EQ(left.inode.type(), right.inode.type());
  EXPECT_EQ(left.inode.mode(), right.inode.mode());
  EXPECT_EQ(left.inode.uid(), right.inode.uid());
  EXPECT_EQ(left.inode.gid(), right.inode.gid());
  EXPECT_EQ(left.inode.mtime(), right.inode.mtime());
  EXPECT_EQ(left.inode.device(), right.inode.device());
  EXPECT_EQ(left.inode.link_target(), right.inode.link_target());
  ASSERT_EQ(left.inode.xattrs() == nullptr, right.inode.xattrs() == nullptr);
  if (left.inode.xattrs() != nullptr) {
    EXPECT_EQ(*left.inode.xattrs(), *right.inode.xattrs());
  }
  EXPECT_EQ(left.member_offset_bytes(), right.member_offset_bytes());
  EXPECT_EQ(left.header_bytes(), right.header_bytes());
  EXPECT_EQ(left.header_checksum(), right.header_checksum());
  EXPECT_EQ(left.header_slot(), right.header_slot());
  EXPECT_EQ(left.inode.content().offset_bytes, right.inode.content().offset_bytes);
  EXPECT_EQ(left.inode.content().size_bytes, right.inode.content().size_bytes);
  EXPECT_EQ(left.inode.content().fingerprint, right.inode.content().fingerprint);
}

TEST(IndexCode, ReturnsEveryFieldOfEveryKindOfEntry) {
  const auto index = index_of_everything();
  const DecodedIndex decoded = decode_index(encoded(*index), some_id);
  ASSERT_EQ(decoded.index->entries.size(), index->entries.size());
  for (std::size_t i = 0; i < index->entries.size(); ++i) {
    expect_same(decoded.index->entries[i], index->entries[i]);
  }
}

TEST(IndexCode, ContentsPointIntoTheIndexThatWasMade) {
  const DecodedIndex decoded = decode_index(encoded(*index_of_everything()), some_id);
  EXPECT_EQ(decoded.index->entries[0].inode.content().origin, decoded.index.get());
  EXPECT_EQ(decoded.index->entries[2].inode.content().origin, nullptr);
}

TEST(IndexCode, ReturnsTheMapOfASparseFile) {
  const DecodedIndex decoded = decode_index(encoded(*index_of_everything()), some_id);
  const auto* const runs = decoded.index->entries[1].inode.content().sparse;
  ASSERT_NE(runs, nullptr);
  ASSERT_EQ(runs->size(), 2U);
  EXPECT_EQ(runs->at(1).offset_bytes, 1ULL << 39U);
  EXPECT_EQ(runs->at(1).size_bytes, 20U);
}

TEST(IndexCode, ReturnsWhatBelongsToTheWholeLayer) {
  const DecodedIndex decoded = decode_index(encoded(*index_of_everything()), some_id);
  EXPECT_EQ(decoded.index->diff_id, some_id);
  EXPECT_EQ(decoded.index->archive_bytes, 1U << 20U);
  EXPECT_EQ(decoded.headers.size_bytes, some_seal.size_bytes);
  EXPECT_EQ(decoded.headers.digest, some_seal.digest);
  ASSERT_EQ(decoded.index->diagnostics.size(), 1U);
  EXPECT_EQ(to_sentence(decoded.index->diagnostics[0]), "ZSTD-OLD: a/b: a message (S09)");
}

TEST(IndexCode, RefusesBytesThatAreCutAnywhere) {
  const std::string bytes = encoded(*index_of_everything());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THROW(decode_index(bytes.substr(0, size), some_id), Error) << size;
  }
}

TEST(IndexCode, RefusesBytesAfterTheEnd) {
  const std::string bytes = encoded(*index_of_everything()) + '\0';
  EXPECT_THROW(decode_index(bytes, some_id), Error);
}

TEST(IndexCode, SurvivesEveryFlippedBit) {
  const std::string bytes = encoded(*index_of_everything());
  std::size_t refused = 0;
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string changed = bytes;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    try {
      decode_index(changed, some_id);
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 0U);
}

TEST(IndexCode, RefusesAContentThatPassesTheEndOfTheArchive) {
  auto index = index_of_everything();
  EntryFields entry = fields_of(index->entries[0]);
  entry.inode.content.size_bytes = index->archive_bytes;
  index->entries[0] = index->keep(entry);
  EXPECT_THROW(decode_index(encoded(*index), some_id), Error);
}

TEST(IndexCode, RefusesRunsThatOverlap) {
  auto index = index_of_everything();
  EntryFields entry = fields_of(index->entries[1]);
  entry.inode.content.sparse = index->keep(std::vector<SparseRun>{{0, 10}, {5, 10}});
  index->entries[1] = index->keep(entry);
  EXPECT_THROW(decode_index(encoded(*index), some_id), Error);
}

// An index of a million entries would otherwise be in memory twice.
TEST(IndexCode, IsWrittenInSmallPieces) {
  class LargestPiece final : public Sink {
   public:
    void write(ByteView bytes) override { size_bytes = std::max(size_bytes, bytes.size()); }
    std::size_t size_bytes = 0;
  };
  LayerIndex index(some_id);
  for (unsigned i = 0; i < 100'000; ++i) {
    EntryFields entry;
    entry.path = index.keep("srv/file" + std::to_string(i));
    index.entries.push_back(index.keep(entry));
  }
  LargestPiece largest;
  encode_index(index, some_seal, {}, largest);
  EXPECT_LT(largest.size_bytes, 100'000U);
}

TEST(IndexCode, AnEntryOfALargeDirectoryTakesFewBytes) {
  LayerIndex index(some_id);
  index.archive_bytes = 1 << 30;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    EntryFields entry;
    entry.path = index.keep("usr/lib/node_modules/some-package/dist/file" + std::to_string(i));
    entry.member_offset_bytes = i * 5120;
    entry.header_bytes = 512;
    entry.inode.mode = 0644;
    entry.inode.mtime = {1'700'000'000, 0};
    entry.inode.content = content_at(index, i * 5120 + 512, 4000);
    index.entries.push_back(index.keep(entry));
  }
  EXPECT_LT(encoded(index).size(), 60'000U);
}

}  // namespace
}  // namespace imgops
