#include "libimgops/image/configuration_merge.hpp"

#include "libimgops/image/image_edit.hpp"
#include "tests/support/documents.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

using testing::configuration_of;
using testing::image_from;
using testing::manifest_of;

Image image_with(std::string_view config) {
  Json configuration = configuration_of({1});
  configuration["config"] = parse_json(config, "test");
  return image_from(manifest_of({1}), configuration);
}

MergedSettings merged(std::string_view base, std::string_view ours, std::string_view theirs,
                      MergePolicy policy = MergePolicy::fail,
                      const SettingResolutions& resolutions = {}) {
  return merge_settings(image_with(base), image_with(ours), image_with(theirs), policy,
                        resolutions);
}

// "key verdict", conflicts with their kind and who won: "Cmd conflict content theirs".
std::vector<std::string> told(const MergedSettings& merge) {
  std::vector<std::string> lines;
  for (const SettingVerdict& verdict : merge.verdicts) {
    std::string line = verdict.key + " " + std::string(name(verdict.verdict));
    if (verdict.kind) line += " " + std::string(name(*verdict.kind));
    if (verdict.settled == MergePolicy::ours) line += " ours";
    if (verdict.settled == MergePolicy::theirs) line += " theirs";
    lines.push_back(line);
  }
  return lines;
}

using Lines = std::vector<std::string>;

std::string config(const MergedSettings& merge) {
  return print_json(merge.config);
}

TEST(MergeSettings, OfThreeAlikeSaysNothing) {
  const char* const same = R"({"Env":["A=1"],"Cmd":["sh"]})";
  const MergedSettings merge = merged(same, same, same);
  EXPECT_TRUE(merge.verdicts.empty());
  EXPECT_EQ(config(merge), same);
}

TEST(MergeSettings, InheritsWhatOnlyTheirsChanged) {
  const MergedSettings merge = merged(R"({"Env":["PATH=/bin","A=1"],"Cmd":["sh"]})",
                                      R"({"Env":["PATH=/bin","A=1"],"Cmd":["sh"],"User":"me"})",
                                      R"({"Env":["PATH=/new","A=1"],"Cmd":["bash"]})");
  EXPECT_EQ(config(merge), R"({"Env":["PATH=/new","A=1"],"Cmd":["bash"],"User":"me"})");
  EXPECT_EQ(told(merge), (Lines{"Cmd take-new", "Env.PATH take-new", "User keep-app"}));
}

TEST(MergeSettings, KeepsWhatOnlyOursChanged) {
  const MergedSettings merge =
      merged(R"({"Entrypoint":["a"]})", R"({"Entrypoint":["b"]})", R"({"Entrypoint":["a"]})");
  EXPECT_EQ(config(merge), R"({"Entrypoint":["b"]})");
  EXPECT_EQ(told(merge), (Lines{"Entrypoint keep-app"}));
}

TEST(MergeSettings, BothAlikeIsNoConflict) {
  const MergedSettings merge =
      merged(R"({})", R"({"StopSignal":"SIGINT"})", R"({"StopSignal":"SIGINT"})");
  EXPECT_EQ(told(merge), (Lines{"StopSignal same"}));
}

TEST(MergeSettings, PathChangedTwoWaysIsAConflictOfContent) {
  const MergedSettings merge =
      merged(R"({"Env":["PATH=/a"]})", R"({"Env":["PATH=/a:/b"]})", R"({"Env":["PATH=/a:/c"]})");
  EXPECT_EQ(told(merge), (Lines{"Env.PATH conflict content"}));
  ASSERT_TRUE(is_open(merge.verdicts[0]));
  EXPECT_EQ(merge.verdicts[0].base, "/a");
  EXPECT_EQ(merge.verdicts[0].ours, "/a:/b");
  EXPECT_EQ(merge.verdicts[0].theirs, "/a:/c");
}

TEST(MergeSettings, RemovedHereAndChangedThereIsAConflict) {
  EXPECT_EQ(told(merged(R"({"Cmd":["a"]})", R"({})", R"({"Cmd":["b"]})")),
            (Lines{"Cmd conflict deleted-changed"}));
  EXPECT_EQ(told(merged(R"({"Cmd":["a"]})", R"({"Cmd":["b"]})", R"({"Cmd":null})")),
            (Lines{"Cmd conflict deleted-changed"}));
}

TEST(MergeSettings, AListAgainstATextIsAConflictOfType) {
  EXPECT_EQ(told(merged(R"({})", R"({"Cmd":["a"]})", R"({"Cmd":"a"})")),
            (Lines{"Cmd conflict type"}));
}

TEST(MergeSettings, PolicySettlesConflictsAndOnlyThem) {
  const char* const base = R"({"Cmd":["a"],"User":"u","Labels":{"x":"1"}})";
  const char* const ours = R"({"Cmd":["b"],"User":"v","Labels":{"x":"1"}})";
  const char* const theirs = R"({"Cmd":["c"],"User":"u","Labels":{"x":"2"}})";
  EXPECT_EQ(config(merged(base, ours, theirs, MergePolicy::ours)),
            R"({"Cmd":["b"],"User":"v","Labels":{"x":"2"}})");
  const MergedSettings merge = merged(base, ours, theirs, MergePolicy::theirs);
  EXPECT_EQ(config(merge), R"({"Cmd":["c"],"User":"v","Labels":{"x":"2"}})");
  EXPECT_EQ(told(merge),
            (Lines{"Cmd conflict content theirs", "Labels.x take-new", "User keep-app"}));
  EXPECT_FALSE(is_open(merge.verdicts[0]));
}

