#include "libimgops/store/image_store.hpp"

#include "libimgops/base/hasher.hpp"
#include "libimgops/store/memory_blobs.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/made_image.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace imgops {
namespace {

using Position = std::vector<std::size_t>;

const Platform amd64{"linux", "amd64", ""};
const Platform arm64{"linux", "arm64", "v8"};
const Platform riscv64{"linux", "riscv64", ""};

Descriptor image_for(BlobStore& blobs, const Platform& platform, const std::string& note = {}) {
  return made::store(blobs, {{{"RUN one", "layer 1"}}, platform, note}).with_platform(platform);
}

Descriptor attestation(BlobStore& blobs) {
  return made::store_artifact(blobs, "attested").with_platform({"unknown", "unknown", ""});
}

std::vector<Position> positions_of(const std::vector<PlatformImage>& images) {
  std::vector<Position> positions;
  std::ranges::transform(images, std::back_inserter(positions), &PlatformImage::position);
  return positions;
}

std::string chosen(const BlobSource& blobs, const Descriptor& root,
                   const std::optional<Platform>& wanted) {
  return load_platform(blobs, root, wanted, "test").image.platform().to_string();
}

TEST(LoadImage, GivesBackAStoredImage) {
  MemoryBlobs blobs;
  const auto descriptor = image_for(blobs, amd64);
  EXPECT_EQ(load_image(blobs, descriptor, "test").descriptor(), descriptor);
}

TEST(LoadImage, AnArtifactIsUnsupported) {
  MemoryBlobs blobs;
  const auto descriptor = made::store_artifact(blobs, "signature");
  EXPECT_EQ(made::kind_of([&] { load_image(blobs, descriptor, "test"); }), ErrorKind::unsupported);
}

TEST(LoadImage, AnIndexIsUnsupported) {
  MemoryBlobs blobs;
  const auto root = made::store_list(blobs, {image_for(blobs, amd64)});
  EXPECT_EQ(made::kind_of([&] { load_image(blobs, root, "test"); }), ErrorKind::unsupported);
}

TEST(LoadImage, AnAbsentManifestIsNotFound) {
  const Descriptor absent("application/vnd.oci.image.manifest.v1+json", digest_of({}), 0);
  EXPECT_EQ(made::kind_of([&] { load_image(MemoryBlobs(), absent, "test"); }),
            ErrorKind::not_found);
}

TEST(StoreImage, WritesBothDocuments) {
  MemoryBlobs from;
  MemoryBlobs to;
  const auto descriptor = image_for(from, amd64);
  store_image(to, load_image(from, descriptor, "test"));
  EXPECT_EQ(load_image(to, descriptor, "test").descriptor(), descriptor);
}

TEST(LoadPlatforms, ASingleManifestHasTheEmptyPosition) {
  MemoryBlobs blobs;
  EXPECT_EQ(positions_of(load_platforms(blobs, image_for(blobs, amd64), "test")),
            std::vector<Position>{{}});
}

TEST(LoadPlatforms, PositionsCountEveryChildOfNestedIndexes) {
  MemoryBlobs blobs;
  const auto inner = made::store_list(blobs, {attestation(blobs), image_for(blobs, arm64)});
  const auto root = made::store_list(blobs, {image_for(blobs, amd64), inner});
  EXPECT_EQ(positions_of(load_platforms(blobs, root, "test")),
            (std::vector<Position>{{0}, {1, 1}}));
}

TEST(LoadPlatforms, LeavesAttestationsOut) {
  MemoryBlobs blobs;
  const auto root = made::store_list(blobs, {attestation(blobs), image_for(blobs, amd64)});
  EXPECT_EQ(load_platforms(blobs, root, "test").size(), 1U);
}

TEST(LoadPlatforms, LeavesArtifactsOutThatTheListingDoesNotTell) {
  MemoryBlobs blobs;
  const auto root =
      made::store_list(blobs, {made::store_artifact(blobs, "signature"), image_for(blobs, amd64)});
  EXPECT_EQ(load_platforms(blobs, root, "test").size(), 1U);
}

TEST(LoadPlatforms, RejectsAnIndexOfAnotherSize) {
  MemoryBlobs blobs;
  const auto root = made::store_list(blobs, {image_for(blobs, amd64)});
  const Descriptor wrong(root.media_type(), root.digest(), root.size_bytes() + 1);
  EXPECT_EQ(made::code_of([&] { load_platforms(blobs, wrong, "test"); }), DiagnosticCode::size);
}

// One large configuration that many manifests share would be kept as often.
TEST(LoadPlatforms, DocumentsOver64MiBTogetherAreRejected) {
  const auto images = [](std::size_t count, std::size_t bytes) {
    MemoryBlobs blobs;
    std::vector<Descriptor> children;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string note = std::to_string(i) + std::string(bytes, 'n');
      children.push_back(made::store(blobs, {{{"step", "layer"}}, amd64, note}));
    }
    const auto root = made::store_list(blobs, children);
    return made::kind_of([&] { load_platforms(blobs, root, "test"); });
  };
  EXPECT_EQ(images(8, 7'000'000), std::nullopt);
  EXPECT_EQ(images(10, 7'000'000), ErrorKind::corrupt);
}

TEST(LoadPlatform, TakesTheOneAskedFor) {
  MemoryBlobs blobs;
  const auto root = made::store_list(blobs, {image_for(blobs, amd64), image_for(blobs, arm64)});
  EXPECT_EQ(chosen(blobs, root, arm64), "linux/arm64/v8");
}

