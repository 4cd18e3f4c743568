// What the collector keeps, what it removes, and in which order.
#include "libimgops/repository/garbage.hpp"

#include "libimgops/base/hasher.hpp"
#include "libimgops/base/json.hpp"
#include "libimgops/store/closure.hpp"
#include "libimgops/store/image_store.hpp"
#include "libimgops/store/memory_blobs.hpp"
#include "tests/repository/made_layout.hpp"
#include "tests/support/errors.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace imgops {
namespace {

namespace fs = std::filesystem;
using made::MadeLayout;

constexpr std::chrono::hours day{24};

// Blobs made in a test are old enough then, and its moves expired.
Timestamp much_later() {
  return {4'000'000'000, 0};
}

GarbageReport collect(const MadeLayout& layout, GarbageOptions options = {},
                      Timestamp now = much_later()) {
  Repository repository = layout.open();
  return collect_garbage(repository, options, now);
}

GarbageOptions remembering() {
  GarbageOptions options;
  options.reflog_expire.reset();
  return options;
}

bool is_here(const MadeLayout& layout, const Digest& digest) {
  return fs::exists(LayoutBlobs(layout.path()).path_of(digest));
}

bool is_whole(const MadeLayout& layout, const Descriptor& root) {
  return !made::error_of([&] { closure(LayoutBlobs(layout.path()), root, "image"); });
}

std::size_t count_of(const GarbageReport& report, GarbageKind kind) {
  return static_cast<std::size_t>(std::ranges::count(report.removed, kind, &Garbage::kind));
}

TEST(Garbage, WhatANameLeadsToStays) {
  const MadeLayout layout;
  layout.tag("a", "one");
  EXPECT_EQ(count_of(collect(layout), GarbageKind::blob), 0U);
  EXPECT_TRUE(is_whole(layout, layout.open().names().front().descriptor));
}

TEST(Garbage, WhatNothingLeadsToGoes) {
  const MadeLayout layout;
  const Descriptor lost = layout.image("lost");
  EXPECT_EQ(count_of(collect(layout), GarbageKind::blob), 3U);  // layer, configuration, manifest
  EXPECT_FALSE(is_here(layout, lost.digest()));
}

TEST(Garbage, ASharedLayerStaysWithTheImageThatIsLeft) {
  const MadeLayout layout;
  LayoutBlobs blobs(layout.path());
  const Descriptor kept = made::store(blobs, {{{"RUN one", "layer"}}, host_platform(), "kept"});
  made::store(blobs, {{{"RUN one", "layer"}}, host_platform(), "lost"});
  Repository repository = layout.open();
  Transaction transaction(repository, "tag", made::noon);
  transaction.move("a", std::nullopt, kept);
  transaction.commit();
  EXPECT_EQ(count_of(collect(layout), GarbageKind::blob), 2U);
  EXPECT_TRUE(is_whole(layout, kept));
}

TEST(Garbage, WhatIsYoungerThanTheGraceStays) {
  const MadeLayout layout;
  const Descriptor young = layout.image("young");
  // A clock that stands long before the files were made.
  const GarbageReport report = collect(layout, {}, made::noon);
  EXPECT_TRUE(is_whole(layout, young));
  EXPECT_EQ(report.spared_count, 3U);
}

// rsync and tar give files the times of their originals.
TEST(Garbage, ACopyWithAnOldTimeIsAsYoungAsItIs) {
  const MadeLayout layout;
  const Descriptor copied = layout.image("copied");
  const auto path = LayoutBlobs(layout.path()).path_of(copied.digest());
  fs::last_write_time(path, fs::file_time_type::clock::now() - 100 * day);
  GarbageOptions options;
  options.grace = day;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  collect(layout, options, {std::chrono::duration_cast<std::chrono::seconds>(now).count(), 0});
  EXPECT_TRUE(is_here(layout, copied.digest()));
}

TEST(Garbage, AnUnexpiredMoveKeepsWhatTheNameLeft) {
  const MadeLayout layout;
  layout.tag("a", "one");
  const Descriptor left = layout.image("one");
  layout.tag("a", "two");
  EXPECT_EQ(count_of(collect(layout, remembering()), GarbageKind::blob), 0U);
  EXPECT_TRUE(is_whole(layout, left));
}

TEST(Garbage, AnExpiredMoveKeepsNothing) {
  const MadeLayout layout;
  layout.tag("a", "one");
  const Digest left = *layout.now("a");
  layout.tag("a", "two");
  EXPECT_EQ(count_of(collect(layout), GarbageKind::blob), 3U);
  EXPECT_FALSE(is_here(layout, left));
}

TEST(Garbage, ALogKeepsItsLastLineThoughItIsExpired) {
  const MadeLayout layout;
  layout.tag("a", "one");
  layout.tag("a", "two");
  layout.tag("a", "three");
  collect(layout);
  const auto log = read_log(layout.open(), "a");
  ASSERT_EQ(log.size(), 1U);
  EXPECT_EQ(log.front().transaction, 3U);
}

TEST(Garbage, TheJournalKeepsItsLastRecordAndItsNumbers) {
  const MadeLayout layout;
  layout.tag("a", "one");
  layout.tag("a", "two");
  EXPECT_EQ(count_of(collect(layout), GarbageKind::record), 1U);
  EXPECT_EQ(layout.record(1), "");
  EXPECT_NE(layout.record(2), "");
  EXPECT_EQ(layout.tag("a", "three"), 3U);
}

TEST(Garbage, WithinThirtyDaysNoMoveIsForgotten) {
  const MadeLayout layout;
  layout.tag("a", "one");
  layout.tag("a", "two");
  GarbageOptions options;
  options.grace = std::chrono::seconds(0);
  collect(layout, options, {made::noon.seconds + 29 * 86'400, 0});
  EXPECT_EQ(read_log(layout.open(), "a").size(), 2U);
}

TEST(Garbage, AManifestListedWithoutANameStays) {
  const MadeLayout layout;
  const Descriptor listed = layout.image("nameless");
  layout.write_index(layout.open().index().with_manifests({listed}).text());
  EXPECT_EQ(count_of(collect(layout), GarbageKind::blob), 0U);
  EXPECT_TRUE(is_whole(layout, listed));
}

Digest store_referrer(const MadeLayout& layout, const Digest& subject, const std::string& text) {
  LayoutBlobs blobs(layout.path());
  const Digest configuration = write_document(blobs, "{\"of\":\"" + text + "\"}");
  const Json manifest = {{"schemaVersion", 2},
                         {"mediaType", "application/vnd.oci.image.manifest.v1+json"},
                         {"artifactType", "application/vnd.example.signature"},
                         {"config",
                          {{"mediaType", "application/vnd.example.signature"},
                           {"digest", configuration.to_string()},
                           {"size", text.size() + 9}}},
                         {"layers", Json::array()},
                         {"subject",
                          {{"mediaType", "application/vnd.oci.image.manifest.v1+json"},
                           {"digest", subject.to_string()},
                           {"size", 1}}}};
  return write_document(blobs, print_json(manifest));
}

TEST(Garbage, ReferrersOfWhatIsKeptStayAndSoDoTheirs) {
  const MadeLayout layout;
  layout.tag("a", "one");
  const Digest signature = store_referrer(layout, *layout.now("a"), "signature");
  const Digest of_signature = store_referrer(layout, signature, "seal");
  EXPECT_EQ(count_of(collect(layout), GarbageKind::blob), 0U);
  EXPECT_TRUE(is_here(layout, signature));
  EXPECT_TRUE(is_here(layout, of_signature));
}

TEST(Garbage, ReferrersOfWhatGoesGoWithIt) {
  const MadeLayout layout;
  const Digest lost = layout.digest("lost");
  const Digest signature = store_referrer(layout, lost, "signature");
  collect(layout);
  EXPECT_FALSE(is_here(layout, lost));
  EXPECT_FALSE(is_here(layout, signature));
}

// A signature listed in index.json speaks about an image; it does not need it.
TEST(Garbage, AReferrerDoesNotKeepItsSubject) {
  const MadeLayout layout;
  const Digest lost = layout.digest("lost");
  const Digest signature = store_referrer(layout, lost, "signature");
  const auto size = fs::file_size(LayoutBlobs(layout.path()).path_of(signature));
  layout.write_index(
      layout.open()
          .index()
          .with_manifests({{"application/vnd.oci.image.manifest.v1+json", signature, size}})
          .text());
  collect(layout);
  EXPECT_TRUE(is_here(layout, signature));
  EXPECT_FALSE(is_here(layout, lost));
}

TEST(Garbage, EveryPlatformOfAnIndexStays) {
  const MadeLayout layout;
  LayoutBlobs blobs(layout.path());
  const Descriptor list = made::store_list(blobs, {layout.image("amd64"), layout.image("arm64")});
  layout.write_index(layout.open().index().with_manifests({list}).text());
  EXPECT_EQ(count_of(collect(layout), GarbageKind::blob), 0U);
}

TEST(Garbage, WhatAWriterAtWorkHasWrittenStays) {
  const MadeLayout layout;
  Repository writer = layout.open();
  const Digest written = write_document(writer.blobs(), "not named yet");
  collect(layout);
  EXPECT_TRUE(is_here(layout, written));
}

TEST(Garbage, WhatAWriterFoundThereStaysThoughItIsOld) {
  const MadeLayout layout;
  const Descriptor found = layout.image("old");
  Repository writer = layout.open();
  for (const Descriptor& blob : closure(writer.blobs(), found, "old")) {
    EXPECT_TRUE(writer.blobs().keep(blob));
  }
  collect(layout);
  EXPECT_TRUE(is_whole(layout, found));
}

TEST(Garbage, WhatACopyNeedNotWriteStaysLikewise) {
  const MadeLayout layout;
  const made::MadeImage content{{{"RUN one", "layer"}}, host_platform(), "copied"};
  MemoryBlobs elsewhere;
  const Descriptor image = made::store(elsewhere, content);
  LayoutBlobs old(layout.path());
  made::store(old, content);
  Repository writer = layout.open();
  EXPECT_EQ(copy_closure(elsewhere, writer.blobs(), image, "copied").bytes, 0U);
  collect(layout);
  EXPECT_TRUE(is_whole(layout, image));
}

TEST(Garbage, WhenItsWriterIsGoneABlobGoesToo) {
  const MadeLayout layout;
  std::optional<Repository> writer(layout.path());
  const Digest written = write_document(writer->blobs(), "abandoned");
  writer.reset();
  collect(layout);
  EXPECT_FALSE(is_here(layout, written));
}

TEST(Garbage, ALeaseOfAKilledWriterKeepsNothingAndGoes) {
  const MadeLayout layout;
  const Digest lost = layout.digest("lost");
  const auto lease = layout.state() / "leases" / "1-0";
  MadeLayout::write(lease, lost.to_string() + "\n");
  collect(layout);
  EXPECT_FALSE(fs::exists(lease));
  EXPECT_FALSE(is_here(layout, lost));
}

TEST(Garbage, AListingRemovesNothing) {
  const MadeLayout layout;
  layout.tag("a", "one");
  layout.tag("a", "two");
  const Descriptor lost = layout.image("lost");
  GarbageOptions options;
  options.disposal = Disposal::list;
  EXPECT_EQ(count_of(collect(layout, options), GarbageKind::blob), 6U);
  EXPECT_TRUE(is_whole(layout, lost));
  EXPECT_EQ(read_log(layout.open(), "a").size(), 2U);
  EXPECT_NE(layout.record(1), "");
}

TEST(Garbage, AListingNamesWhatRemovingRemoves) {
  const MadeLayout layout;
  layout.tag("a", "one");
  layout.tag("a", "two");
  GarbageOptions listing;
  listing.disposal = Disposal::list;
  const auto names = [](const GarbageReport& report) {
    std::vector<std::string> what;
    for (const Garbage& garbage : report.removed) what.push_back(garbage.what);
    return what;
  };
  const auto listed = names(collect(layout, listing));
  EXPECT_EQ(listed, names(collect(layout)));
}

TEST(Garbage, WhatAManifestThatCannotBeReadNeedsIsUnknownSoNothingGoes) {
  const MadeLayout layout;
  layout.tag("a", "one");
  const Descriptor lost = layout.image("lost");
  const auto path = LayoutBlobs(layout.path()).path_of(*layout.now("a"));
  MadeLayout::write(path, "{\"layers\":" + std::string(20, ' '));
  EXPECT_EQ(made::kind_of([&] { collect(layout); }), ErrorKind::corrupt);
  EXPECT_TRUE(is_whole(layout, lost));
}

TEST(Garbage, ADamagedLogStopsItBeforeAnythingGoes) {
  const MadeLayout layout;
  layout.tag("a", "one");
  layout.tag("b", "one");
  const Descriptor lost = layout.image("lost");
  MadeLayout::write(layout.state() / "logs" / "a", "no line\n");
  EXPECT_EQ(made::kind_of([&] { collect(layout); }), ErrorKind::corrupt);
  EXPECT_TRUE(is_whole(layout, lost));
}

TEST(Garbage, HalfWrittenFilesGo) {
  const MadeLayout layout;
  layout.tag("a", "one");
  MadeLayout::write(layout.path() / ".new-1-0", "half");
  MadeLayout::write(layout.path() / "blobs" / "sha256" / ".new-1-1", "half");
  MadeLayout::write(layout.state() / "journal" / ".new-1-2", "half");
  EXPECT_EQ(count_of(collect(layout), GarbageKind::leftover), 3U);
  EXPECT_FALSE(fs::exists(layout.path() / ".new-1-0"));
}

TEST(Garbage, AHalfWrittenBlobStaysWhileAWriterIsAtWork) {
  const MadeLayout layout;
  const auto half = layout.path() / "blobs" / "sha256" / ".new-1-1";
  MadeLayout::write(half, "half");
  Repository writer = layout.open();
  write_document(writer.blobs(), "at work");
  collect(layout);
  EXPECT_TRUE(fs::exists(half));
}

TEST(Garbage, TheCacheOfALayerThatIsGoneGoes) {
  const MadeLayout layout;
  layout.tag("a", "one");
  const auto cache = layout.state() / "cache" / "sha256";
  const Image image =
      load_image(LayoutBlobs(layout.path()), layout.open().names().front().descriptor, "a");
  const auto needed = cache / image.diff_ids().front().digest.hexadecimal();
  const auto unneeded = cache / digest_of(as_bytes("gone")).hexadecimal();
  MadeLayout::write(needed / "entries", "index");
  MadeLayout::write(unneeded / "entries", "index");
  EXPECT_EQ(count_of(collect(layout), GarbageKind::cache), 1U);
  EXPECT_TRUE(fs::exists(needed));
  EXPECT_FALSE(fs::exists(unneeded));
}

TEST(Garbage, AnotherUsersSidecarIsRefused) {
  const MadeLayout layout;
  fs::create_directory_symlink("/nowhere", layout.state());
  EXPECT_EQ(made::kind_of([&] { collect(layout); }), ErrorKind::conflict);
}

TEST(Garbage, FilesOfOtherProgramsStay) {
  const MadeLayout layout;
  const auto stranger = layout.path() / "blobs" / "sha256" / "oci-put-blob1";
  MadeLayout::write(stranger, "half");
  collect(layout);
  EXPECT_TRUE(fs::exists(stranger));
}

}  // namespace
}  // namespace imgops
