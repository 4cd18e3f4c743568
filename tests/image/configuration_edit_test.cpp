#include "libimgops/image/configuration_edit.hpp"

#include "tests/support/documents.hpp"
#include "tests/support/errors.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

using testing::configuration_of;
using testing::fixture;
using testing::image_from;
using testing::kind_of;
using testing::manifest_of;

Image image_with(std::string_view config) {
  Json configuration = configuration_of({1});
  configuration["config"] = parse_json(config, "test");
  return image_from(manifest_of({1}), configuration);
}

std::string edited(std::string_view config, const SettingsEdit& edit) {
  return print_json(edit_settings(image_with(config), edit).configuration_json()["config"]);
}

ErrorKind refused(const SettingsEdit& edit) {
  return kind_of([&] { edit_settings(image_with("{}"), edit); }).value();
}

TEST(EditSettings, SetsAndClearsLists) {
  SettingsEdit edit;
  edit.entrypoint = {"python3", "-u"};
  edit.command = std::vector<std::string>();
  edit.shell = {"/bin/bash", "-c"};
  EXPECT_EQ(edited(R"({"Cmd":["sh"],"Entrypoint":null})", edit),
            R"({"Entrypoint":["python3","-u"],"Shell":["/bin/bash","-c"]})");
}

TEST(EditSettings, SetsAndClearsTexts) {
  SettingsEdit edit;
  edit.user = "";
  edit.working_directory = "/srv";
  edit.stop_signal = "SIGRTMIN+3";
  EXPECT_EQ(edited(R"({"User":"root","WorkingDir":"/"})", edit),
            R"({"WorkingDir":"/srv","StopSignal":"SIGRTMIN+3"})");
}

TEST(EditSettings, VariablesKeepTheirPlaceAndNewOnesFollow) {
  SettingsEdit edit;
  edit.environment = {{"A", "x=y"}, {"N", ""}};
  edit.environment_removed = {"B", "ABSENT"};
  EXPECT_EQ(edited(R"({"Env":["A=1","B=2","BB=3","C"]})", edit),
            R"({"Env":["A=x=y","BB=3","C","N="]})");
}

TEST(EditSettings, AVariableGivenTwiceIsThereOnce) {
  SettingsEdit edit;
  edit.environment = {{"A", "3"}};
  EXPECT_EQ(edited(R"({"Env":["A=1","B=2","A=2"]})", edit), R"({"Env":["A=3","B=2"]})");
}

TEST(EditSettings, WhatIsRemovedAndSetEndsUpSet) {
  SettingsEdit edit;
  edit.environment = {{"A", "2"}};
  edit.environment_removed = {"A"};
  edit.labels = {{"l", "2"}};
  edit.labels_removed = {"l"};
  EXPECT_EQ(edited(R"({"Env":["A=1"],"Labels":{"l":"1"}})", edit),
            R"({"Env":["A=2"],"Labels":{"l":"2"}})");
}

TEST(EditSettings, TheLastOfAGroupTakesTheGroupAlong) {
  SettingsEdit edit;
  edit.environment_removed = {"A"};
  edit.labels_removed = {"l"};
  edit.ports_removed = {"80"};
  edit.volumes_removed = {"/v"};
  EXPECT_EQ(edited(R"({"Env":["A=1"],"Labels":{"l":"1"},"ExposedPorts":{"80/tcp":{}},)"
                   R"("Volumes":{"/v":{}},"x":1})",
                   edit),
            R"({"x":1})");
}

TEST(EditSettings, PortsGetTheirProtocol) {
  SettingsEdit edit;
  edit.ports = {"80", "53/udp", "8000-8010"};
  edit.volumes = {"/data", R"(C:\data)"};
  EXPECT_EQ(edited("{}", edit), R"({"ExposedPorts":{"80/tcp":{},"53/udp":{},"8000-8010/tcp":{}},)"
                                R"("Volumes":{"/data":{},"C:\\data":{}}})");
}

TEST(EditSettings, TakesAHealthcheckAndAnAuthor) {
  SettingsEdit edit;
  edit.healthcheck = Json{{"Test", Json{"NONE"}}};
  edit.author = "somebody";
  const Image image = edit_settings(image_with("{}"), edit);
  EXPECT_EQ(print_json(image.configuration_json()["config"]),
            R"({"Healthcheck":{"Test":["NONE"]}})");
  EXPECT_EQ(image.configuration_json()["author"], "somebody");
  edit.healthcheck = Json();
  edit.author = "";
  const Image back = edit_settings(image, edit);
  EXPECT_EQ(print_json(back.configuration_json()["config"]), "{}");
  EXPECT_FALSE(back.configuration_json().contains("author"));
}

