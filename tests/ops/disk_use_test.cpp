#include "libimgops/ops/disk_use.hpp"

#include "tests/ops/workshop.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

using testing::LayerBuilder;
using testing::Workshop;
using Names = std::vector<std::string>;

// Four images on one layer, and one that shares nothing.
std::vector<NamedImage> make_images(Workshop& shop) {
  const Image base = shop.add(Workshop::empty(), LayerBuilder().file("base", "base").build());
  std::vector<NamedImage> images;
  for (const char* const name : {"a", "b", "c", "d"}) {
    images.push_back({name, shop.add(base, LayerBuilder().file(name, name).build())});
  }
  images.push_back({"alone", shop.add(Workshop::empty(), LayerBuilder().file("x", "y").build())});
  return images;
}

TEST(DiskUse, NamesAllWhoShare) {
  Workshop shop;
  const DiskUse use = disk_use(make_images(shop));
  EXPECT_EQ(use.images[1].shared_with, (Names{"a", "c", "d"}));
  EXPECT_FALSE(use.images[1].has_more_companions);
  EXPECT_EQ(use.images[4].shared_with, Names());
  EXPECT_EQ(use.images[4].shared_bytes, 0U);
}

TEST(DiskUse, NamesTheFirstAndTellsOfMore) {
  Workshop shop;
  const DiskUse use = disk_use(make_images(shop), 2);
  EXPECT_EQ(use.images[0].shared_with, (Names{"b", "c"}));
  EXPECT_EQ(use.images[1].shared_with, (Names{"a", "c"}));
  EXPECT_TRUE(use.images[1].has_more_companions);
  EXPECT_FALSE(disk_use(make_images(shop), 3).images[1].has_more_companions);
}

TEST(DiskUse, BytesDoNotDependOnTheNamesWanted) {
  Workshop shop;
  const DiskUse all = disk_use(make_images(shop));
  const DiskUse none = disk_use(make_images(shop), 0);
  EXPECT_EQ(none.images[0].shared_with, Names());
  EXPECT_EQ(none.images[0].unique_bytes, all.images[0].unique_bytes);
  EXPECT_EQ(none.sum_bytes, all.sum_bytes);
  EXPECT_EQ(none.stored_bytes, all.stored_bytes);
}

}  // namespace
}  // namespace imgops
