#include "libimgops/lineage/image_at.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/image/image_edit.hpp"
#include "libimgops/lineage/image_settings.hpp"
#include "tests/support/documents.hpp"
#include "tests/support/errors.hpp"

#include <gtest/gtest.h>

#include <map>

namespace imgops {
namespace {

using testing::image_from;
using testing::story;

// A step of the classic builder; of a command it has a layer.
Json step(const std::string& line, const std::string& created = "2024-01-01T00:00:00Z") {
  const bool is_command = line.starts_with("RUN ");
  Json entry = {
      {"created", created},
      {"created_by", is_command ? "/bin/sh -c " + line.substr(4) : "/bin/sh -c #(nop)  " + line}};
  if (!is_command) entry["empty_layer"] = true;
  return entry;
}

Image made(const std::vector<Json>& steps, const Json& config, const Json& annotations = nullptr) {
  std::vector<int> layers;
  Json history = Json::array();
  for (const Json& entry : steps) {
    if (!entry.contains("empty_layer")) layers.push_back(static_cast<int>(layers.size()) + 1);
    history.push_back(entry);
  }
  Json configuration = testing::configuration_of(layers, history);
  configuration["config"] = config;
  Json manifest = testing::manifest_of(layers);
  if (!annotations.is_null()) manifest["annotations"] = annotations;
  return image_from(std::move(manifest), configuration);
}

Image at(const Image& image, std::size_t step_count, const std::vector<NamedImage>& reach = {},
         SettingsChoice choice = SettingsChoice::best) {
  return image_at(image, step_count, choice, reach).image;
}

Json config_of(const Image& image) {
  return image.configuration_json().at("config");
}

const std::vector<Json> base_steps = {step("RUN base"), step("ENV A=1"), step(R"(CMD ["sh"])")};
const Json base_config = {{"Env", {"PATH=/bin", "A=1"}}, {"Cmd", {"sh"}}};

std::vector<Json> app_steps() {
  std::vector<Json> steps = base_steps;
  steps.push_back(step("RUN app", "2024-02-01T00:00:00Z"));
  steps.push_back(step("ENV A=2", "2024-02-01T00:00:01Z"));
  steps.push_back(step("USER app", "2024-02-01T00:00:02Z"));
  return steps;
}
Image app() {
  return made(app_steps(), {{"Env", {"PATH=/bin", "A=2"}}, {"Cmd", {"sh"}}, {"User", "app"}});
}

TEST(ImageAt, AllStepsAreTheImageItself) {
  const ImageAt all = image_at(app(), 6, SettingsChoice::best, {});
  EXPECT_EQ(all.image.descriptor(), app().descriptor());
  EXPECT_EQ(all.origin, SettingsOrigin::exact);
}

TEST(ImageAt, LaterStepsAreTakenBack) {
  EXPECT_EQ(config_of(at(app(), 4)), (Json{{"Env", {"PATH=/bin", "A=1"}}, {"Cmd", {"sh"}}}));
  EXPECT_EQ(config_of(at(app(), 5)), (Json{{"Env", {"PATH=/bin", "A=2"}}, {"Cmd", {"sh"}}}));
}

TEST(ImageAt, HistoryAndLayersEndWithTheStep) {
  const Image image = at(app(), 4);
  EXPECT_EQ(testing::layer_numbers(image), (std::vector<int>{1, 2}));
  EXPECT_EQ(story(image).size(), 4U);
  EXPECT_TRUE(image.diagnostics().empty());
}

TEST(ImageAt, TheTimeIsThatOfTheLastStep) {
  EXPECT_EQ(at(app(), 4).created(), "2024-02-01T00:00:00Z");
}

TEST(ImageAt, SaysThatItsSettingsAreReplayed) {
  EXPECT_EQ(at(app(), 4).annotation(annotation_config), "replayed");
  EXPECT_EQ(image_at(app(), 4, SettingsChoice::best, {}).origin, SettingsOrigin::replayed);
}

TEST(ImageAt, ASettingThatNoStepExplainsStays) {
  const Image image = made({step("RUN a"), step("USER b")},
                           {{"Labels", {{"by", "a flag"}}}, {"User", "b"}, {"Unknown", 1}});
  EXPECT_EQ(config_of(at(image, 1)), (Json{{"Labels", {{"by", "a flag"}}}, {"Unknown", 1}}));
}

TEST(ImageAt, UnreadTextOfASettingThatLaterStepsLeaveAloneDoesNoHarm) {
  const Image image = made({step("RUN a"), step("CMD nonsense"), step("USER b")},
                           {{"Cmd", {"known"}}, {"User", "b"}});
  const ImageAt cut = image_at(image, 2, SettingsChoice::best, {});
  EXPECT_EQ(config_of(cut.image), (Json{{"Cmd", {"known"}}}));
  EXPECT_EQ(cut.omitted, std::vector<std::string>{});
}

TEST(ImageAt, UnreadTextOfASettingThatALaterStepOverwroteIsNamed) {
  const Image image =
      made({step("RUN a"), step("CMD nonsense"), step(R"(CMD ["b"])")}, {{"Cmd", {"b"}}});
  const ImageAt cut = image_at(image, 2, SettingsChoice::best, {});
  EXPECT_EQ(config_of(cut.image), Json::object());
  EXPECT_EQ(cut.omitted,
            std::vector<std::string>{"Cmd: step 2 sets it to something that is not known"});
}

TEST(ImageAt, TriggersThatNoStepSetsAreLeftOutAndNamed) {
  const Image image =
      made({step("RUN a"), step("USER b")}, {{"User", "b"}, {"OnBuild", {"RUN c"}}});
  const ImageAt cut = image_at(image, 1, SettingsChoice::best, {});
  EXPECT_EQ(config_of(cut.image), Json::object());
  ASSERT_EQ(cut.omitted.size(), 1U);
  EXPECT_TRUE(cut.omitted.front().starts_with("OnBuild: "));
}

TEST(ImageAt, AnEarlierValueOfWhatTheImageContradictsIsNamed) {
  const Image image =
      made({step("RUN a"), step("USER b"), step("USER c")}, {{"User", "set by a flag"}});
  const ImageAt cut = image_at(image, 2, SettingsChoice::best, {});
  EXPECT_EQ(config_of(cut.image), (Json{{"User", "b"}}));
  ASSERT_EQ(cut.omitted.size(), 1U);
  EXPECT_TRUE(cut.omitted.front().starts_with("User: "));
}

TEST(ImageAt, ThePathOfBeforeTheFirstStepIsTheBuildersDefault) {
  const Image image = made({step("RUN a"), step("ENV PATH=/opt")}, {{"Env", {"PATH=/opt"}}});
  EXPECT_EQ(config_of(at(image, 1))["Env"][0],
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
}

TEST(ImageAt, ACommandThatAnEntryPointDroppedIsThereBeforeIt) {
  std::vector<Json> steps = base_steps;
  steps.push_back(step("RUN app"));
  steps.push_back(step(R"(ENTRYPOINT ["e"])"));
  const Image image = made(steps, {{"Env", {"PATH=/bin", "A=1"}}, {"Entrypoint", {"e"}}});
  EXPECT_EQ(config_of(at(image, 4)), base_config);
}

TEST(ImageAt, ACommandOfTheSameBuildOutlivesTheEntryPoint) {
  const std::vector<Json> steps = {step("RUN a"), step(R"(CMD ["c"])"), step(R"(ENTRYPOINT ["e"])"),
                                   step("USER u")};
  const Image image = made(steps, {{"Cmd", {"c"}}, {"Entrypoint", {"e"}}, {"User", "u"}});
  EXPECT_EQ(config_of(at(image, 3)), (Json{{"Cmd", {"c"}}, {"Entrypoint", {"e"}}}));
}

TEST(ImageAt, AnImageInReachMayBeAStepOfTheSameBuild) {
  const std::vector<Json> steps = {step("RUN a"), step("ONBUILD RUN x"), step("USER u"),
                                   step("ONBUILD RUN y"), step("RUN b")};
  const Image image = made(steps, {{"User", "u"}, {"OnBuild", {"RUN x", "RUN y"}}});
  const std::vector<NamedImage> reach{
      {"step:3", made({steps[0], steps[1], steps[2]}, {{"User", "u"}, {"OnBuild", {"RUN x"}}})}};
  const ImageAt cut = image_at(image, 4, SettingsChoice::best, reach);
  EXPECT_EQ(config_of(cut.image), config_of(image));
  EXPECT_EQ(cut.omitted, std::vector<std::string>{});
}

TEST(ImageAt, TheClassicBuildersContainersAreNotTakenOver) {
  Json configuration =
      testing::configuration_of({1, 2}, testing::entries({step("RUN a"), step("RUN b")}));
  configuration["config"] = {{"Image", "sha256:1234"}, {"Cmd", {"c"}}};
  configuration["container"] = "1234";
  configuration["container_config"] = {{"Cmd", {"#(nop)"}}};
  const Image cut = at(image_from(testing::manifest_of({1, 2}), configuration), 1);
  EXPECT_EQ(config_of(cut), (Json{{"Cmd", {"c"}}}));
  EXPECT_FALSE(cut.configuration_json().contains("container"));
  EXPECT_FALSE(cut.configuration_json().contains("container_config"));
}

TEST(ImageAt, AnImageInReachThatIsTheStepIsTheResult) {
  const Image base = made(base_steps, base_config);
  const ImageAt cut =
      image_at(app(), 3, SettingsChoice::best, std::vector<NamedImage>{{"b", base}});
  EXPECT_EQ(cut.image.descriptor(), base.descriptor());
  EXPECT_EQ(cut.origin, SettingsOrigin::exact);
}

TEST(ImageAt, AnExactImageOfOtherBlobsLendsItsConfiguration) {
  Json manifest = testing::manifest_of({1});
  manifest["layers"][0]["digest"] = testing::digest_of_text("packed anew").to_string();
  Json configuration = made(base_steps, base_config).configuration_json();
  const Image base = image_from(manifest, configuration);
  const Image cut = at(app(), 3, {{"b", base}});
  EXPECT_EQ(cut.configuration_descriptor(), base.configuration_descriptor());
  EXPECT_EQ(cut.layers()[0].descriptor, app().layers()[0].descriptor);
}

TEST(ImageAt, AnImageWithAnotherHistoryIsNotExact) {
  for (const Json& other : {step("ENV A=3"), step("ENV A=1", "2020-01-01T00:00:00Z")}) {
    std::vector<Json> steps = base_steps;
    steps[1] = other;
    const auto cut = image_at(app(), 3, SettingsChoice::best,
                              std::vector<NamedImage>{{"b", made(steps, base_config)}});
    EXPECT_EQ(cut.origin, SettingsOrigin::replayed);
  }
}

TEST(ImageAt, AnImageWhoseOwnSettingsAreNotExactIsNoWitness) {
  const Image base =
      made(base_steps, {{"User", "wrong"}}, {{std::string(annotation_config), "kept"}});
  const auto cut = image_at(app(), 3, SettingsChoice::best, std::vector<NamedImage>{{"b", base}});
  EXPECT_EQ(cut.origin, SettingsOrigin::replayed);
}

TEST(ImageAt, ReplayBeginsWithTheLongestImageInReach) {
  // Its text says nothing of the directory, which the image overwrote later.
  std::vector<Json> steps = base_steps;
  steps.push_back(step("RUN app"));
  steps.push_back(step("WORKDIR /later"));
  Json config = base_config;
  config["WorkingDir"] = "/unrecorded";
  const Image base = made(base_steps, config);
  config["WorkingDir"] = "/later";
  const Image image = made(steps, config);
  EXPECT_EQ(config_of(at(image, 4, {{"b", base}}))["WorkingDir"], "/unrecorded");
}

TEST(ImageAt, ExactIsNotFoundWithoutTheImage) {
  EXPECT_EQ(made::kind_of([] { at(app(), 4, {}, SettingsChoice::exact); }), ErrorKind::not_found);
}

TEST(ImageAt, ReplayDoesNotTakeAnExactImage) {
  const std::vector<NamedImage> reach{{"b", made(base_steps, base_config)}};
  EXPECT_EQ(image_at(app(), 3, SettingsChoice::replay, reach).origin, SettingsOrigin::replayed);
}

TEST(ImageAt, KeepTakesTheSettingsOfTheWhole) {
  const Image cut = at(app(), 4, {}, SettingsChoice::keep);
  EXPECT_EQ(config_of(cut), config_of(app()));
  EXPECT_EQ(cut.annotation(annotation_config), "kept");
}

TEST(ImageAt, BaseTakesTheSettingsOfTheBase) {
  const Image base = made(base_steps, base_config);
  const Image cut = at(app(), 5, {{"b", base}}, SettingsChoice::base);
  EXPECT_EQ(settings_of(cut).find("Env", "A")->value, "1");
  EXPECT_EQ(cut.annotation(annotation_config), "base");
}

TEST(ImageAt, WithoutABaseThereAreNoSettingsOfIt) {
  EXPECT_EQ(made::kind_of([] { at(app(), 4, {}, SettingsChoice::base); }), ErrorKind::not_found);
}

TEST(ImageAt, NamesItsOwnBase) {
  const Image base = made(base_steps, base_config);
  const Image cut = at(app(), 4, {{"base:1", base}});
  EXPECT_EQ(cut.annotation(annotation_base_name), "base:1");
  EXPECT_EQ(cut.annotation(annotation_base_digest), base.descriptor().digest().to_string());
}

TEST(ImageAt, BelowTheBaseItNamesNone) {
  const Image image =
      made(app_steps(), base_config,
           {{std::string(annotation_base_name), "base:1"},
            {std::string(annotation_base_digest), testing::digest_of_text("base").to_string()}});
  EXPECT_EQ(at(image, 2).annotation(annotation_base_name), std::nullopt);
}

}  // namespace
}  // namespace imgops
