// How much the collector says comes free.
#include "libimgops/base/hasher.hpp"
#include "libimgops/repository/garbage.hpp"
#include "tests/repository/made_layout.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

using made::MadeLayout;

std::uint64_t freed_by_collecting(const MadeLayout& layout, Disposal disposal) {
  GarbageOptions options;
  options.disposal = disposal;
  options.grace = std::chrono::seconds(0);
  Repository repository = layout.open();
  std::uint64_t bytes = 0;
  for (const Garbage& garbage : collect_garbage(repository, options, {4'000'000'000, 0}).removed) {
    bytes += garbage.size_bytes;
  }
  return bytes;
}

TEST(GarbageFreed, ABlobThatAnotherLayoutSharesFreesNothing) {
  const MadeLayout layout;
  const made::TemporaryDirectory elsewhere;
  LayoutBlobs blobs(layout.path());
  write_document(blobs, "of this layout alone");
  const Digest shared = write_document(blobs, "shared with another layout");
  std::filesystem::create_hard_link(blobs.path_of(shared), elsewhere.path() / "shared");
  EXPECT_EQ(freed_by_collecting(layout, Disposal::list), 20U);
  EXPECT_EQ(freed_by_collecting(layout, Disposal::remove), 20U);
}

TEST(GarbageFreed, TheLastNameOfABlobFreesIt) {
  const MadeLayout layout;
  LayoutBlobs blobs(layout.path());
  const Digest digest = write_document(blobs, "one file");
  const Digest longer = digest_of(as_bytes("one file"), DigestAlgorithm::sha512);
  std::filesystem::create_directories(blobs.path_of(longer).parent_path());
  std::filesystem::create_hard_link(blobs.path_of(digest), blobs.path_of(longer));
  EXPECT_EQ(freed_by_collecting(layout, Disposal::list), 8U);
  EXPECT_EQ(freed_by_collecting(layout, Disposal::remove), 8U);
}

TEST(GarbageFreed, ANameThatAKilledProgramLeftFreesNothingOfItsFile) {
  const MadeLayout layout;
  const made::TemporaryDirectory elsewhere;
  const auto original = elsewhere.path() / "original";
  MadeLayout::write(original, "of another layout");
  const auto blobs = LayoutBlobs(layout.path()).path_of(digest_of(as_bytes("any"))).parent_path();
  std::filesystem::create_directories(blobs);
  std::filesystem::create_hard_link(original, blobs / ".new-1-0");
  EXPECT_EQ(freed_by_collecting(layout, Disposal::remove), 0U);
  EXPECT_FALSE(std::filesystem::exists(blobs / ".new-1-0"));
}

}  // namespace
}  // namespace imgops
