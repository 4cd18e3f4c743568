// Settings of two images compared.
#include "tools/imgops/config_diff.hpp"

#include "libimgops/image/image_edit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace imgops::cli {
namespace {

using ::testing::ElementsAre;

Image image_with(const Json& config) {
  return empty_image({"linux", "amd64", ""}, MediaFamily::oci, config);
}

std::vector<std::string> keys(const Json& before, const Json& after) {
  std::vector<std::string> result;
  for (const auto& change : compare_settings(image_with(before), image_with(after))) {
    result.push_back(change.key);
  }
  return result;
}

TEST(CompareSettings, EqualSettingsHaveNoChanges) {
  EXPECT_THAT(keys({{"User", "a"}}, {{"User", "a"}}), ElementsAre());
}

TEST(CompareSettings, EnvironmentIsComparedByName) {
  EXPECT_THAT(keys({{"Env", {"A=1", "B=2"}}}, {{"Env", {"B=2", "A=3"}}}), ElementsAre("Env.A"));
}

TEST(CompareSettings, LabelsAreComparedByKey) {
  EXPECT_THAT(keys({{"Labels", {{"x", "1"}}}}, {{"Labels", {{"x", "1"}, {"y", "2"}}}}),
              ElementsAre("Labels.y"));
}

TEST(CompareSettings, NullAndEmptyAreAbsent) {
  EXPECT_THAT(keys({{"Cmd", nullptr}, {"User", ""}}, Json::object()), ElementsAre());
}

TEST(CompareSettings, AnArrivingSettingHasNoOldValue) {
  const auto changes = compare_settings(image_with(Json::object()), image_with({{"Cmd", {"sh"}}}));
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_FALSE(changes[0].before);
  EXPECT_EQ(*changes[0].after, Json::array({"sh"}));
}

}  // namespace
}  // namespace imgops::cli
