// Histories as builders wrote them, with the settings their own images had after each step; made by
// tests/oracle/histories.
#include "libimgops/lineage/image_at.hpp"
#include "libimgops/lineage/image_settings.hpp"
#include "tests/support/documents.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>

namespace imgops {
namespace {

using testing::image_from;

struct Recorded {
  std::string name;
  Json document;
};
void PrintTo(const Recorded& recorded, std::ostream* out) {
  *out << recorded.name;
}

std::vector<Recorded> all_recorded() {
  std::vector<Recorded> all;
  for (const auto& file : std::filesystem::directory_iterator(IMGOPS_FIXTURES "/histories")) {
    std::ifstream stream(file.path());
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    all.push_back({file.path().stem().string(), parse_json(text, file.path().string())});
  }
  return all;
}

Json configuration(Json settings, const Json& history, const std::vector<int>& layers) {
  Json result = testing::configuration_of(layers, history);
  if (settings.contains("author")) result["author"] = settings["author"];
  settings.erase("author");
  result["config"] = std::move(settings);
  return result;
}

Image image_with(const Json& settings, const Json& history) {
  std::vector<int> layers;
  for (const Json& entry : history) {
    if (!entry.value("empty_layer", false)) layers.push_back(static_cast<int>(layers.size()) + 1);
  }
  return image_from(testing::manifest_of(layers), configuration(settings, history, layers));
}

Json first_steps(const Json& history, std::size_t count) {
  Json result = Json::array();
  for (std::size_t at = 0; at < count; ++at) result.push_back(history[at]);
  return result;
}

// "Env.A=b" and so on; of an image that sets no directory and of one that sets "/" the same.
std::vector<std::string> shown(const Settings& settings) {
  std::vector<std::string> lines;
  for (const Setting* const setting : settings.in_order()) {
    if (setting->name() == "WorkingDir" && setting->value == "/") continue;
    lines.push_back(setting->name() + "=" + nlohmann::json(setting->value).dump());
  }
  std::ranges::sort(lines);
  return lines;
}

bool is_told(const std::vector<std::string>& omitted, std::string_view group) {
  return std::ranges::any_of(omitted,
                             [&](const std::string& line) { return line.starts_with(group); });
}

class RecordedHistory : public ::testing::TestWithParam<Recorded> {
 protected:
  const Json& history() const { return GetParam().document.at("history"); }
  Image image() const { return image_with(GetParam().document.at("finished"), history()); }
  // The settings after each step, as the builder had them, told as what changed since the one
  // before.
  Json after() const {
    Json settings = Json::object();
    Json result = Json::object();
    for (const auto& [step, changes] : GetParam().document.at("after").items()) {
      for (const auto& [group, value] : changes.items()) {
        if (value.is_null()) {
          settings.erase(group);
        } else {
          settings[group] = value;
        }
      }
      result[step] = settings;
    }
    return result;
  }
};

TEST_P(RecordedHistory, EveryStepIsReplayedAsTheBuilderHadIt) {
  const Json all = after();
  for (const auto& [number, settings] : all.items()) {
    const std::size_t step = std::stoul(number);
    if (step == history().size()) continue;
    const ImageAt cut = image_at(image(), step, SettingsChoice::replay, {});
    Settings expected = settings_of(image_with(settings, first_steps(history(), step)));
    // BuildKit tells of no triggers: that is said, and none are made up.
    if (is_told(cut.omitted, "OnBuild")) expected.remove("OnBuild");
    EXPECT_EQ(shown(settings_of(cut.image)), shown(expected)) << "step " << step;
  }
}

TEST_P(RecordedHistory, NothingIsOmittedButTriggersOfBuildKit) {
  for (std::size_t step = 1; step < history().size(); ++step) {
    for (const std::string& line : image_at(image(), step, SettingsChoice::replay, {}).omitted) {
      EXPECT_TRUE(line.starts_with("OnBuild") && GetParam().name.starts_with("buildkit"))
          << "step " << step << ": " << line;
    }
  }
}

// Whatever the ancestor is, the rest of the history leads on from it.
TEST_P(RecordedHistory, EveryStepIsReplayedFromEarlierOnes) {
  const Json all = after();
  for (const auto& [first, known] : all.items()) {
    if (std::stoul(first) % 6 != 0) continue;  // a few will do
    const std::vector<NamedImage> reach{
        {"", image_with(known, first_steps(history(), std::stoul(first)))}};
    for (const auto& [number, settings] : all.items()) {
      const std::size_t step = std::stoul(number);
      if (step <= std::stoul(first) || step == history().size()) continue;
      const ImageAt cut = image_at(image(), step, SettingsChoice::replay, reach);
      Settings expected = settings_of(image_with(settings, first_steps(history(), step)));
      Settings got = settings_of(cut.image);
      if (is_told(cut.omitted, "OnBuild")) {
        expected.remove("OnBuild");
        got.remove("OnBuild");
      }
      EXPECT_EQ(shown(got), shown(expected)) << "step " << step << " from " << first;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Builders, RecordedHistory, ::testing::ValuesIn(all_recorded()),
                         [](const auto& recorded) {
                           std::string name = recorded.param.name;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace imgops
