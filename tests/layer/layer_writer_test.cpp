#include "libimgops/layer/layer_writer.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/tar/tar_writer.hpp"
#include "tests/layer/layer_world.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/layer_builder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

namespace imgops {
namespace {

using testing::add_layer;
using testing::Archive;
using testing::entry_of;
using testing::error_of;
using ::testing::HasSubstr;
using testing::kind_of;
using testing::plain_attributes;
using testing::ScratchDirectory;
using testing::World;

// A plan over opened layers, and what writing it gives.
struct Writing {
  World world;
  LayerCache cache{world.blobs, {}};
  std::vector<std::shared_ptr<const LayerIndex>> held;
  ShapeStore shapes;
  std::deque<Inode> inodes;
  std::vector<PlannedMember> plan;
  Compression compression = Compression::none;

  const LayerIndex& open(const std::string& archive) {
    held.push_back(world.open(cache, add_layer(world.blobs, archive)));
    return *held.back();
  }
  // The member of `path` as it is.
  PlannedMember& add(const LayerIndex& layer, std::string_view path) {
    const LayerEntry& entry = entry_of(layer, path);
    plan.push_back(testing::member_of(entry));
    return plan.back();
  }
  void add_all(const LayerIndex& layer) {
    for (const LayerEntry& entry : layer.entries) add(layer, entry.path);
  }
  // Gives the member a changed copy of its inode.
  template <class Change>
  void change(PlannedMember& member, const Change& change) {
    InodeFields inode = fields_of(*member.inode());
    change(inode);
    member = member.with_inode(&inodes.emplace_back(inode, shapes));
  }
  void add_whiteout(std::string_view path) { plan.emplace_back(path); }
  WrittenLayer write(std::size_t threads = 2) {
    Workers workers(threads);
    return write_layer(world.blobs, plan, cache, workers, world.observer, {compression, 1},
                       MediaFamily::oci);
  }
  std::string written() { return read_all(*blob_of(write()), UINT64_MAX, "blob"); }
  std::unique_ptr<RandomAccess> blob_of(const WrittenLayer& layer) {
    return world.blobs.open(layer.layer.descriptor.digest());
  }
};

TEST(WriteLayer, AnEmptyPlanIsAnArchiveOfItsEndOnly) {
  Writing writing;
  const WrittenLayer written = writing.write();
  EXPECT_EQ(written.archive_bytes, 1024U);
  EXPECT_EQ(written.layer.diff_id.digest.to_string(),
            "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef");
}

TEST(WriteLayer, UnchangedMembersAreWrittenByteForByte) {  // W10
  Writing writing;
  const std::string archive = Archive()
                                  .directory("d")
                                  .file("d/a", testing::noise(3'000'000, 1))
                                  .symlink("d/s", "a")
                                  .file("d/empty", "")
                                  .hard_link("d/b", "d/a")
                                  .text();
  writing.add_all(writing.open(archive));
  EXPECT_EQ(writing.written(), archive);
}

// What style other tools have travels along: a user name, a record of atime, bytes in the padding.
TEST(WriteLayer, UnchangedMembersKeepTheStyleOfTheirTool) {
  Writing writing;
  std::string archive = Archive().file("a", "body").text();
  archive.replace(265, 4, "root");  // uname
  archive.replace(148, 8, "        ");
  unsigned sum = 0;
  for (std::size_t i = 0; i < 512; ++i) sum += static_cast<unsigned char>(archive[i]);
  std::array<char, 8> checksum{};
  std::snprintf(checksum.data(), checksum.size(), "%06o", sum);
  archive.replace(148, 8, std::string(checksum.data(), 6) + std::string("\0 ", 2));
  archive[512 + 100] = 'x';
  writing.add_all(writing.open(archive));
  EXPECT_EQ(writing.written(), archive);
}

TEST(WriteLayer, MembersComeInTheOrderOfThePlan) {
  Writing writing;
  const LayerIndex& layer = writing.open(Archive().file("a", "1").file("b", "2").text());
  writing.add(layer, "b");
  writing.add(layer, "a");
  EXPECT_EQ(writing.written(), Archive().file("b", "2").file("a", "1").text());
}

TEST(WriteLayer, AChangedMemberGetsANewHeaderAndKeepsItsBytes) {  // W11
  Writing writing;
  const LayerIndex& layer = writing.open(Archive().file("a", "body").text());
  writing.change(writing.add(layer, "a"), [](InodeFields& inode) { inode.uid = 77; });
  FileAttributes attributes = plain_attributes(FileType::regular);
  attributes.uid = 77;
  EXPECT_EQ(writing.written(), Archive().file("a", "body", attributes).text());
}

TEST(WriteLayer, AMemberOfAnotherNameGetsANewHeader) {
  Writing writing;
  const LayerEntry& entry = entry_of(writing.open(Archive().file("a", "body").text()), "a");
  writing.plan.emplace_back("b", &entry.inode, &entry);
  EXPECT_EQ(writing.written(), Archive().file("b", "body").text());
}

TEST(WriteLayer, AHardLinkWithTheMetadataOfItsFileIsKept) {
  Writing writing;
  const LayerIndex& layer = writing.open(Archive().file("a", "x").hard_link("b", "a").text());
  writing.add(layer, "a");
  PlannedMember& link = writing.add(layer, "b");
  link = link.with_inode(&entry_of(layer, "a").inode);
  EXPECT_EQ(writing.written(), Archive().file("a", "x").hard_link("b", "a").text());
}

TEST(WriteLayer, AHardLinkGetsTheMetadataOfItsFile) {  // W07, L13
  Writing writing;
  FileAttributes attributes = plain_attributes(FileType::regular);
  attributes.mode = 04755;
  const LayerIndex& layer =
      writing.open(Archive().file("a", "x", attributes).hard_link("b", "a").text());
  writing.add(layer, "a");
  PlannedMember& link = writing.add(layer, "b");
  link = link.with_inode(&entry_of(layer, "a").inode);
  EXPECT_EQ(
      writing.written(),
      Archive().file("a", "x", attributes).raw(encode_hard_link("b", "a", attributes)).text());
}

TEST(WriteLayer, AHardLinkToAnotherNameIsMadeAnew) {
  Writing writing;
  const LayerIndex& layer = writing.open(Archive().file("a", "x").hard_link("b", "a").text());
  const LayerEntry& file = entry_of(layer, "a");
  writing.plan.emplace_back("c", &file.inode, &file);
  PlannedMember& link = writing.add(layer, "b");
  link = link.with_inode(&file.inode).linked_to("c");
  EXPECT_EQ(writing.written(), Archive().file("c", "x").hard_link("b", "c").text());
}

TEST(WriteLayer, AHardLinkMayBecomeTheFile) {  // L04
  Writing writing;
  const LayerIndex& layer = writing.open(Archive().file("a", "x").hard_link("b", "a").text());
  PlannedMember& member = writing.add(layer, "b");
  member = member.unlinked().with_inode(&entry_of(layer, "a").inode);
  EXPECT_EQ(writing.written(), Archive().file("b", "x").text());
}

TEST(WriteLayer, WhiteoutsAreMadeAnew) {  // W03
  Writing writing;
  writing.add_whiteout("d/gone");
  EXPECT_EQ(writing.written(), Archive().whiteout("d/gone").text());
}

TEST(WriteLayer, DirectoriesAreWrittenWithoutReadingTheArchive) {
  World world;
  const ScratchDirectory scratch;
  LayerCache cache(world.counted, CacheLocation{scratch.path(), "key"});
  const std::string archive = Archive().directory("a").directory("a/b").text();
  const auto index = world.open(cache, add_layer(world.blobs, archive));
  std::vector<PlannedMember> plan;
  for (const LayerEntry& entry : index->entries) {
    plan.push_back(testing::member_of(entry));
  }
  world.counted.start_again();
  const WrittenLayer written =
      write_layer(world.blobs, plan, cache, world.workers, world.observer, {}, MediaFamily::oci);
  EXPECT_EQ(written.layer.diff_id, index->diff_id);
  EXPECT_EQ(world.counted.bytes_read(), 0U);
}

// Several blocks for several threads; ThreadSanitizer, many times slower, sees the same with fewer.
#ifdef __SANITIZE_THREAD__
constexpr unsigned files_for_threads = 16;
#else
constexpr unsigned files_for_threads = 40;
#endif

TEST(WriteLayer, BytesDoNotDependOnThreads) {
  for (const Compression compression : {Compression::none, Compression::gzip, Compression::zstd}) {
    Writing writing;
    writing.compression = compression;
    Archive archive;
    for (unsigned i = 0; i < files_for_threads; ++i) {
      archive.file("file" + std::to_string(i), testing::noise(300'000 + i * 1000, i));
    }
    writing.add_all(writing.open(archive.text()));
    const WrittenLayer one = writing.write(1);
    const WrittenLayer many = writing.write(16);
    EXPECT_EQ(one.layer.descriptor.digest(), many.layer.descriptor.digest());
    EXPECT_EQ(one.layer.diff_id, many.layer.diff_id);
  }
}

TEST(WriteLayer, TheDescriptorSaysWhatIsThere) {
  Writing writing;
  writing.compression = Compression::gzip;
  writing.add_all(writing.open(Archive().file("a", testing::noise(100'000, 1)).text()));
  const WrittenLayer written = writing.write();
  EXPECT_EQ(written.layer.descriptor.media_type(), "application/vnd.oci.image.layer.v1.tar+gzip");
  EXPECT_EQ(writing.blob_of(written)->size_bytes(), written.layer.descriptor.size_bytes());
}

TEST(WriteLayer, WhatIsWrittenCanBeReadAgain) {
  Writing writing;
  writing.compression = Compression::zstd;
  const LayerIndex& layer = writing.open(Archive().directory("d").file("d/a", "x").text());
  writing.add_all(layer);
  const WrittenLayer written = writing.write();
  EXPECT_EQ(written.layer.diff_id, layer.diff_id);
  LayerCache other(writing.world.blobs, {});
  EXPECT_EQ(writing.world.open(other, written.layer)->entries.size(), 2U);
}

TEST(WriteLayer, ContentsInMemoryAreWritten) {
  Writing writing;
  LayerIndex index(DiffId{digest_of({})});
  index.origin = Origin::memory;
  index.texts.emplace_back("made up");
  EntryFields entry;
  entry.path = index.keep("a");
  entry.inode.mode = 0644;
  entry.inode.uid = 1;
  entry.inode.gid = 2;
  entry.inode.mtime = {1000, 0};
  entry.inode.content.origin = &index;
  entry.inode.content.size_bytes = 7;
  index.entries.push_back(index.keep(entry));
  writing.add_all(index);
  EXPECT_EQ(writing.written(), Archive().file("a", "made up").text());
}

TEST(WriteLayer, RefusesNamesOfMarkersAndNamesThePath) {  // W12
  Writing writing;
  const LayerEntry& entry = entry_of(writing.open(Archive().file("a", "x").text()), "a");
  writing.plan.emplace_back("d/.wh.a", &entry.inode, &entry);
  const auto error = error_of([&] { writing.write(); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::conflict);
  EXPECT_THAT(error->what(), HasSubstr("d/.wh.a"));
}

TEST(WriteLayer, RefusesALongNameEvenOfAMemberThatDidNotChange) {  // N09, W12
  Writing writing;
  LayerIndex index(DiffId{digest_of({})});
  EntryFields entry;
  const std::string name(256, 'n');
  entry.path = index.keep(name);
  entry.verbatim = true;
  entry.inode.type = FileType::directory;
  index.entries.push_back(index.keep(entry));
  writing.add_all(index);
  EXPECT_EQ(kind_of([&] { writing.write(); }), ErrorKind::conflict);
}

TEST(WriteLayer, RefusesADeviceThatIsAWhiteoutToOverlay) {  // W12
  Writing writing;
  LayerIndex index(DiffId{digest_of({})});
  EntryFields entry;
  entry.path = index.keep("null");
  entry.verbatim = true;
  entry.inode.type = FileType::character_device;
  index.entries.push_back(index.keep(entry));
  writing.add_all(index);
  EXPECT_EQ(kind_of([&] { writing.write(); }), ErrorKind::conflict);
}

TEST(WriteLayer, LeavesNoBlobWhenItFails) {
  Writing writing;
  const LayerIndex& layer = writing.open(Archive().file("a", "x").file("b", "y").text());
  writing.add(layer, "a");
  writing.change(writing.add(layer, "b"),
                 [](InodeFields& inode) { inode.content.fingerprint[0] ^= std::byte{1}; });
  const std::size_t before = writing.world.blobs.count();
  const auto error = error_of([&] { writing.write(); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::corrupt);
  EXPECT_THAT(error->what(), HasSubstr("b: "));
  EXPECT_EQ(writing.world.blobs.count(), before);
}

TEST(WriteLayer, StopsWhenAsked) {
  Writing writing;
  writing.add_whiteout("a");
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(kind_of([&] {
              write_layer(writing.world.blobs, writing.plan, writing.cache, writing.world.workers,
                          writing.world.observer, {}, MediaFamily::oci, stop.get_token());
            }),
            ErrorKind::cancelled);
}

}  // namespace
}  // namespace imgops