TEST(EditSettings, WhatIsSetAlreadyChangesNotAByte) {
  const Image image =
      image_with(R"({"Env":["A=1"],"Cmd":null,"User":"","Entrypoint":["e"],"Labels":{"l":"1"}})");
  SettingsEdit edit;
  edit.environment = {{"A", "1"}};
  edit.environment_removed = {"B"};
  edit.command = std::vector<std::string>();
  edit.user = "";
  edit.entrypoint = {"e"};
  edit.labels = {{"l", "1"}};
  edit.author = "";
  EXPECT_EQ(edit_settings(image, edit).descriptor(), image.descriptor());
}

TEST(EditSettings, TouchesNothingWhenNothingIsAsked) {
  for (const char* const config : {"null", "{}", R"({"Env":"odd","Labels":[1]})"}) {
    const Image image = image_with(config);
    EXPECT_EQ(edit_settings(image, {}).descriptor(), image.descriptor()) << config;
  }
  const Image bare = testing::image_of({1});
  EXPECT_EQ(edit_settings(bare, {}).descriptor(), bare.descriptor());
}

TEST(EditSettings, KeepsKeysItDoesNotKnow) {
  SettingsEdit edit;
  edit.user = "me";
  const Image image = edit_settings(fixture("buildkit"), edit);
  Json configuration = fixture("buildkit").configuration_json();
  configuration["config"]["User"] = "me";
  EXPECT_EQ(image.configuration_text(), print_json(configuration));
}

TEST(EditSettings, RefusesWhatNoRuntimeUnderstands) {
  const auto with = [](auto&& set) {
    SettingsEdit edit;
    set(edit);
    return refused(edit);
  };
  constexpr auto usage = ErrorKind::invalid_argument;
  EXPECT_EQ(with([](SettingsEdit& edit) { edit.environment = {{"", "x"}}; }), usage);
  EXPECT_EQ(with([](SettingsEdit& edit) { edit.environment = {{"A=B", "x"}}; }), usage);
  EXPECT_EQ(with([](SettingsEdit& edit) { edit.environment = {{"A", "\xff"}}; }), usage);
  EXPECT_EQ(with([](SettingsEdit& edit) { edit.labels = {{"", "x"}}; }), usage);
  EXPECT_EQ(with([](SettingsEdit& edit) { edit.labels = {{"a", "x"}, {"A", "y"}}; }), usage);
  EXPECT_EQ(with([](SettingsEdit& edit) { edit.ports = {"70000"}; }), usage);
  EXPECT_EQ(with([](SettingsEdit& edit) { edit.ports = {"80/icmp"}; }), usage);
  EXPECT_EQ(with([](SettingsEdit& edit) { edit.ports = {"-"}; }), usage);
  EXPECT_EQ(with([](SettingsEdit& edit) { edit.volumes = {"data"}; }), usage);
  EXPECT_EQ(with([](SettingsEdit& edit) { edit.working_directory = "srv"; }), usage);
  EXPECT_EQ(with([](SettingsEdit& edit) { edit.stop_signal = "TERM"; }), usage);
}

TEST(EditSettings, RefusesAGroupOfAnotherShape) {
  SettingsEdit edit;
  edit.environment = {{"A", "1"}};
  EXPECT_EQ(kind_of([&] { edit_settings(image_with(R"({"Env":{"A":"1"}})"), edit); }),
            ErrorKind::invalid_argument);
}

TEST(ReplaceSettings, TakesAWholeConfiguration) {
  const Image image = replace_settings(image_with(R"({"User":"u"})"),
                                       parse_json(R"({"Cmd":["a"],"x-own":[1]})", ""));
  EXPECT_EQ(print_json(image.configuration_json()["config"]), R"({"Cmd":["a"],"x-own":[1]})");
}

TEST(ReplaceSettings, RefusesValuesOfAnotherType) {
  for (const char* const config :
       {"[]", R"({"Env":{}})", R"({"Env":[1]})", R"({"Cmd":"sh"})", R"({"User":1})",
        R"({"Labels":{"a":1}})", R"({"Volumes":["/a"]})", R"({"Healthcheck":"x"})"}) {
    EXPECT_EQ(kind_of([&] { replace_settings(image_with("{}"), parse_json(config, "")); }),
              ErrorKind::invalid_argument)
        << config;
  }
}

}  // namespace
}  // namespace imgops