TEST(MergeSettings, AResolutionOfOneKeyWinsOverThePolicy) {
  const MergedSettings merge =
      merged(R"({})", R"({"Env":["A=1","B=1"]})", R"({"Env":["A=2","B=2"]})", MergePolicy::ours,
             {{"Env.B", MergePolicy::theirs}});
  EXPECT_EQ(config(merge), R"({"Env":["A=1","B=2"]})");
}

TEST(MergeSettings, AddsVariablesBehindOursInTheirOrder) {
  const MergedSettings merge =
      merged(R"({"Env":["P=1"]})", R"({"Env":["Z=ours","P=1"]})", R"({"Env":["Y=1","P=1","X=2"]})");
  EXPECT_EQ(config(merge), R"({"Env":["Z=ours","P=1","Y=1","X=2"]})");
}

TEST(MergeSettings, RemovesAVariableTheNewBaseDropped) {
  EXPECT_EQ(config(merged(R"({"Env":["A=1","B=2"]})", R"({"Env":["A=1","B=2","C=3"]})",
                          R"({"Env":["B=2"]})")),
            R"({"Env":["B=2","C=3"]})");
}

TEST(MergeSettings, TheLastOfAVariableGivenTwiceCounts) {
  const MergedSettings merge =
      merged(R"({"Env":["A=0","A=1"]})", R"({"Env":["A=0","B=2","A=1"]})", R"({"Env":["A=5"]})");
  EXPECT_EQ(config(merge), R"({"Env":["A=5","B=2"]})");
  EXPECT_TRUE(merged(R"({"Env":["A=0","A=1"]})", R"({"Env":["A=1"]})", R"({"Env":["A=1"]})")
                  .verdicts.empty());
}

TEST(MergeSettings, AValueMayHoldEqualsSignsAndBeEmpty) {
  EXPECT_EQ(config(merged(R"({})", R"({"Env":["A=x=y","N"]})", R"({"Env":["B=","C=p=q"]})")),
            R"({"Env":["A=x=y","N","B=","C=p=q"]})");
}

TEST(MergeSettings, JudgesPortsVolumesAndLabelsOneByOne) {
  const MergedSettings merge = merged(
      R"({"ExposedPorts":{"80/tcp":{}},"Volumes":{"/a":{}}})",
      R"({"ExposedPorts":{"80/tcp":{},"90/tcp":{}},"Volumes":{"/a":{}},"Labels":{"v":"ours"}})",
      R"({"ExposedPorts":{"443/tcp":{}},"Volumes":{"/a":{},"/b":{}},"Labels":{"w":"theirs"}})");
  EXPECT_EQ(config(merge),
            R"({"ExposedPorts":{"90/tcp":{},"443/tcp":{}},"Volumes":{"/a":{},"/b":{}},)"
            R"("Labels":{"v":"ours","w":"theirs"}})");
  EXPECT_EQ(told(merge), (Lines{"ExposedPorts.443/tcp take-new", "ExposedPorts.80/tcp take-new",
                                "ExposedPorts.90/tcp keep-app", "Labels.v keep-app",
                                "Labels.w take-new", "Volumes./b take-new"}));
}

TEST(MergeSettings, AGroupThatBecomesEmptyGoes) {
  EXPECT_EQ(config(merged(R"({"Labels":{"x":"1"},"User":"u"})",
                          R"({"Labels":{"x":"1"},"User":"u"})", R"({"User":"u"})")),
            R"({"User":"u"})");
}

TEST(MergeSettings, BlankAndAbsentAreTheSame) {
  const char* const blank =
      R"({"Cmd":null,"Entrypoint":[],"User":"","Volumes":{},"Tty":false,"Env":null})";
  EXPECT_TRUE(merged(blank, R"({})", R"({})").verdicts.empty());
  const MergedSettings merge = merged(R"({})", blank, R"({"Cmd":["sh"]})");
  EXPECT_EQ(config(merge),
            R"({"Cmd":["sh"],"Entrypoint":[],"User":"","Volumes":{},"Tty":false,"Env":null})");
}

TEST(MergeSettings, OrderInsideAnObjectIsNoChange) {
  EXPECT_TRUE(merged(R"({"Healthcheck":{"Test":["CMD","x"],"Retries":3}})",
                     R"({"Healthcheck":{"Retries":3,"Test":["CMD","x"]}})",
                     R"({"Healthcheck":{"Test":["CMD","x"],"Retries":3}})")
                  .verdicts.empty());
}

