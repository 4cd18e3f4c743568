// What holds of every edit of every image, however odd its history: as many entries with a layer as
// layers, no layer lost, unknown keys there. Images are made at random from fixed seeds.
#include "libimgops/image/image_edit.hpp"
#include "libimgops/image/replace_base.hpp"
#include "tests/support/documents.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>

namespace imgops {
namespace {

using testing::configuration_of;
using testing::empty;
using testing::full;
using testing::image_from;
using testing::layer;
using testing::layer_numbers;
using testing::manifest_of;

constexpr unsigned seeds = 100;

class World {
 public:
  explicit World(unsigned seed) : random_(seed) {}

  std::size_t up_to(std::size_t most) {
    return std::uniform_int_distribution<std::size_t>(0, most)(random_);
  }

  Image image() {
    std::vector<int> numbers(up_to(6));
    for (int& number : numbers) number = static_cast<int>(1 + up_to(8));  // J08: also twice
    Json manifest = manifest_of(numbers);
    manifest["x-unknown"] = 1;
    Json configuration = configuration_of(numbers, history());
    configuration["x-unknown"] = 2;
    const Image image = image_from(manifest, configuration);
    return up_to(1) == 0 ? image : convert_family(image, MediaFamily::docker);
  }

  LayerRange range(const Image& image) {
    const std::size_t end = up_to(image.layers().size());
    return {up_to(end), end};
  }

  HistoryMode mode() { return static_cast<HistoryMode>(up_to(2)); }

 private:
  Json history() {
    if (up_to(5) == 0) return nullptr;
    Json entries = Json::array();
    for (std::size_t count = up_to(10); count > 0; --count) {
      entries.push_back(up_to(2) == 0 ? empty("e") : full("f"));
    }
    return entries;
  }

  std::mt19937 random_;
};

void expect_whole(const Image& before, const Image& after) {
  const auto full_entries = std::ranges::count(after.history(), false, &HistoryEntry::empty_layer);
  EXPECT_EQ(static_cast<std::size_t>(full_entries), after.layers().size());
  EXPECT_EQ(after.diff_ids().size(), after.layers().size());
  EXPECT_TRUE(after.diagnostics().empty());
  EXPECT_EQ(after.family(), before.family());
  EXPECT_EQ(after.manifest_json()["x-unknown"], 1);
  EXPECT_EQ(after.configuration_json()["x-unknown"], 2);
  EXPECT_EQ(Image::parse(after.manifest_text(), after.configuration_text(), "again").descriptor(),
            after.descriptor());
}

std::vector<int> slice(const std::vector<int>& numbers, std::size_t first, std::size_t end) {
  return {numbers.begin() + static_cast<std::ptrdiff_t>(first),
          numbers.begin() + static_cast<std::ptrdiff_t>(end)};
}

// The numbers of a range replaced by `middle`.
std::vector<int> expected_layers(const Image& image, LayerRange range,
                                 const std::vector<int>& middle) {
  const std::vector<int> all = layer_numbers(image);
  std::vector<int> result = slice(all, 0, range.first);
  result.insert(result.end(), middle.begin(), middle.end());
  const std::vector<int> above = slice(all, range.end, all.size());
  result.insert(result.end(), above.begin(), above.end());
  return result;
}

const HistoryEntry fresh_entry = HistoryEntry::make("", "new", "", false);

TEST(ImageLaw, ReplacingARangeKeepsImageWhole) {
  for (unsigned seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE(seed);
    World world(seed);
    const Image image = world.image();
    const LayerRange range = world.range(image);
    const ImageLayer fresh = layer(9);
    const Image edited = replace_layers(image, range, &fresh, fresh_entry, world.mode());
    expect_whole(image, edited);
    EXPECT_EQ(layer_numbers(edited), expected_layers(image, range, {9}));
  }
}

TEST(ImageLaw, DroppingARangeKeepsImageWhole) {
  for (unsigned seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE(seed);
    World world(seed);
    const Image image = world.image();
    const LayerRange range = world.range(image);
    const Image edited = replace_layers(image, range, nullptr, fresh_entry, world.mode());
    expect_whole(image, edited);
    EXPECT_EQ(layer_numbers(edited), expected_layers(image, range, {}));
  }
}

TEST(ImageLaw, KeepingHistoryForgetsNoStep) {
  for (unsigned seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE(seed);
    World world(seed);
    const Image image = world.image();
    const std::size_t steps = pair_history(image.history(), image.layers().size()).steps.size();
    const ImageLayer fresh = layer(9);
    const Image edited = replace_layers(image, world.range(image), &fresh, fresh_entry);
    EXPECT_EQ(edited.history().size(), steps + 1);
  }
}

TEST(ImageLaw, TheNewEntryTellsOfTheNewLayer) {
  for (unsigned seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE(seed);
    World world(seed);
    const Image image = world.image();
    const LayerRange range = world.range(image);
    const ImageLayer fresh = layer(9);
    const Image edited = replace_layers(image, range, &fresh, fresh_entry, world.mode());
    for (const HistoryStep& step : pair_history(edited.history(), edited.layers().size()).steps) {
      const bool is_new = edited.history()[*step.entry].created_by == "new";
      EXPECT_EQ(is_new, step.layer == range.first);
    }
  }
}

TEST(ImageLaw, KeepingLayersKeepsImageWhole) {
  for (unsigned seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE(seed);
    World world(seed);
    const Image image = world.image();
    const std::size_t count = world.up_to(image.layers().size());
    const Image edited = keep_layers(image, count);
    EXPECT_EQ(layer_numbers(edited), slice(layer_numbers(image), 0, count));
    if (count < image.layers().size()) expect_whole(image, edited);
  }
}

TEST(ImageLaw, KeepingStepsKeepsABottom) {
  for (unsigned seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE(seed);
    World world(seed);
    const Image image = world.image();
    const std::size_t steps = pair_history(image.history(), image.layers().size()).steps.size();
    const std::size_t count = world.up_to(steps);
    const Image edited = keep_steps(image, count);
    const std::size_t left = edited.layers().size();
    EXPECT_EQ(layer_numbers(edited), slice(layer_numbers(image), 0, left));
    if (count == steps) continue;
    EXPECT_EQ(edited.history().size(), count);
    expect_whole(image, edited);
  }
}

TEST(ImageLaw, ReplacingTheBaseKeepsImageWholeAndTwiceIsOnce) {
  for (unsigned seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE(seed);
    World world(seed);
    const Image image = world.image();
    const Image base = world.image();
    const std::size_t count = world.up_to(image.layers().size());
    const Image edited = replace_base(image, count, base);
    std::vector<int> expected = layer_numbers(base);
    const std::vector<int> all = layer_numbers(image);
    expected.insert(expected.end(), all.begin() + static_cast<std::ptrdiff_t>(count), all.end());
    EXPECT_EQ(layer_numbers(edited), expected);
    const Image again = replace_base(edited, base.layers().size(), base, &base);
    EXPECT_EQ(again.descriptor(), edited.descriptor());
    if (edited.descriptor() == image.descriptor()) continue;  // stood on it already
    expect_whole(image, edited);
  }
}

}  // namespace
}  // namespace imgops
