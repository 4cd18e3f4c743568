#include "libimgops/ops/purge.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/diff/compare.hpp"
#include "libimgops/ops/view.hpp"
#include "tests/ops/story_shop.hpp"
#include "tests/support/errors.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

namespace imgops {
namespace {

using testing::kind_of;
using testing::StoryShop;

PurgeResult purged(StoryShop& shop, const Image& image, const std::vector<std::string>& paths) {
  return purge(shop.operation, image, PurgedPaths(paths));
}

constexpr std::string_view secret_below = R"(layer
  directory /root
  file /root/secret "hunter2"
  file /root/other "kept"
layer
  directory /srv
  file /srv/app "app"
layer
  directory /root
  whiteout /root/secret
  file /root/note "note"
)";

TEST(Purge, TakesAPathOutOfEveryLayerWithItsWhiteout) {
  StoryShop shop;
  const Image image = shop.image(secret_below);
  const PurgeResult result = purged(shop, image, {"/root/secret"});
  EXPECT_EQ(shop.listing(result.image, 0), "root/ root/other");
  EXPECT_EQ(shop.listing(result.image, 2), "root/ root/note");
  ASSERT_EQ(result.hits.size(), 2U);
  EXPECT_EQ(result.hits[0].path, "root/secret");
  EXPECT_EQ(result.hits[0].bytes, 7U);
  EXPECT_EQ(result.hits[1].kind, EntryKind::whiteout);
}

TEST(Purge, LayersWithoutThePathKeepTheirBytes) {
  StoryShop shop;
  const Image image = shop.image(secret_below);
  const PurgeResult result = purged(shop, image, {"/root/secret"});
  EXPECT_EQ(result.image.layers()[1].descriptor.json(), image.layers()[1].descriptor.json());
  EXPECT_EQ(result.layers.size(), 2U);
}

TEST(Purge, OfAPathNobodyHasIsTheImageItself) {
  StoryShop shop;
  const Image image = shop.image(secret_below);
  const PurgeResult result = purged(shop, image, {"/root/none", "/srv/*.key"});
  EXPECT_EQ(result.image.descriptor(), image.descriptor());
  EXPECT_TRUE(result.hits.empty());
}

TEST(Purge, ASecondTimeFindsNothing) {
  StoryShop shop;
  const PurgeResult once = purged(shop, shop.image(secret_below), {"root/secret"});
  EXPECT_TRUE(purged(shop, once.image, {"root/secret"}).hits.empty());
}

TEST(Purge, TakesADirectoryWithAllBelowIt) {
  StoryShop shop;
  const PurgeResult result = purged(shop, shop.image(secret_below), {"/root/"});
  EXPECT_EQ(shop.listing(result.image, 0), "");
  EXPECT_EQ(view(shop.operation, result.image).find("root"), nullptr);
}

TEST(Purge, APatternMeansEachPathItMatches) {
  StoryShop shop;
  const Image image = shop.image(R"(layer
  directory /etc
  file /etc/a.key "1"
  file /etc/b.pem "2"
  directory /etc/c.key
  file /etc/c.key/inside "3"
  file /other.key "4"
)");
  EXPECT_EQ(shop.listing(purged(shop, image, {"/etc/*.key"}).image, 0), "etc/ etc/b.pem other.key");
  EXPECT_EQ(shop.listing(purged(shop, image, {"**.key"}).image, 0), "etc/ etc/b.pem");
}

TEST(Purge, ALayerLeftEmptyStaysWithItsStep) {
  StoryShop shop;
  const Image image = shop.image(R"(layer
  file /a "a"
layer
  file /secret "s"
)");
  const PurgeResult result = purged(shop, image, {"/secret"});
  EXPECT_EQ(result.image.layers().size(), 2U);
  EXPECT_EQ(shop.listing(result.image, 1), "");
  EXPECT_EQ(result.image.history()[1].created_by, "step 2");
  EXPECT_EQ(result.image.layers()[1].diff_id.digest.to_string().substr(0, 15), "sha256:5f70bf18");
}

TEST(Purge, OfTheNameThatHoldsTheBytesLeavesTheOtherNamesWhole) {
  StoryShop shop;
  const Image image = shop.image(R"(layer
  file /a "shared"
  hardlink /b -> a
  hardlink /c -> a
)");
  const PurgeResult result = purged(shop, image, {"/a"});
  EXPECT_EQ(shop.listing(result.image, 0), "b c->b");
  EXPECT_EQ(shop.text(result.image, "c"), "shared");
}

TEST(Purge, OfALinkInALowerLayerLeavesItsOtherNameWhole) {
  StoryShop shop;
  const Image image = shop.image(R"(layer
  file /a "shared"
layer
  hardlink /b -> a
)");
  const PurgeResult result = purged(shop, image, {"/a"});
  EXPECT_EQ(shop.listing(result.image, 1), "b");
  EXPECT_EQ(shop.text(result.image, "b"), "shared");
  const auto held = find_bodies(shop.operation, result.image, result.bodies);
  ASSERT_EQ(held.size(), 1U);
  EXPECT_EQ(held[0].layer, 1U);
  EXPECT_EQ(held[0].path, "b");
}

TEST(Purge, KeepsADirectoryThatOnlyThePathMade) {
  StoryShop shop;
  const PurgeResult result =
      purged(shop, shop.image("layer\n  file /srv/deep/secret \"s\"\n"), {"/srv/deep/secret"});
  EXPECT_EQ(shop.listing(result.image, 0), "srv/ srv/deep/");
}

TEST(Purge, UncoversNoLinkBelow) {
  StoryShop shop;
  const Image image = shop.image(R"(layer
  directory /usr
  directory /usr/lib
  file /usr/lib/a "a"
  symlink /lib -> usr/lib
layer
  file /lib/secret "s"
)");
  const PurgeResult result = purged(shop, image, {"/lib/secret"});
  EXPECT_EQ(view(shop.operation, result.image).find("lib")->inode()->type(), FileType::directory);
}

TEST(Purge, FollowsLinksToDirectories) {
  StoryShop shop;
  const Image image = shop.image(R"(layer
  directory /usr
  directory /usr/lib
  file /usr/lib/secret "s"
  symlink /lib -> usr/lib
)");
  const PurgeResult result = purged(shop, image, {"/lib/secret"});
  EXPECT_EQ(shop.listing(result.image, 0), "usr/ usr/lib/ lib");
}

TEST(Purge, SpellsAnOpaqueDirectoryOut) {
  StoryShop shop;
  const Image image = shop.image(R"(layer
  directory /d
  file /d/old "old"
  file /d/secret "s"
layer
  directory /d
  opaque /d
  file /d/secret "t"
  file /d/new "new"
)");
  const PurgeResult result = purged(shop, image, {"/d/secret"});
  EXPECT_EQ(shop.listing(result.image, 1), "d/ !d/old d/new");
}

TEST(Purge, BytesThatAreOverwrittenInTheSameLayerGoToo) {
  StoryShop shop;
  const Image image = shop.image(R"(layer
  file /secret "first"
  file /secret "second"
  file /a "a"
)");
  const PurgeResult result = purged(shop, image, {"/secret"});
  EXPECT_EQ(shop.listing(result.image, 0), "a");
  EXPECT_EQ(result.bodies.size(), 2U);
}

TEST(Purge, KeepsTheCompressionOfALayer) {
  StoryShop shop;
  for (const char* const form : {"none", "gzip", "zstd"}) {
    std::vector<story::Layer> layers =
        story::parse(
            "# semantics U01: x\nlayer\n  file /s \"s\"\n  file /a \"a\"\ntree\n  file /a \"a\"\n",
            "test")
            .layers;
    layers[0].compression = form;
    const Image image = shop.image(layers);
    EXPECT_EQ(purged(shop, image, {"s"}).image.layers()[0].descriptor.media_type(),
              image.layers()[0].descriptor.media_type());
  }
}

TEST(Purge, ThreadsDoNotChangeTheDigest) {
  StoryShop one(1);
  StoryShop many(16);
  EXPECT_EQ(purged(one, one.image(secret_below), {"root/secret"}).image.descriptor(),
            purged(many, many.image(secret_below), {"root/secret"}).image.descriptor());
}

TEST(Purge, RefusesTheRoot) {
  EXPECT_EQ(kind_of([] { PurgedPaths({"/"}); }), ErrorKind::invalid_argument);
  EXPECT_EQ(kind_of([] { PurgedPaths({"../x"}); }), ErrorKind::invalid_argument);
}

TEST(FindBodies, NamesCopiesUnderOtherNamesHiddenOnesToo) {
  StoryShop shop;
  const Image image = shop.image(R"(layer
  file /secret "hunter2"
  file /copy "hunter2"
  file /alike "hunter3"
  file /none ""
layer
  whiteout /copy
)");
  const PurgeResult result = purged(shop, image, {"/secret"});
  const auto held = find_bodies(shop.operation, result.image, result.bodies);
  ASSERT_EQ(held.size(), 1U);
  EXPECT_EQ(held[0].path, "copy");
  EXPECT_EQ(held[0].purged_path, "secret");
}

// Everything of a story's layers that can be asked for.
std::set<std::string> paths_of(StoryShop& shop, const Image& image) {
  std::set<std::string> paths;
  for (const auto& layer : shop.open(image)) {
    for (const LayerEntry& entry : layer->entries) {
      if (!entry.path.empty()) paths.emplace(std::string_view(entry.path));
    }
  }
  return paths;
}

// What a purge of `path` left undone or did beside; empty when it is right.
std::string fault_of(StoryShop& shop, const Image& image, const Tree& before,
                     const std::string& path) {
  PurgedPaths asked({path});
  asked.add_real_paths(before);
  const PurgeResult result = purged(shop, image, {path});
  for (const auto& layer : shop.open(result.image)) {
    for (const LayerEntry& entry : layer->entries) {
      const std::string_view name = entry.path;
      if (name == path || is_below(name, path)) return "still has " + std::string(name);
    }
  }
  const Tree after = view(shop.operation, result.image);
  for (const Change& change : compare(before, after, shop.cache, {true, ContentProof::always})) {
    const bool is_wanted = change.after == nullptr && asked.contains(change.path());
    const bool is_told =
        change.before != nullptr && change.after != nullptr && !change.differences.any();
    if (!is_wanted && !is_told) return "changed " + std::string(change.path());
  }
  return "";
}

TEST(Purge, OfAnyPathOfAnyStoryChangesTheTreeThereOnly) {
  std::size_t checked = 0;
  for (const story::Story& story : story::load_all(IMGOPS_FIXTURES "/stories")) {
    if (story.rejected) continue;
    StoryShop shop;
    const Image image = shop.image(story.layers);
    const Tree before = view(shop.operation, image);
    for (const std::string& path : paths_of(shop, image)) {
      SCOPED_TRACE(story.name + ": " + path);
      try {
        EXPECT_EQ(fault_of(shop, image, before, path), "");
        ++checked;
      } catch (const Error& error) {
        // What must not be written at all (W12) is refused.
        EXPECT_EQ(error.kind(), ErrorKind::conflict) << error.what();
        EXPECT_EQ(std::string(error.what()).find("verification"), std::string::npos)
            << error.what();
      }
    }
  }
  EXPECT_GT(checked, 500U);
}

}  // namespace
}  // namespace imgops