TEST(LoadPlatform, TakesTheHostsWhenNoneIsAskedFor) {
  MemoryBlobs blobs;
  const auto root =
      made::store_list(blobs, {image_for(blobs, riscv64), image_for(blobs, host_platform())});
  EXPECT_EQ(chosen(blobs, root, {}), host_platform().to_string());
}

TEST(LoadPlatform, TakesTheOnlyOneWhateverTheHost) {
  MemoryBlobs blobs;
  const auto root = made::store_list(blobs, {attestation(blobs), image_for(blobs, riscv64)});
  EXPECT_EQ(chosen(blobs, root, {}), "linux/riscv64");
}

TEST(LoadPlatform, PrefersTheVeryPlatformToALaterVariantOfIt) {
  MemoryBlobs blobs;
  const Platform newer{"linux", "amd64", "v3"};
  const auto root = made::store_list(blobs, {image_for(blobs, newer), image_for(blobs, amd64)});
  EXPECT_EQ(chosen(blobs, root, amd64), "linux/amd64");
}

TEST(LoadPlatform, ListsThePlatformsThereAre) {
  MemoryBlobs blobs;
  const auto root = made::store_list(blobs, {image_for(blobs, amd64), image_for(blobs, arm64)});
  const auto error = made::error_of([&] { load_platform(blobs, root, riscv64, "test"); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::not_found);
  EXPECT_NE(std::string(error->what()).find("linux/amd64, linux/arm64/v8"), std::string::npos);
}

TEST(LoadPlatform, ASingleImageOfAnotherPlatformIsNotFound) {
  MemoryBlobs blobs;
  const auto root = image_for(blobs, amd64);
  EXPECT_EQ(made::kind_of([&] { load_platform(blobs, root, arm64, "test"); }),
            ErrorKind::not_found);
}

TEST(LoadPlatform, NeedsNoManifestsOfOtherPlatforms) {
  MemoryBlobs all;
  MemoryBlobs partial;
  const auto here = image_for(partial, amd64);
  const auto root = made::store_list(partial, {image_for(all, arm64), here});
  EXPECT_EQ(chosen(partial, root, amd64), "linux/amd64");
}

TEST(Attachments, AreWhatIsNoPlatform) {
  MemoryBlobs blobs;
  const auto signature = made::store_artifact(blobs, "signature");
  const auto root =
      made::store_list(blobs, {image_for(blobs, amd64), attestation(blobs), signature});
  const auto found = attachments(blobs, root, "test");
  EXPECT_EQ(found, (std::vector<Descriptor>{attestation(blobs), signature}));
}

TEST(StoreReplacements, OfASingleManifestIsTheImage) {
  MemoryBlobs blobs;
  const auto root = image_for(blobs, amd64);
  const Image other = load_image(blobs, image_for(blobs, amd64, "other"), "test");
  const std::vector<Replacement> replacements{{{}, other}};
  EXPECT_EQ(store_replacements(blobs, root, replacements, "test"), other.descriptor());
}

TEST(StoreReplacements, ReplacesTheImageAtItsNestedPosition) {
  MemoryBlobs blobs;
  const auto inner = made::store_list(blobs, {attestation(blobs), image_for(blobs, arm64)});
  const auto root = made::store_list(blobs, {image_for(blobs, amd64), inner});
  const Image other = load_image(blobs, image_for(blobs, arm64, "other"), "test");
  const std::vector<Replacement> replacements{{{1, 1}, other}};
  const auto changed = store_replacements(blobs, root, replacements, "test");
  const auto images = load_platforms(blobs, changed, "test");
  EXPECT_EQ(positions_of(images), (std::vector<Position>{{0}, {1, 1}}));
  EXPECT_EQ(images[0].descriptor, image_for(blobs, amd64));
  EXPECT_EQ(images[1].descriptor, other.descriptor());
}

TEST(StoreReplacements, KeepsPlatformAndAnnotationsOfTheListing) {
  MemoryBlobs blobs;
  const auto listed = image_for(blobs, amd64).with_annotation("a.b", "kept");
  const auto root = made::store_list(blobs, {listed});
  const Image other = load_image(blobs, image_for(blobs, amd64, "other"), "test");
  const std::vector<Replacement> replacements{{{0}, other}};
  const auto changed = store_replacements(blobs, root, replacements, "test");
  const auto child = load_index(blobs, changed, "test").manifests().front();
  EXPECT_EQ(child.annotation("a.b"), "kept");
  EXPECT_EQ(child.platform(), amd64);
}

TEST(StoreReplacements, KeepsAttachments) {
  MemoryBlobs blobs;
  const auto root = made::store_list(blobs, {image_for(blobs, amd64), attestation(blobs)});
  const Image other = load_image(blobs, image_for(blobs, amd64, "other"), "test");
  const std::vector<Replacement> replacements{{{0}, other}};
  const auto changed = store_replacements(blobs, root, replacements, "test");
  EXPECT_EQ(attachments(blobs, changed, "test").size(), 1U);
}

TEST(StoreReplacements, OfTheSameImageChangesNothing) {
  MemoryBlobs blobs;
  const auto root = made::store_list(blobs, {image_for(blobs, amd64)});
  const std::vector<Replacement> replacements{
      {{0}, load_image(blobs, image_for(blobs, amd64), "test")}};
  EXPECT_EQ(store_replacements(blobs, root, replacements, "test"), root);
}

}  // namespace
}  // namespace imgops
