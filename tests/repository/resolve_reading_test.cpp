// How much resolving a revision reads.
#include "libimgops/base/hasher.hpp"
#include "libimgops/base/json.hpp"
#include "libimgops/image/image_edit.hpp"
#include "libimgops/repository/possible_bases.hpp"
#include "libimgops/store/memory_blobs.hpp"
#include "tests/repository/made_layout.hpp"
#include "tests/support/made_image.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <memory>

namespace imgops {
namespace {

const made::MadeImage base_image{{{"ADD file:x in /", "base"}, {"CMD [\"sh\"]", {}}}};
const made::MadeImage app_image{
    {{"ADD file:x in /", "base"}, {"CMD [\"sh\"]", {}}, {"RUN make", "made"}}};

// Names and blobs in memory.
class World {
 public:
  Descriptor add(const std::string& name, const made::MadeImage& image) {
    return list(name, made::store(*blobs_, image));
  }
  Descriptor list(const std::string& name, const Descriptor& descriptor) {
    manifests_.push_back(descriptor.with_annotation(annotation_ref_name, name));
    return descriptor;
  }
  MemoryBlobs& blobs() { return *blobs_; }
  Collection collection() const {
    return {*blobs_, Index::empty().with_manifests(manifests_), "lay"};
  }
  ResolvedImage resolve(std::string_view word) const {
    return imgops::resolve(collection(), parse_revision(word, {}));
  }

 private:
  std::unique_ptr<MemoryBlobs> blobs_ = std::make_unique<MemoryBlobs>();
  std::vector<Descriptor> manifests_;
};

World world_of_app() {
  World world;
  world.add("debian:v1", base_image);
  world.add("app:1", app_image);
  return world;
}

// Counts what is looked for.
class CountingBlobs final : public BlobSource {
 public:
  explicit CountingBlobs(const BlobSource& blobs) : blobs_(blobs) {}
  std::unique_ptr<RandomAccess> find(const Digest& digest) const override {
    ++count;
    return blobs_.find(digest);
  }
  mutable std::size_t count = 0;

 private:
  const BlobSource& blobs_;
};

std::size_t blobs_read(const World& world, const std::string& word,
                       const std::optional<CacheLocation>& cache = {}) {
  const Collection whole = world.collection();
  const CountingBlobs counting(whole.blobs);
  resolve(Collection{counting, whole.index, "lay", nullptr, cache}, parse_revision(word, {}));
  return counting.count;
}

TEST(Resolve, ANameReadsItsOwnImageOnly) {
  EXPECT_EQ(blobs_read(world_of_app(), "app:1"), 2U);
}

TEST(Resolve, APartOfANameReadsOnlyImagesWithItsLayersOnceTheCacheKnowsTheOthers) {
  const made::TemporaryDirectory directory;
  const CacheLocation cache{directory.path() / "cache", "key"};
  World world = world_of_app();
  for (int number = 0; number < 9; ++number) {
    const std::string text = std::to_string(number);
    world.add("other:" + text, {{{"ADD " + text, text}, {"RUN make", "made"}}});
  }
  EXPECT_GT(blobs_read(world, "app:1~1", cache), 18U);
  EXPECT_EQ(blobs_read(world, "app:1~1", cache), blobs_read(world_of_app(), "app:1~1"));
  EXPECT_LE(blobs_read(world, "app:1^{base}", cache), blobs_read(world_of_app(), "app:1^{base}"));
}

TEST(Resolve, TwelveDigitsOfAListedManifestAreNotLookedForAnywhereElse) {
  World world;
  world.add("debian:v1", base_image);
  const std::string digest = world.add("app:1", app_image).digest().hexadecimal();
  EXPECT_EQ(blobs_read(world, "@" + digest.substr(0, 12)), 2U);
  EXPECT_EQ(blobs_read(world, "@sha256:" + digest.substr(0, 12)), 2U);
  EXPECT_GT(blobs_read(world, "@" + digest.substr(0, 11)), 2U);
}

// The search looks at texts before it looks at values.
TEST(Resolve, ADiffIdWrittenWithAnEscapeIsFoundToo) {
  World world;
  const std::string digits = digest_of(as_bytes("layer")).hexadecimal();
  const std::string blob = write_document(world.blobs(), "packed layer").to_string();
  char escape[8];
  std::snprintf(escape, sizeof(escape), "\\u%04x", static_cast<unsigned>(digits.front()));
  const std::string configuration =
      R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:)" +
      (escape + digits.substr(1)) + R"("]}})";
  const Descriptor config("application/vnd.oci.image.config.v1+json",
                          write_document(world.blobs(), configuration), configuration.size());
  const std::string manifest =
      R"({"schemaVersion":2,"config":)" + print_json(config.json()) +
      R"(,"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":")" + blob +
      R"(","size":12}]})";
  world.list("a", {"application/vnd.oci.image.manifest.v1+json",
                   write_document(world.blobs(), manifest), manifest.size()});
  EXPECT_EQ(world.resolve("@" + digits.substr(0, 20)).layer_count, 1U);
}

