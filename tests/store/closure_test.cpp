#include "libimgops/store/closure.hpp"

#include "libimgops/base/hasher.hpp"
#include "libimgops/store/memory_blobs.hpp"
#include "tests/support/errors.hpp"
#include "tests/support/made_image.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {
namespace {

const made::MadeImage two_layers{{{"RUN one", "layer 1"}, {"CMD x", {}}, {"RUN two", "layer 2"}}};

std::vector<std::string> types_of(const std::vector<Descriptor>& blobs) {
  std::vector<std::string> types;
  std::ranges::transform(blobs, std::back_inserter(types), [](const Descriptor& blob) {
    const std::string& type = blob.media_type();
    return type.substr(type.find("image.") + 6, type.find(".v1") - type.find("image.") - 6);
  });
  return types;
}

// Everything of `blobs` but one.
class Without final : public BlobSource {
 public:
  Without(const BlobSource& blobs, Digest absent) : blobs_(blobs), absent_(absent) {}
  std::unique_ptr<RandomAccess> find(const Digest& digest) const override {
    return digest == absent_ ? nullptr : blobs_.find(digest);
  }

 private:
  const BlobSource& blobs_;
  Digest absent_;
};

TEST(Closure, ListsChildrenBeforeParents) {
  MemoryBlobs blobs;
  const auto root = made::store_list(blobs, {made::store(blobs, two_layers)});
  EXPECT_EQ(types_of(closure(blobs, root, "test")),
            (std::vector<std::string>{"layer", "layer", "config", "manifest", "index"}));
}

TEST(Closure, ListsEachBlobOnce) {
  MemoryBlobs blobs;
  const auto image = made::store(blobs, {{{"RUN one", "same"}, {"RUN two", "same"}}});
  const auto root = made::store_list(blobs, {image, image});
  EXPECT_EQ(closure(blobs, root, "test").size(), 4U);
}

TEST(Closure, HoldsArtifactsToo) {
  MemoryBlobs blobs;
  const auto root = made::store_list(blobs, {made::store_artifact(blobs, "signature")});
  EXPECT_EQ(closure(blobs, root, "test").size(), 4U);
}

TEST(Closure, AnAbsentLayerIsNotFound) {
  MemoryBlobs blobs;
  const auto root = made::store(blobs, two_layers);
  const Without partial(blobs, digest_of(as_bytes("layer 2")));
  EXPECT_EQ(made::kind_of([&] { closure(partial, root, "test"); }), ErrorKind::not_found);
}

// `manifest` with its first layer of a type that need not be distributed.
Descriptor with_foreign_layer(BlobStore& blobs, const Descriptor& manifest) {
  Json json = parse_json(read_document(blobs, manifest, manifest_limit_bytes, "test"), "test");
  json["layers"][0]["mediaType"] = "application/vnd.oci.image.layer.nondistributable.v1.tar";
  const std::string text = print_json(json);
  return {manifest.media_type(), write_document(blobs, text), text.size()};
}

TEST(Closure, AnAbsentForeignLayerIsLeftOut) {
  MemoryBlobs blobs;
  const auto root = with_foreign_layer(blobs, made::store(blobs, two_layers));
  const Without partial(blobs, digest_of(as_bytes("layer 1")));
  EXPECT_EQ(closure(partial, root, "test").size(), 3U);
}

TEST(Closure, AForeignLayerThatIsThereIsListed) {
  MemoryBlobs blobs;
  const auto root = with_foreign_layer(blobs, made::store(blobs, two_layers));
  EXPECT_EQ(closure(blobs, root, "test").size(), 4U);
}

TEST(Closure, ABlobOfAnotherSizeIsRejected) {
  MemoryBlobs blobs;
  const auto root = made::store(blobs, two_layers);
  const Descriptor wrong(root.media_type(), root.digest(), root.size_bytes() + 1);
  EXPECT_EQ(made::code_of([&] { closure(blobs, wrong, "test"); }), DiagnosticCode::size);
}

// `depth` indexes in each other around an image.
Descriptor nested(BlobStore& blobs, int depth) {
  Descriptor root = made::store(blobs, two_layers);
  for (int level = 0; level < depth; ++level) root = made::store_list(blobs, {root});
  return root;
}

TEST(Closure, LooksIntoEightIndexesInEachOther) {
  MemoryBlobs blobs;
  EXPECT_EQ(closure(blobs, nested(blobs, 8), "test").size(), 12U);
}

TEST(Closure, NineIndexesInEachOtherAreTooMany) {
  MemoryBlobs blobs;
  const auto root = nested(blobs, 9);
  EXPECT_EQ(made::kind_of([&] { closure(blobs, root, "test"); }), ErrorKind::corrupt);
}

TEST(Closure, TakesTenThousandChildren) {
  MemoryBlobs blobs;
  const auto image = made::store(blobs, two_layers);
  const auto root = made::store_list(blobs, std::vector<Descriptor>(10'000, image));
  EXPECT_EQ(closure(blobs, root, "test").size(), 5U);
}

TEST(Closure, OneChildMoreIsTooMany) {
  MemoryBlobs blobs;
  const auto image = made::store(blobs, two_layers);
  const auto root = made::store_list(blobs, std::vector<Descriptor>(10'001, image));
  EXPECT_EQ(made::kind_of([&] { closure(blobs, root, "test"); }), ErrorKind::corrupt);
}

TEST(CopyClosure, CopiesAllAndCountsIt) {
  MemoryBlobs from;
  MemoryBlobs to;
  const auto root = made::store(from, two_layers);
  std::uint64_t expected_bytes = 0;
  for (const Descriptor& blob : closure(from, root, "test")) expected_bytes += blob.size_bytes();
  EXPECT_EQ(copy_closure(from, to, root, "test").bytes, expected_bytes);
  EXPECT_EQ(closure(to, root, "test").size(), 4U);
}

TEST(CopyClosure, WhoeverIsStoppedHasCopiedNothingHalf) {
  MemoryBlobs from;
  MemoryBlobs to;
  const auto root = made::store(from, two_layers);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(made::kind_of([&] { copy_closure(from, to, root, "test", stop.get_token()); }),
            ErrorKind::cancelled);
  for (const Descriptor& blob : closure(from, root, "test")) {
    EXPECT_EQ(to.find(blob.digest()), nullptr);
  }
}

TEST(CopyClosure, CopiesNothingTwice) {
  MemoryBlobs from;
  MemoryBlobs to;
  const auto root = made::store(from, two_layers);
  copy_closure(from, to, root, "test");
  EXPECT_EQ(copy_closure(from, to, root, "test").bytes, 0U);
}

// All of `blobs`, one blob with a byte changed.
class WithDamage final : public BlobSource {
 public:
  WithDamage(const BlobSource& blobs, Digest damaged) : blobs_(blobs), damaged_(damaged) {}
  std::unique_ptr<RandomAccess> find(const Digest& digest) const override {
    auto blob = blobs_.find(digest);
    if (digest != damaged_) return blob;
    std::string text = read_all(*blob, 10'000, "test");
    text[0] = '!';
    return std::make_unique<StringAccess>(text);
  }

 private:
  const BlobSource& blobs_;
  Digest damaged_;
};

TEST(CopyClosure, ADamagedLayerIsCorruptAndStaysOut) {
  MemoryBlobs from;
  MemoryBlobs to;
  const auto root = made::store(from, two_layers);
  const Digest damaged = digest_of(as_bytes("layer 2"));
  EXPECT_EQ(made::kind_of([&] { copy_closure(WithDamage(from, damaged), to, root, "test"); }),
            ErrorKind::corrupt);
  EXPECT_EQ(to.find(damaged), nullptr);
}

// Two images that share a layer, as roots of those names.
std::vector<Root> two_roots(BlobStore& blobs) {
  return {{made::store(blobs, {{{"RUN one", "layer 1"}, {"RUN two", "layer 2"}}}), "left"},
          {made::store(blobs, {{{"RUN one", "layer 1"}, {"RUN two", "layer 3"}}}), "right"}};
}

TEST(RequireClosures, NamesTheRootThatLacksSomething) {
  MemoryBlobs blobs;
  const std::vector<Root> roots = two_roots(blobs);
  const Without partial(blobs, digest_of(as_bytes("layer 3")));
  const auto error = made::error_of([&] { require_closures(partial, roots); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::not_found);
  EXPECT_TRUE(std::string_view(error->what()).starts_with("right: blob ")) << error->what();
}

// How often each blob was looked for.
class Counting final : public BlobSource {
 public:
  explicit Counting(const BlobSource& blobs) : blobs_(blobs) {}
  std::unique_ptr<RandomAccess> find(const Digest& digest) const override {
    ++counts_[digest];
    return blobs_.find(digest);
  }
  int count(std::string_view text) const { return counts_[digest_of(as_bytes(text))]; }

 private:
  const BlobSource& blobs_;
  mutable std::map<Digest, int> counts_;
};

TEST(RequireClosures, LooksOnceForWhatRootsShare) {
  MemoryBlobs blobs;
  const std::vector<Root> roots = two_roots(blobs);
  const Counting counting(blobs);
  require_closures(counting, roots);
  EXPECT_EQ(counting.count("layer 1"), 1);
}

TEST(CopyClosures, CopiesWhatRootsShareOnce) {
  MemoryBlobs from;
  MemoryBlobs to;
  const std::vector<Root> roots = two_roots(from);
  std::uint64_t expected_bytes = 0;
  for (const Root& root : roots) {
    for (const Descriptor& blob : closure(from, root.descriptor, "test")) {
      expected_bytes += blob.size_bytes();
    }
  }
  EXPECT_EQ(copy_closures(from, to, roots).bytes,
            expected_bytes - std::string_view("layer 1").size());
  for (const Root& root : roots) EXPECT_EQ(closure(to, root.descriptor, "test").size(), 4U);
}

TEST(CopyClosures, CopyLargeBlobsAndManySmallOnes) {
  MemoryBlobs from;
  MemoryBlobs to;
  std::vector<Root> roots;
  for (int number = 0; number < 150; ++number) {
    const std::string own(number == 70 ? 400'000 : 10, static_cast<char>('a' + number % 26));
    roots.push_back(
        {made::store(from, {{{"RUN " + std::to_string(number), own}}}), std::to_string(number)});
  }
  copy_closures(from, to, roots);
  for (const Root& root : roots) EXPECT_EQ(closure(to, root.descriptor, "test").size(), 3U);
}

}  // namespace
}  // namespace imgops
