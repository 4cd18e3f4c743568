#include "libimgops/layer/layer_splice.hpp"

#include "tests/layer/layer_world.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/raw_tar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

namespace imgops {
namespace {

using testing::add_layer;
using testing::error_of;
using ::testing::HasSubstr;
using testing::kind_of;
using testing::RawTar;
using testing::World;

// A layer opened, some of it exchanged, and what is written then.
struct Splicing {
  World world;
  LayerCache cache{world.blobs, {}};
  LayerSplice splice;
  std::deque<Inode> inodes;
  std::shared_ptr<LayerIndex> texts = std::make_shared<LayerIndex>(DiffId{digest_of({})});

  explicit Splicing(const std::string& archive) {
    splice.layer = world.open(cache, add_layer(world.blobs, archive));
    texts->origin = Origin::memory;
  }
  PlannedMember file(std::string_view path, std::string text) {
    InodeFields inode;
    inode.mode = 0644;
    inode.content.origin = texts.get();
    inode.content.offset_bytes = texts->texts.size();
    inode.content.size_bytes = text.size();
    inode.content.fingerprint = fingerprint_of(as_bytes(text));
    texts->texts.push_back(std::move(text));
    return {path, &inodes.emplace_back(texts->keep(inode)), nullptr};
  }
  WrittenLayer write(std::size_t threads = 2) {
    Workers workers(threads);
    return write_spliced_layer(world.blobs, splice, cache, workers, world.observer,
                               {Compression::none, 0}, MediaFamily::oci);
  }
  std::string written() {
    const auto blob = world.blobs.open(write().layer.descriptor.digest());
    return read_all(*blob, 1 << 20, "layer");
  }
};

// Members in styles of their own: GNU and pax headers, a marker that is no empty file, odd zeros.
std::string odd_archive() {
  return RawTar()
      .add({.name = "a/", .type = '5', .mode = 0755, .dialect = testing::RawDialect::gnu})
      .file("a/old", "old content")
      .add({.name = "a/.wh.gone", .body = "not empty"})
      .records({{"path", "a/long"}, {"comment", "kept"}})
      .file("short", "text")
      .zero_blocks(5)
      .bytes();
}

TEST(LayerSplice, EverythingButTheExchangedMemberStaysByteForByte) {
  Splicing splicing(odd_archive());
  splicing.splice.exchanged[1] = splicing.file("a/old", "new");
  const std::string before = odd_archive();
  const std::string after = splicing.written();
  const std::size_t start = 512;             // behind the directory
  const std::size_t old_end = start + 1024;  // header and body
  EXPECT_EQ(after.substr(0, start), before.substr(0, start));
  EXPECT_EQ(after.substr(start + 1024), before.substr(old_end));
  EXPECT_THAT(after, ::testing::Not(HasSubstr("old content")));
}

TEST(LayerSplice, ARemovedMemberGoesWithItsHeadersAndPadding) {
  Splicing splicing(odd_archive());
  splicing.splice.exchanged[3] = std::nullopt;
  const std::string before = odd_archive();
  const std::size_t start = 512 + 1024 + 1024;  // behind the marker
  const std::size_t end = before.size() - std::size_t{5} * 512;
  EXPECT_EQ(splicing.written(), before.substr(0, start) + before.substr(end));
}

TEST(LayerSplice, AddedMembersStandBeforeTheEndOfTheArchive) {
  Splicing splicing(odd_archive());
  splicing.splice.added.push_back(splicing.file("b", "added"));
  const std::string before = odd_archive();
  const std::string after = splicing.written();
  const std::size_t end = before.size() - std::size_t{5} * 512;
  EXPECT_EQ(after.substr(0, end), before.substr(0, end));
  EXPECT_EQ(after.substr(end + 1024), before.substr(end));
}

TEST(LayerSplice, WhatIsWrittenHasTheEntriesThatWereTold) {
  Splicing splicing(odd_archive());
  splicing.splice.exchanged[1] = splicing.file("a/old", "new");
  const auto told = spliced_entries(splicing.splice);
  const auto written = splicing.world.open(splicing.cache, splicing.write().layer);
  ASSERT_EQ(told->entries.size(), written->entries.size());
  for (std::size_t at = 0; at < told->entries.size(); ++at) {
    EXPECT_EQ(told->entries[at].path, written->entries[at].path);
    EXPECT_EQ(told->entries[at].kind(), written->entries[at].kind());
  }
}

TEST(LayerSplice, ThreadsDoNotChangeTheBytes) {
  Splicing splicing(odd_archive());
  splicing.splice.exchanged[1] = splicing.file("a/old", "new");
  EXPECT_EQ(splicing.write(1).layer.descriptor, splicing.write(16).layer.descriptor);
}

TEST(LayerSplice, AGlobalHeaderBeforeARemovedMemberStays) {
  const std::string header = RawTar().global_records({{"comment", "x"}}).bytes();
  Splicing splicing(RawTar().raw(header).file("a", "b").file("c", "d").end());
  splicing.splice.exchanged[0] = std::nullopt;
  EXPECT_EQ(splicing.written(), RawTar().raw(header).file("c", "d").end());
}

TEST(LayerSplice, AnArchiveThatIsNotWhatItsIndexWasMadeOfIsCorrupt) {
  Splicing splicing(odd_archive());
  const auto opened = splicing.splice.layer;
  auto shorter = std::make_shared<LayerIndex>(opened->diff_id);
  shorter->archive_bytes = opened->archive_bytes - 512;
  splicing.splice.layer = shorter;
  splicing.splice.added.push_back(splicing.file("b", "added"));
  EXPECT_EQ(kind_of([&] { splicing.write(); }), ErrorKind::corrupt);
}

}  // namespace
}  // namespace imgops
