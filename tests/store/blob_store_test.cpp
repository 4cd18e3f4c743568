#include "libimgops/store/layout_blobs.hpp"
#include "libimgops/store/memory_blobs.hpp"
#include "libimgops/store/overlay_blobs.hpp"
#include "tests/store/blob_store_contract.hpp"
#include "tests/support/temporary_directory.hpp"

namespace imgops {
namespace {

class LayoutMaker {
 public:
  BlobStore& store() { return blobs_; }

 private:
  made::TemporaryDirectory directory_;
  LayoutBlobs blobs_{directory_.path()};
};

class MemoryMaker {
 public:
  BlobStore& store() { return blobs_; }

 private:
  MemoryBlobs blobs_;
};

class OverlayMaker {
 public:
  BlobStore& store() { return blobs_; }

 private:
  MemoryBlobs below_;
  OverlayBlobs blobs_{below_};
};

using Stores = ::testing::Types<LayoutMaker, MemoryMaker, OverlayMaker>;
INSTANTIATE_TYPED_TEST_SUITE_P(Stores, BlobStoreContract, Stores);

TEST(OverlayBlobs, ShowsWhatIsBelow) {
  MemoryBlobs below;
  const Digest digest = below.add("below");
  EXPECT_NE(OverlayBlobs(below).find(digest), nullptr);
}

TEST(OverlayBlobs, WritesNothingBelow) {
  MemoryBlobs below;
  OverlayBlobs overlay(below);
  write_document(overlay, "above");
  EXPECT_EQ(below.count(), 0U);
}

TEST(OverlayBlobs, KnowsOnlyTheDigestOfWhatIsLargerThanADocument) {
  MemoryBlobs below;
  OverlayBlobs overlay(below);
  const std::string large(configuration_limit_bytes + 1, 'x');
  const Digest digest = write_document(overlay, large);
  EXPECT_EQ(digest, digest_of(as_bytes(large)));
  EXPECT_EQ(overlay.find(digest), nullptr);
}

TEST(OverlayBlobs, KeepsTheLargestDocument) {
  MemoryBlobs below;
  OverlayBlobs overlay(below);
  const Digest digest = write_document(overlay, std::string(configuration_limit_bytes, 'x'));
  EXPECT_NE(overlay.find(digest), nullptr);
}

}  // namespace
}  // namespace imgops
