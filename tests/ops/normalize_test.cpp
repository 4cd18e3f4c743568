#include "libimgops/ops/normalize.hpp"

#include "libimgops/diff/compare.hpp"
#include "libimgops/image/image_edit.hpp"
#include "libimgops/ops/view.hpp"
#include "tests/ops/story_shop.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

using testing::StoryShop;

// Members of stories have the time 1000 where they say no other.
constexpr std::string_view late_file = R"(layer
  file /base "base" mtime=9000
layer
  directory /srv
  file /srv/z "z" mtime=5000
  file /srv/a "a"
  hardlink /srv/b -> srv/z mtime=5000
)";

NormalizeResult normalized(StoryShop& shop, const Image& image, NormalizeOptions options,
                           std::size_t first = 1) {
  return normalize(shop.operation, image, {first, image.layers().size()}, options);
}

TEST(Normalize, ClampsLaterTimesToTheEpoch) {
  StoryShop shop;
  const NormalizeResult result = normalized(shop, shop.image(late_file), {2000});
  const Tree tree = view(shop.operation, result.image);
  EXPECT_EQ(tree.find("srv/z")->inode()->mtime(), (Timestamp{2000, 0}));
  EXPECT_EQ(tree.find("srv/b")->inode()->mtime(), (Timestamp{2000, 0}));
  EXPECT_EQ(tree.find("srv/a")->inode()->mtime(), (Timestamp{1000, 0}));
  EXPECT_EQ(result.layers[0].clamped, 2U);
}

TEST(Normalize, LeavesTheBaseAlone) {
  StoryShop shop;
  const Image image = shop.image(late_file);
  const Image result = normalized(shop, image, {2000}).image;
  EXPECT_EQ(result.layers()[0].descriptor.json(), image.layers()[0].descriptor.json());
  EXPECT_EQ(view(shop.operation, result).find("base")->inode()->mtime().seconds, 9000);
}

TEST(Normalize, KeepsTheOrderUnlessAsked) {
  StoryShop shop;
  const Image image = shop.image(late_file);
  EXPECT_EQ(shop.listing(normalized(shop, image, {2000}).image, 1),
            "srv/ srv/z srv/a srv/b->srv/z");
}

TEST(Normalize, SortsByPathWithSecondNamesLast) {
  StoryShop shop;
  const Image image = shop.image(late_file);
  EXPECT_EQ(shop.listing(normalized(shop, image, {9000, MemberOrder::sorted}).image, 1),
            "srv/ srv/a srv/b srv/z->srv/b");
}

TEST(Normalize, PutsWhiteoutsRightBehindTheirDirectory) {
  StoryShop shop;
  const Image image = shop.image(R"(layer
  directory /d
  file /d/old "old"
  directory /d/in
  file /gone "g"
layer
  file /x "x"
  directory /d
  directory /d/in
  whiteout /d/old
  whiteout /gone
)");
  EXPECT_EQ(shop.listing(normalized(shop, image, {9000, MemberOrder::sorted}).image, 1),
            "!gone d/ !d/old d/in/ x");
}

TEST(Normalize, TwoOrdersOfOneContentBecomeOneLayer) {
  StoryShop shop;
  const Image left = shop.image(R"(layer
  file /b "b"
  file /a "a" mtime=5000
  hardlink /c -> a mtime=5000
)");
  const Image right = shop.image(R"(layer
  file /c "a" mtime=7000
  hardlink /a -> c mtime=7000
  file /b "b"
)");
  const NormalizeOptions options{2000, MemberOrder::sorted};
  EXPECT_EQ(normalized(shop, left, options, 0).image.diff_ids(),
            normalized(shop, right, options, 0).image.diff_ids());
}

TEST(Normalize, ASecondTimeNothingIsToDo) {
  StoryShop shop;
  for (const MemberOrder order : {MemberOrder::kept, MemberOrder::sorted}) {
    const Image once = normalized(shop, shop.image(late_file), {2000, order}).image;
    EXPECT_EQ(normalized(shop, once, {2000, order}).image.descriptor(), once.descriptor());
  }
}

TEST(Normalize, ALayerWithoutLaterTimesKeepsItsBlob) {
  StoryShop shop;
  const Image image = shop.image(late_file);
  EXPECT_EQ(normalized(shop, image, {9000}).image.descriptor(), image.descriptor());
}

TEST(Normalize, ClampsTimesOfTheOwnHistoryAndOfTheImage) {
  StoryShop shop;
  const Image image = edit_configuration(shop.image(late_file), [](Json& configuration) {
    configuration["created"] = "2024-01-01T00:00:00Z";
    configuration["history"][0]["created"] = "2023-01-01T00:00:00Z";
    configuration["history"][1]["created"] = "2024-01-01T00:00:00+01:00";
  });
  const Image result = normalized(shop, image, {1600000000, MemberOrder::kept, 1}).image;
  EXPECT_EQ(result.created(), "2020-09-13T12:26:40Z");
  EXPECT_EQ(result.history()[0].created, "2023-01-01T00:00:00Z");
  EXPECT_EQ(result.history()[1].created, "2020-09-13T12:26:40Z");
}

TEST(Normalize, KeepsATimeThatIsNoneAndAddsNone) {
  StoryShop shop;
  const Image image = edit_configuration(shop.image(late_file), [](Json& configuration) {
    configuration["history"][1]["created"] = "yesterday";
  });
  EXPECT_EQ(normalized(shop, image, {9000}).image.descriptor(), image.descriptor());
}

TEST(Normalize, TheTreeOfAnyStoryStaysButForTimes) {
  std::size_t checked = 0;
  for (const story::Story& story : story::load_all(IMGOPS_FIXTURES "/stories")) {
    if (story.rejected) continue;
    SCOPED_TRACE(story.name);
    StoryShop shop;
    const Image image = shop.image(story.layers);
    try {
      const NormalizeOptions options{500, MemberOrder::sorted};
      const Image result = normalized(shop, image, options, 0).image;
      EXPECT_TRUE(compare(view(shop.operation, image), view(shop.operation, result), shop.cache,
                          {true, ContentProof::always})
                      .empty());
      EXPECT_EQ(normalized(shop, result, options, 0).image.descriptor(), result.descriptor());
      ++checked;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::conflict) << error.what();  // W12
    }
  }
  EXPECT_GT(checked, 150U);
}

TEST(FirstOwnEntry, FollowsTheBasesHistoryWhereItIsKnown) {
  StoryShop shop;
  const Image image = edit_configuration(shop.image(late_file), [](Json& configuration) {
    const Json empty = {{"created_by", "CMD"}, {"empty_layer", true}};
    configuration["history"].insert(configuration["history"].begin() + 1, empty);
  });
  const Image base = keep_steps(image, 2);
  EXPECT_EQ(first_own_entry(image, 1, &base), 2U);
  EXPECT_EQ(first_own_entry(image, 1, nullptr), 1U);
  EXPECT_EQ(first_own_entry(image, 0, nullptr), 0U);
}

}  // namespace
}  // namespace imgops
