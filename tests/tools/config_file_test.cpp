// Settings in files: what they may say, and who wins.
#include "tools/imgops/config_file.hpp"

#include "libimgops/base/error.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include <unistd.h>

namespace imgops::cli {
namespace {

using made::TemporaryDirectory;
using ::testing::ElementsAre;
using ::testing::Pair;

std::string failure_of(std::string_view text, SettingsOwner owner) {
  try {
    parse_settings(text, owner, "config.toml");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    return error.what();
  }
  return "parsed";
}

CommandLine line_of(const std::vector<std::string>& words) {
  return split_command_line(words);
}

Options settled(const std::vector<std::string>& words, const Settings& settings,
                const Environment& environment = {}) {
  const CommandLine line = line_of(words);
  return with_settings(parse_options(line), line, settings, environment);
}

void write(const std::filesystem::path& path, std::string_view text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

TEST(Settings, AreOptionsWithValues) {
  EXPECT_THAT(parse_settings("human = 'no'\njobs = 3\n", SettingsOwner::user, "config.toml"),
              ElementsAre(Pair("human", "no"), Pair("jobs", "3")));
}

TEST(Settings, AnUnknownOneIsAnErrorWithFileAndLine) {
  EXPECT_EQ(failure_of("jobs = 1\npager = 'less'\n", SettingsOwner::user),
            "config.toml:2: no setting is called 'pager'");
}

TEST(Settings, ALayoutCannotSayHowAnswersLook) {
  EXPECT_EQ(failure_of("format = '{{.digest}}'", SettingsOwner::layout),
            "config.toml:1: 'format' is no setting of a layout");
}

TEST(Settings, AWordThatIsNoChoiceIsAnError) {
  EXPECT_EQ(failure_of("color = 'auto|always'", SettingsOwner::user),
            "config.toml:1: color: 'auto|always' is not auto|always|never");
}

TEST(Settings, ANumberIsOneFromOneOn) {
  EXPECT_EQ(failure_of("jobs = 0", SettingsOwner::user),
            "config.toml:1: jobs is a number from 1 on");
}

TEST(Settings, ATextIsBetweenQuotes) {
  EXPECT_EQ(failure_of("human = false", SettingsOwner::user),
            "config.toml:1: human is a text between quotes");
}

TEST(Settings, WhatIsNoTomlIsAnErrorWithItsLine) {
  EXPECT_THAT(failure_of("jobs = 1\nhuman = \n", SettingsOwner::user),
              testing::StartsWith("config.toml:2: "));
}

TEST(Settings, NoneNamesAProgramOrSwitchesACheckOff) {
  for (const char* const name : {"strict", "tmpdir", "layout", "pager", "editor", "authfile",
                                 "tls-verify", "quiet", "platform", "base"}) {
    EXPECT_NE(failure_of(std::string(name) + " = 'no'", SettingsOwner::layout), "parsed") << name;
  }
}

TEST(Settings, TheLayoutsFileWinsOverTheUsers) {
  const TemporaryDirectory directory;
  Environment environment;
  environment.configuration_directory = directory.path() / "config";
  write(directory.path() / "config/config.toml", "human = 'no'\njobs = 2\n");
  write(directory.path() / "lay/.imgops/config.toml", "jobs = 5\n");
  EXPECT_THAT(read_settings(environment, directory.path() / "lay"),
              ElementsAre(Pair("human", "no"), Pair("jobs", "5")));
}

TEST(Settings, WithoutFilesThereAreNone) {
  const TemporaryDirectory directory;
  EXPECT_TRUE(read_settings({}, directory.path()).empty());
}

TEST(Settings, ALayoutsFileThatIsALinkIsNotRead) {
  const TemporaryDirectory directory;
  write(directory.path() / "lay/.imgops/other", "jobs = 5\n");
  std::filesystem::create_symlink("other", directory.path() / "lay/.imgops/config.toml");
  EXPECT_TRUE(read_settings({}, directory.path() / "lay").empty());
}

TEST(Settings, ALayoutsFileOfAnotherUserIsNotRead) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  const TemporaryDirectory directory;
  const auto file = directory.path() / "lay/.imgops/config.toml";
  write(file, "jobs = 5\n");
  ASSERT_EQ(chown(file.c_str(), 12345, 12345), 0);
  // A process of root trusts root and itself only.
  EXPECT_TRUE(read_settings({}, directory.path() / "lay").empty());
}

TEST(Settings, ALayoutsFileInADirectoryOfAnotherUserIsNotRead) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a directory away";
  const TemporaryDirectory directory;
  const auto state = directory.path() / "lay/.imgops";
  write(state / "config.toml", "jobs = 5\n");
  ASSERT_EQ(chown(state.c_str(), 12345, 12345), 0);
  EXPECT_TRUE(read_settings({}, directory.path() / "lay").empty());
}

TEST(Settings, OptionsWin) {
  EXPECT_EQ(settled({"images", "--human", "yes"}, {{"human", "no"}}).text("human"), "yes");
}

TEST(Settings, DecideWhatNobodyElseDoes) {
  EXPECT_EQ(settled({"images"}, {{"human", "no"}}).text("human"), "no");
}

TEST(Settings, TheEnvironmentWins) {
  Environment environment;
  environment.format = "jsonl";
  environment.no_color = true;
  const Options options =
      settled({"images"}, {{"format", "json"}, {"color", "always"}}, environment);
  EXPECT_FALSE(options.flag("format"));
  EXPECT_FALSE(options.flag("color"));
}

TEST(Settings, ThoseOfOtherCommandsAreLeftOut) {
  EXPECT_FALSE(settled({"images"}, {{"history", "one"}}).flag("history"));
  EXPECT_EQ(settled({"compress", "a"}, {{"history", "one"}}).text("history"), "one");
}

}  // namespace
}  // namespace imgops::cli