TEST(MergeSettings, OrderOfAListIsAChange) {
  EXPECT_EQ(told(merged(R"({"OnBuild":["A","B"]})", R"({"OnBuild":["B","A"]})",
                        R"({"OnBuild":["A","B"]})")),
            (Lines{"OnBuild keep-app"}));
}

TEST(MergeSettings, JudgesKeysUnknownToUsByTheirName) {
  const MergedSettings merge =
      merged(R"({"x-a":1})", R"({"x-a":1,"x-b":{"deep":[1]}})", R"({"x-a":2,"ArgsEscaped":true})");
  EXPECT_EQ(config(merge), R"({"x-a":2,"x-b":{"deep":[1]},"ArgsEscaped":true})");
  EXPECT_EQ(told(merge), (Lines{"ArgsEscaped take-new", "x-a take-new", "x-b keep-app"}));
}

TEST(MergeSettings, AGroupOfAnotherShapeIsOneValue) {
  const MergedSettings merge =
      merged(R"({"Env":["A=1"]})", R"({"Env":["A=1"]})", R"({"Env":{"A":"1"}})");
  EXPECT_EQ(told(merge), (Lines{"Env take-new"}));
  EXPECT_EQ(config(merge), R"({"Env":{"A":"1"}})");
  EXPECT_EQ(told(merged(R"({"Env":[1]})", R"({"Env":["A=1"]})", R"({"Env":[2]})")),
            (Lines{"Env conflict content"}));
}

TEST(MergeSettings, LabelsThatDifferInCaseOnlyCannotBothStay) {
  const MergedSettings open =
      merged(R"({})", R"({"Labels":{"Foo":"1"}})", R"({"Labels":{"foo":"2"}})");
  EXPECT_EQ(told(open), (Lines{"Labels.Foo keep-app", "Labels.foo conflict content"}));
  EXPECT_EQ(config(merged(R"({})", R"({"Labels":{"Foo":"1"}})", R"({"Labels":{"foo":"2"}})",
                          MergePolicy::theirs)),
            R"({"Labels":{"foo":"2"}})");
  EXPECT_EQ(config(merged(R"({"Labels":{"Foo":"1"}})", R"({"Labels":{"Foo":"1"}})",
                          R"({"Labels":{"foo":"1"}})")),
            R"({"Labels":{"foo":"1"}})");
}

TEST(MergeSettings, NamesOfBuildContainersAreNoSettings) {
  const MergedSettings merge =
      merged(R"({"Image":"a","Hostname":"h1"})", R"({"Image":"b","Hostname":"h2"})",
             R"({"Image":"c","Hostname":"h3"})");
  EXPECT_TRUE(merge.verdicts.empty());
  EXPECT_EQ(config(merge), R"({"Image":"b","Hostname":"h2"})");
  EXPECT_EQ(config(merged(R"({"Image":"a"})", R"({"Image":"b","Hostname":"h2"})",
                          R"({"Image":"c","User":"u"})")),
            R"({"Hostname":"h2","User":"u"})");
}

TEST(MergeSettings, OfImagesWithoutAnyIsNothing) {
  EXPECT_TRUE(merged("null", "null", "null").config.is_null());
  EXPECT_EQ(config(merged("null", "null", R"({"User":"u"})")), R"({"User":"u"})");
  EXPECT_EQ(config(merged("null", R"({"User":"u"})", "null")), R"({"User":"u"})");
}

TEST(MergeSettings, IsSymmetricUpToTheSides) {
  const char* const base = R"({"Env":["A=1"],"Cmd":["a"],"Labels":{"l":"1"}})";
  const char* const left = R"({"Env":["A=2"],"Cmd":["a"],"User":"u"})";
  const char* const right = R"({"Env":["A=3"],"Cmd":["b"],"Labels":{"l":"1"}})";
  const Json one = merged(base, left, right, MergePolicy::ours).config;
  const Json other = merged(base, right, left, MergePolicy::theirs).config;
  EXPECT_EQ(nlohmann::json(one), nlohmann::json(other));
}

TEST(MergeSettings, ManySettingsTakeLinearTime) {
  std::string text = R"({"Labels":{)";
  for (int number = 0; number < 100'000; ++number) {
    text += (number == 0 ? "\"k" : ",\"k") + std::to_string(number) + R"(":"v")";
  }
  const MergedSettings merge = merged(R"({})", R"({"Labels":{"own":"1"}})", text + "}}");
  EXPECT_EQ(merge.verdicts.size(), 100'001U);
  EXPECT_EQ(merge.config["Labels"].size(), 100'001U);
}

TEST(WithConfig, ReplacesTheSettingsAlone) {
  const Image image = image_with(R"({"User":"u"})");
  EXPECT_EQ(with_config(image, parse_json(R"({"User":"u"})", "")).descriptor(), image.descriptor());
  EXPECT_EQ(with_config(image, parse_json(R"({"User":"v"})", "")).configuration_json()["config"],
            (Json{{"User", "v"}}));
}

TEST(WithConfig, AddsNoEmptyOneToAnImageWithout) {
  const Image image = testing::image_of({1});
  EXPECT_EQ(with_config(image, nullptr).descriptor(), image.descriptor());
}

}  // namespace
}  // namespace imgops
