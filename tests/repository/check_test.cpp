// Every fault of a layout is found, named, and blamed on nobody else; what can be mended is mended.
#include "libimgops/repository/check.hpp"

#include "libimgops/base/hasher.hpp"
#include "libimgops/base/json.hpp"
#include "libimgops/store/image_store.hpp"
#include "tests/repository/made_layout.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/raw_tar.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace imgops {
namespace {

namespace fs = std::filesystem;
using imgops::testing::RawTar;
using made::MadeLayout;

CheckReport check(const MadeLayout& layout, CheckDepth depth = CheckDepth::contents) {
  Workers workers(2);
  SilentObserver silent;
  return check_layout(layout.path(), {depth, std::nullopt, {}}, workers, silent);
}

CheckReport repaired(const MadeLayout& layout) {
  CheckReport report = check(layout);
  repair_layout(layout.path(), report, "imgops fsck --repair", made::noon);
  return report;
}

std::vector<FaultKind> kinds(const CheckReport& report) {
  std::vector<FaultKind> kinds;
  for (const Fault& fault : report.faults) kinds.push_back(fault.kind);
  return kinds;
}

using Kinds = std::vector<FaultKind>;

// An image whose layer is an archive.
Descriptor image_of(const MadeLayout& layout, const std::string& archive,
                    const std::string& note = "note") {
  LayoutBlobs blobs(layout.path());
  return made::store(blobs, {{{"RUN " + note, archive}}, host_platform(), note});
}

std::string sound_archive() {
  return RawTar().file("a", "text").end();
}

void list(const MadeLayout& layout, const std::string& name, const Descriptor& target) {
  std::vector<Descriptor> manifests = layout.open().index().manifests();
  manifests.push_back(target.with_annotation(annotation_ref_name, name));
  layout.write_index(layout.open().index().with_manifests(manifests).text());
}

fs::path path_of(const MadeLayout& layout, const Digest& digest) {
  return LayoutBlobs(layout.path()).path_of(digest);
}

Digest layer_of(const MadeLayout& layout, const Descriptor& image) {
  return load_image(LayoutBlobs(layout.path()), image, "image")
      .layers()
      .front()
      .descriptor.digest();
}

// One bit of the byte in the middle.
void flip(const fs::path& path) {
  std::string bytes = MadeLayout::read(path);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  MadeLayout::write(path, bytes);
}

TEST(Check, ASoundLayoutHasNoFaults) {
  const MadeLayout layout;
  list(layout, "a", image_of(layout, sound_archive()));
  const CheckReport report = check(layout);
  EXPECT_EQ(kinds(report), Kinds());
  EXPECT_EQ(report.blobs, 3U);
  EXPECT_EQ(report.names, 1U);
}

TEST(Check, EveryByteIsReadOnce) {
  const MadeLayout layout;
  list(layout, "a", image_of(layout, sound_archive(), "one"));
  list(layout, "b", image_of(layout, sound_archive(), "two"));
  std::uint64_t bytes = 0;
  for (const auto& file : fs::directory_iterator(layout.path() / "blobs" / "sha256")) {
    bytes += file.file_size();
  }
  EXPECT_EQ(check(layout).read_bytes, bytes);
}

TEST(Check, AFlippedBitOfALayerIsFoundAndBlamedOnEveryImageThatHasIt) {
  const MadeLayout layout;
  const Descriptor image = image_of(layout, sound_archive(), "one");
  list(layout, "a", image);
  list(layout, "b", image_of(layout, sound_archive(), "two"));
  flip(path_of(layout, layer_of(layout, image)));
  const CheckReport report = check(layout);
  ASSERT_EQ(kinds(report), Kinds{FaultKind::digest});
  EXPECT_EQ(report.faults.front().digest, layer_of(layout, image));
  EXPECT_EQ(report.faults.front().references, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(report.is_corrupt());
}

TEST(Check, WithoutContentsAFlippedBitOfALayerIsNotSeen) {
  const MadeLayout layout;
  const Descriptor image = image_of(layout, sound_archive());
  list(layout, "a", image);
  flip(path_of(layout, layer_of(layout, image)));
  EXPECT_EQ(kinds(check(layout, CheckDepth::documents)), Kinds());
}

TEST(Check, AFlippedBitOfAManifestIsSeenWithoutContents) {
  const MadeLayout layout;
  const Descriptor image = image_of(layout, sound_archive());
  list(layout, "a", image);
  flip(path_of(layout, image.digest()));
  const CheckReport report = check(layout, CheckDepth::documents);
  ASSERT_FALSE(report.faults.empty());
  EXPECT_EQ(report.faults.front().kind, FaultKind::digest);
}

TEST(Check, AMissingBlobIsFound) {
  const MadeLayout layout;
  const Descriptor image = image_of(layout, sound_archive());
  list(layout, "a", image);
  fs::remove(path_of(layout, layer_of(layout, image)));
  EXPECT_EQ(kinds(check(layout)), Kinds{FaultKind::missing});
}

TEST(Check, AShortenedBlobIsFoundByItsSize) {
  const MadeLayout layout;
  const Descriptor image = image_of(layout, sound_archive());
  list(layout, "a", image);
  fs::resize_file(path_of(layout, layer_of(layout, image)), 10);
  EXPECT_EQ(kinds(check(layout, CheckDepth::documents)), Kinds{FaultKind::size});
}

TEST(Check, APlatformThatWasNotCopiedIsNoDamage) {
  const MadeLayout layout;
  LayoutBlobs blobs(layout.path());
  const Descriptor absent("application/vnd.oci.image.manifest.v1+json",
                          digest_of(as_bytes("absent")), 6);
  list(layout, "a", made::store_list(blobs, {image_of(layout, sound_archive()), absent}));
  const CheckReport report = check(layout);
  ASSERT_EQ(kinds(report), Kinds{FaultKind::missing});
  EXPECT_FALSE(report.is_corrupt());
}

// Stores `image`'s configuration changed by `edit`, and a manifest for it.
template <class Edit>
Descriptor with_configuration(const MadeLayout& layout, const Descriptor& image, const Edit& edit) {
  LayoutBlobs blobs(layout.path());
  const Image old = load_image(blobs, image, "image");
  Json configuration = old.configuration_json();
  edit(configuration);
  const std::string text = print_json(configuration);
  Json manifest = old.manifest_json();
  manifest["config"]["digest"] = write_document(blobs, text).to_string();
  manifest["config"]["size"] = text.size();
  const std::string manifest_text = print_json(manifest);
  return {image.media_type(), write_document(blobs, manifest_text), manifest_text.size()};
}

TEST(Check, ADiffIdThatIsNotTheArchivesIsFound) {
  const MadeLayout layout;
  const Descriptor lying =
      with_configuration(layout, image_of(layout, sound_archive()), [](Json& configuration) {
        configuration["rootfs"]["diff_ids"][0] = digest_of(as_bytes("other")).to_string();
      });
  list(layout, "a", lying);
  const CheckReport report = check(layout);
  ASSERT_FALSE(report.faults.empty());
  EXPECT_EQ(report.faults.front().kind, FaultKind::diff_id);
  EXPECT_EQ(report.faults.front().references, std::vector<std::string>{"a"});
}

TEST(Check, ADiffIdIsRefutedBesideAnImageThatIsRight) {
  const MadeLayout layout;
  const Descriptor right = image_of(layout, sound_archive());
  list(layout, "right", right);
  list(layout, "lying", with_configuration(layout, right, [](Json& configuration) {
         configuration["rootfs"]["diff_ids"][0] = digest_of(as_bytes("other")).to_string();
       }));
  EXPECT_EQ(kinds(check(layout)), Kinds{FaultKind::diff_id});
}

TEST(Check, HistoryThatDoesNotFitTheLayersIsNamed) {
  const MadeLayout layout;
  list(layout, "a",
       with_configuration(layout, image_of(layout, sound_archive()), [](Json& configuration) {
         configuration["history"][0]["empty_layer"] = true;
       }));
  const CheckReport report = check(layout, CheckDepth::documents);
  ASSERT_FALSE(report.faults.empty());
  EXPECT_EQ(report.faults.front().kind, FaultKind::history);
}

TEST(Check, BytesAfterTheEndOfAnArchiveAreNamed) {
  const MadeLayout layout;
  list(layout, "a", image_of(layout, sound_archive() + "hidden text, to the end of a block"));
  const CheckReport report = check(layout);
  ASSERT_FALSE(report.faults.empty());
  EXPECT_EQ(report.faults.front().kind, FaultKind::hidden);
}

TEST(Check, AnEntryThatLeadsOutIsNamed) {
  const MadeLayout layout;
  list(layout, "a", image_of(layout, RawTar().file("../../outside", "text").end()));
  const CheckReport report = check(layout);
  ASSERT_FALSE(report.faults.empty());
  EXPECT_EQ(report.faults.front().kind, FaultKind::entry);
  EXPECT_TRUE(report.is_corrupt());
}

TEST(Check, ABlobThatNothingLeadsToIsNotedAndNoDamage) {
  const MadeLayout layout;
  const Digest lost = write_document(layout.open().blobs(), "lost");
  const CheckReport report = check(layout);
  ASSERT_EQ(kinds(report), Kinds{FaultKind::dangling});
  EXPECT_EQ(report.faults.front().digest, lost);
  EXPECT_FALSE(report.is_corrupt());
}

TEST(Check, WhatTheLogStillNeedsIsNotDangling) {
  const MadeLayout layout;
  layout.tag("a", "one");
  layout.tag("a", "two");
  EXPECT_EQ(kinds(check(layout, CheckDepth::documents)), Kinds());
}

TEST(Check, WhatAWriterAtWorkHasWrittenIsNotDangling) {
  const MadeLayout layout;
  Repository writer = layout.open();
  write_document(writer.blobs(), "at work");
  EXPECT_EQ(kinds(check(layout)), Kinds());
}

TEST(Check, ANameListedTwiceIsNamedAndDropped) {
  const MadeLayout layout;
  const Descriptor first = image_of(layout, sound_archive(), "one");
  list(layout, "a", first);
  list(layout, "a", image_of(layout, sound_archive(), "two"));
  const CheckReport report = repaired(layout);
  ASSERT_FALSE(report.faults.empty());
  EXPECT_EQ(report.faults.front().kind, FaultKind::name);
  EXPECT_TRUE(report.faults.front().is_mended);
  EXPECT_EQ(layout.open().index().manifests().size(), 1U);
  EXPECT_EQ(layout.now("a"), first.digest());
}

TEST(Check, ANameThatOthersWouldTakeForAPathIsNamed) {
  const MadeLayout layout;
  list(layout, "../../etc", image_of(layout, sound_archive()));
  const CheckReport report = check(layout);
  ASSERT_EQ(kinds(report), Kinds{FaultKind::name});
  EXPECT_EQ(report.faults.front().level, DiagnosticLevel::warning);
}

TEST(Check, ADamagedBlobThatNothingNeedsIsRemoved) {
  const MadeLayout layout;
  const Digest lost = write_document(layout.open().blobs(), "lost and damaged");
  flip(path_of(layout, lost));
  EXPECT_FALSE(repaired(layout).is_corrupt());
  EXPECT_FALSE(fs::exists(path_of(layout, lost)));
}

TEST(Check, ADamagedBlobThatIsNeededStaysDamaged) {
  const MadeLayout layout;
  const Descriptor image = image_of(layout, sound_archive());
  list(layout, "a", image);
  flip(path_of(layout, layer_of(layout, image)));
  EXPECT_TRUE(repaired(layout).is_corrupt());
  EXPECT_TRUE(fs::exists(path_of(layout, layer_of(layout, image))));
}

TEST(Check, HalfALineOfALogIsCutAndTheLinesBeforeStay) {
  const MadeLayout layout;
  layout.tag("a", "one");
  const auto path = layout.state() / "logs" / "a";
  const std::string whole = MadeLayout::read(path);
  MadeLayout::write(path, whole + "{\"old\":");
  CheckReport report = check(layout, CheckDepth::documents);
  ASSERT_EQ(kinds(report), Kinds{FaultKind::past});
  repair_layout(layout.path(), report, "imgops fsck --repair", made::noon);
  EXPECT_TRUE(report.faults.front().is_mended);
  EXPECT_EQ(MadeLayout::read(path), whole);
}

TEST(Check, ALogThatCannotBeReadIsDamage) {
  const MadeLayout layout;
  layout.tag("a", "one");
  MadeLayout::write(layout.state() / "logs" / "a", "no line\n");
  const CheckReport report = check(layout, CheckDepth::documents);
  ASSERT_FALSE(report.faults.empty());
  EXPECT_EQ(report.faults.front().kind, FaultKind::past);
  EXPECT_TRUE(report.is_corrupt());
}

TEST(Check, AHalfWayTransactionIsNamedAndSettled) {
  const MadeLayout layout;
  layout.tag("a", "one");
  const std::string text = layout.record(1);
  std::string prepared = text;
  prepared.replace(prepared.find("committed"), 9, "prepared");
  MadeLayout::write(layout.state() / "journal" / "00000001.json", prepared);
  CheckReport report = check(layout, CheckDepth::documents);
  ASSERT_EQ(kinds(report), Kinds{FaultKind::transaction});
  repair_layout(layout.path(), report, "imgops fsck --repair", made::noon);
  EXPECT_EQ(layout.record(1), text);
}

TEST(Check, WhatKilledProgramsLeftIsRemoved) {
  const MadeLayout layout;
  layout.tag("a", "one");
  const auto half = layout.path() / ".new-1-0";
  const auto lease = layout.state() / "leases" / "1-0";
  MadeLayout::write(half, "half");
  MadeLayout::write(lease, "");
  CheckReport report = check(layout, CheckDepth::documents);
  EXPECT_EQ(kinds(report), (Kinds{FaultKind::leftover, FaultKind::leftover}));
  repair_layout(layout.path(), report, "imgops fsck --repair", made::noon);
  EXPECT_FALSE(fs::exists(half));
  EXPECT_FALSE(fs::exists(lease));
}

TEST(Check, AFileAmongTheBlobsThatIsNoneIsNotedAndStays) {
  const MadeLayout layout;
  const auto stranger = layout.path() / "blobs" / "sha256" / "notes.txt";
  MadeLayout::write(stranger, "text");
  EXPECT_EQ(kinds(repaired(layout)), Kinds{FaultKind::stranger});
  EXPECT_TRUE(fs::exists(stranger));
}

TEST(Check, OfOneImageOnlyItsOwnFaultsAreTold) {
  const MadeLayout layout;
  const Descriptor damaged = image_of(layout, sound_archive(), "one");
  const Descriptor sound = image_of(layout, RawTar().file("b", "other").end(), "two");
  list(layout, "damaged", damaged);
  list(layout, "sound", sound);
  flip(path_of(layout, layer_of(layout, damaged)));
  Workers workers(1);
  SilentObserver silent;
  const CheckScope scope{CheckDepth::contents, sound, "sound"};
  EXPECT_EQ(kinds(check_layout(layout.path(), scope, workers, silent)), Kinds());
}

TEST(Check, ItWritesNothing) {
  const MadeLayout layout;
  list(layout, "a", image_of(layout, sound_archive()));
  const auto before = fs::last_write_time(layout.path());
  check(layout);
  EXPECT_FALSE(fs::exists(layout.state()));
  EXPECT_EQ(fs::last_write_time(layout.path()), before);
}

}  // namespace
}  // namespace imgops