std::vector<std::string> bases_of(const World& world, const std::string& word) {
  std::vector<std::string> names;
  for (const NamedImage& base : possible_bases(world.collection(), world.resolve(word).image)) {
    names.push_back(base.name);
  }
  return names;
}

TEST(PossibleBases, AreImagesWithTheLowestLayersOnly) {
  World world = world_of_app();
  world.add("other", {{{"ADD other", "other"}}});
  world.add("sibling", {{{"ADD file:x in /", "base"}, {"RUN other", "something"}}});
  EXPECT_EQ(bases_of(world, "app:1"), std::vector<std::string>{"debian:v1"});
}

TEST(PossibleBases, OfAnIndexIsTheImageOfThePlatform) {
  World world;
  made::MadeImage arm = base_image;
  arm.platform = {"linux", "riscv64", ""};
  const Descriptor host = made::store(world.blobs(), base_image);
  world.list("several", made::store_list(world.blobs(), {made::store(world.blobs(), arm), host}));
  world.add("app:1", app_image);
  const auto bases = possible_bases(world.collection(), world.resolve("app:1").image);
  ASSERT_EQ(bases.size(), 1U);
  EXPECT_EQ(bases.front().image.descriptor(), host);
}

TEST(PossibleBases, OfTwoNamesOfOneImageAreBoth) {
  World world = world_of_app();
  world.add("debian:latest", base_image);
  EXPECT_EQ(bases_of(world, "app:1"), (std::vector<std::string>{"debian:v1", "debian:latest"}));
}

// debian:v1 in a layout, moved to `later`, and what is a base of app:1 then, which states that its
// base is `name`, and the first debian:v1 or `other`.
std::vector<std::string> bases_after_move(const std::string& name, const made::MadeImage& later,
                                          const std::optional<made::MadeImage>& other = {}) {
  const made::MadeLayout layout;
  LayoutBlobs blobs(layout.path());
  const auto move = [&](const std::string& moved, const Descriptor& descriptor) {
    Repository repository = layout.open();
    Transaction transaction(repository, "move", made::noon);
    transaction.move(moved, layout.now(moved), descriptor);
    transaction.commit();
  };
  const Descriptor first = made::store(blobs, base_image);
  const Descriptor stated = other ? made::store(blobs, *other) : first;
  move("debian:v1", first);
  move("debian:v1", made::store(blobs, later));
  const Image app = annotate(load_image(blobs, made::store(blobs, app_image), "app:1"),
                             {{std::string(annotation_base_name), name},
                              {std::string(annotation_base_digest), stated.digest().to_string()}});
  store_image(blobs, app);
  move("app:1", app.descriptor());
  const Repository repository = layout.open();
  const Collection collection{repository.blobs(), repository.index(), "lay", &repository};
  std::vector<std::string> names;
  for (const NamedImage& base : possible_bases(collection, app)) names.push_back(base.name);
  return names;
}

const made::MadeImage patched_base{{{"ADD file:x in /", "base"}, {"PATCH", "patch"}}};

TEST(PossibleBases, AStatedNameThatLeadsElsewhereIsLookedUpInItsPast) {
  EXPECT_EQ(bases_after_move("debian:v1", patched_base), std::vector<std::string>{"debian:v1@{1}"});
}

TEST(PossibleBases, APastThatTheImageDoesNotStateIsNotLookedAt) {
  EXPECT_EQ(bases_after_move("other:v1", patched_base), std::vector<std::string>{});
}

TEST(PossibleBases, ANameThatNeverLedToWhatTheImageStatesIsNone) {
  EXPECT_EQ(bases_after_move("debian:v1", patched_base, app_image), std::vector<std::string>{});
  EXPECT_EQ(bases_after_move("debian:v1", patched_base, patched_base), std::vector<std::string>{});
}

TEST(PossibleBases, ANameThatStillLeadsToTheBaseIsNotLookedUpInItsPast) {
  EXPECT_EQ(bases_after_move("debian:v1", base_image), std::vector<std::string>{"debian:v1"});
}

TEST(PossibleBases, OfAnImageWithoutLayersAreNone) {
  World world = world_of_app();
  world.add("empty", {{{"CMD [\"sh\"]", {}}}});
  EXPECT_EQ(bases_of(world, "empty"), std::vector<std::string>{});
}

}  // namespace
}  // namespace imgops
