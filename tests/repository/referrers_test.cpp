// Who says something about an image, with and without a cache.
#include "libimgops/repository/referrers.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/hasher.hpp"
#include "libimgops/base/json.hpp"
#include "libimgops/repository/stack_filter.hpp"
#include "libimgops/repository/stack_table.hpp"
#include "libimgops/store/memory_blobs.hpp"
#include "tests/support/made_image.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

constexpr std::string_view manifest_type = "application/vnd.oci.image.manifest.v1+json";

// Counts what is read.
class CountedBlobs final : public BlobSource {
 public:
  explicit CountedBlobs(const BlobSource& blobs) : blobs_(blobs) {}
  std::unique_ptr<RandomAccess> find(const Digest& digest) const override {
    ++count;
    return blobs_.find(digest);
  }
  mutable std::size_t count = 0;

 private:
  const BlobSource& blobs_;
};

struct World {
  made::TemporaryDirectory directory;
  CacheLocation cache{directory.path() / "cache", "key"};
  MemoryBlobs store;
  CountedBlobs blobs{store};
  Descriptor app = made::store(store, {{{"ADD app", "app"}}});
  Descriptor other = made::store(store, {{{"ADD other", "other"}}});
  Descriptor signature = store_about(app);
  std::vector<Descriptor> listed = {app, other, signature, store_about(other)};

  Descriptor store_about(const Descriptor& subject) {
    const Json document = {{"schemaVersion", 2},
                           {"subject", {{"digest", subject.digest().to_string()}}}};
    const std::string text = print_json(document);
    return {std::string(manifest_type), write_document(store, text), text.size()};
  }
  Collection collection(const std::optional<CacheLocation>& location) const {
    return {blobs, Index::empty().with_manifests(listed), "lay", nullptr, location};
  }
  std::vector<Descriptor> about_app(const std::optional<CacheLocation>& location) const {
    return ReferrerList(collection(location)).about({app.digest()});
  }
};

TEST(Referrers, AreTheListedDocumentsAboutADigest) {
  const World world;
  EXPECT_EQ(world.about_app(std::nullopt), std::vector{world.signature});
}

TEST(Referrers, OfADocumentThatCannotBeReadAreNobodys) {
  World world;
  world.listed.insert(world.listed.begin(),
                      Descriptor(std::string(manifest_type), digest_of(as_bytes("absent")), 6));
  EXPECT_EQ(world.about_app(std::nullopt), std::vector{world.signature});
}

TEST(Referrers, AreReadOnceWithACache) {
  const World world;
  world.about_app(world.cache);
  world.blobs.count = 0;
  EXPECT_EQ(world.about_app(world.cache), std::vector{world.signature});
  EXPECT_EQ(world.blobs.count, 0U);
}

TEST(Referrers, OfWhatIsNewlyListedAreRead) {
  World world;
  world.about_app(world.cache);
  const Descriptor again = world.store_about(world.signature);
  world.listed.push_back(again);
  EXPECT_EQ(ReferrerList(world.collection(world.cache)).about({world.signature.digest()}),
            std::vector{again});
}

TEST(Referrers, AreKeptWhenStacksAreLearnt) {
  const World world;
  world.about_app(world.cache);
  StackFilter(world.collection(world.cache), load_image(world.store, world.app, "app"));
  EXPECT_EQ(read_stacks(world.cache).subjects.size(), world.listed.size());
}

TEST(Referrers, KeepTheStacksThatAreKnown) {
  const World world;
  StackFilter(world.collection(world.cache), load_image(world.store, world.app, "app"));
  const std::size_t count = read_stacks(world.cache).manifests.size();
  world.about_app(world.cache);
  EXPECT_EQ(read_stacks(world.cache).manifests.size(), count);
  EXPECT_GT(count, 0U);
}

}  // namespace
}  // namespace imgops
