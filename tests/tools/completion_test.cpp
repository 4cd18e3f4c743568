// Where in a command line a word stands, and what of it the table alone decides.
#include "tools/imgops/completion.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace imgops::cli {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

Position at(const std::vector<std::string>& words) {
  return position_of(words);
}

std::vector<std::string> candidates(const std::vector<std::string>& words) {
  std::vector<std::string> result;
  for (const Candidate& candidate : complete(words).candidates) result.push_back(candidate.word);
  return result;
}

TEST(Completion, TheFirstWordIsACommand) {
  EXPECT_EQ(at({""}).kind, Position::Kind::command);
}

TEST(Completion, ACommandIsOfferedWithItsSummary) {
  const Completion completion = complete(std::vector<std::string>{"versi"});
  ASSERT_EQ(completion.candidates.size(), 1U);
  EXPECT_EQ(completion.candidates.front().word, "version");
  EXPECT_EQ(completion.candidates.front().description, find_command("version")->summary);
}

TEST(Completion, EveryCommandAndAliasIsOffered) {
  const auto offered = candidates({""});
  for (const Command& command : commands()) {
    EXPECT_THAT(offered, Contains(command.name));
    EXPECT_TRUE(command.alias.empty() || std::ranges::count(offered, command.alias) == 1);
  }
}

TEST(Completion, ACommandMayFollowGlobalOptions) {
  EXPECT_THAT(candidates({"-q", "--layout", "lay", "--color=never", "versi"}),
              ElementsAre("version"));
}

TEST(Completion, TheLayoutIsFoundInEveryForm) {
  EXPECT_EQ(at({"-L", "lay", "ls", ""}).layout, "lay");
  EXPECT_EQ(at({"-Llay", "ls", ""}).layout, "lay");
  EXPECT_EQ(at({"ls", "--layout", "lay", ""}).layout, "lay");
  EXPECT_EQ(at({"ls", "--layout=lay", ""}).layout, "lay");
  EXPECT_EQ(at({"-qL", "lay", "ls", ""}).layout, "lay");
}

TEST(Completion, AValueIsWantedAfterAnOptionThatTakesOne) {
  const Position position = at({"compress", "app:1", "--base", "b"});
  EXPECT_EQ(position.kind, Position::Kind::value);
  EXPECT_EQ(position.placeholder, "IMAGE");
  EXPECT_EQ(position.word, "b");
}

TEST(Completion, AnOptionBeforeTheEqualsSignIsKept) {
  const Position position = at({"compress", "--base=b"});
  EXPECT_EQ(position.placeholder, "IMAGE");
  EXPECT_EQ(position.kept, "--base=");
  EXPECT_EQ(position.word, "b");
}

TEST(Completion, AnOperandHasTheNameOfItsPlace) {
  EXPECT_EQ(at({"import", ""}).placeholder, "FILE");
  EXPECT_EQ(at({"import", "-n", "file", ""}).placeholder, "REF");
}

TEST(Completion, OperandsBeyondTheLastAreNothing) {
  EXPECT_EQ(at({"import", "file", "ref", ""}).kind, Position::Kind::nothing);
}

TEST(Completion, TheLastOperandMayRepeat) {
  EXPECT_EQ(at({"cat", "a:/b", "c:/d", ""}).placeholder, "IMAGE:/PATH");
}

TEST(Completion, OptionsEndAtTwoDashes) {
  EXPECT_EQ(at({"ls", "--", "-"}).kind, Position::Kind::value);
}

TEST(Completion, OptionsAreTheCommandsAndTheGlobalOnes) {
  const auto offered = candidates({"ls", "-"});
  EXPECT_THAT(offered, Contains("--recursive"));
  EXPECT_THAT(offered, Contains("--json"));
  EXPECT_THAT(offered, Not(Contains("--verify")));
}

TEST(Completion, WordsThatAPlaceholderListsAreOffered) {
  EXPECT_THAT(candidates({"--color", "a"}), ElementsAre("auto", "always"));
  EXPECT_THAT(candidates({"--color=n"}), ElementsAre("--color=never"));
  EXPECT_THAT(candidates({"completion", ""}), ElementsAre("bash", "zsh", "fish"));
}

TEST(Completion, HelpTakesACommand) {
  EXPECT_THAT(candidates({"help", "flat"}), ElementsAre("flatten"));
}

TEST(Completion, AnUnknownCommandHasNothing) {
  EXPECT_THAT(candidates({"nothing", ""}), IsEmpty());
}

TEST(Completion, FilesAreLeftToTheShell) {
  EXPECT_EQ(complete(std::vector<std::string>{"import", ""}).directives & directive_no_files, 0U);
  EXPECT_NE(complete(std::vector<std::string>{"init", ""}).directives & directive_directories, 0U);
}

TEST(Completion, EveryOperandAndValueIsUnderstood) {
  // A new placeholder is a new kind of word: either images, files, choices, or really free text.
  const std::vector<std::string> free = {
      "N",      "TEXT",   "GLOB",  "RE",   "SIZE", "U:G", "M", "OS/ARCH[/VARIANT]",
      "FORMAT", "PATH",   "mtime", "TIME", "JSON", "K=V", "K", "USER",
      "PORT",   "SIGNAL", "HOST"};
  for (const Command& command : commands()) {
    Declarations declared;
    command.declare(declared);
    for (const OptionDeclaration& option : declared.all_options()) {
      if (option.placeholder.empty()) continue;
      const Completion completion =
          complete(std::vector<std::string>{std::string(command.name), "--" + option.name, ""});
      const bool says_nothing =
          completion.candidates.empty() && (completion.directives & directive_no_files) != 0;
      EXPECT_TRUE(!says_nothing || std::ranges::count(free, option.placeholder) == 1)
          << command.name << " --" << option.name << " " << option.placeholder;
    }
  }
}

TEST(Completion, AnAnswerEndsWithItsDirectives) {
  EXPECT_EQ(to_text({{{"a", "first"}, {"b", ""}}, 6}), "a\tfirst\nb\n:6\n");
}

}  // namespace
}  // namespace imgops::cli
