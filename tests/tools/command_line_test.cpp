// The walk over argv, and the table of commands.
#include "tools/imgops/command_line.hpp"

#include "libimgops/base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <set>

namespace imgops::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Options parse(const std::vector<std::string>& words) {
  return parse_options(split_command_line(words));
}

// What parsing `words` fails with; fails the test when it does not.
Error failure_of(const std::vector<std::string>& words) {
  try {
    parse(words);
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "parsed";
  return {ErrorKind::cancelled, ""};
}

TEST(CommandLine, GlobalsStandBeforeTheCommand) {
  const std::vector<std::string> words = {"-L", "lay", "--json", "images"};
  EXPECT_EQ(split_command_line(words).command->name, "images");
  EXPECT_EQ(parse(words).text("layout"), "lay");
}

TEST(CommandLine, GlobalsStandAfterTheCommand) {
  const Options options = parse({"images", "--json", "-L", "lay"});
  EXPECT_TRUE(options.flag("json"));
  EXPECT_EQ(options.text("layout"), "lay");
}

TEST(CommandLine, TheValueOfAGlobalIsNotTheCommand) {
  EXPECT_EQ(split_command_line(std::vector<std::string>{"-L", "images", "du"}).command->name, "du");
  EXPECT_EQ(split_command_line(std::vector<std::string>{"-qL", "images", "du"}).command->name,
            "du");
}

TEST(CommandLine, AnAttachedValueTakesNoFurtherWord) {
  EXPECT_EQ(split_command_line(std::vector<std::string>{"-Llay", "du"}).command->name, "du");
  EXPECT_EQ(split_command_line(std::vector<std::string>{"--layout=lay", "du"}).command->name, "du");
}

TEST(CommandLine, TheLaterOfTwoValuesWins) {
  EXPECT_EQ(parse({"-L", "first", "images", "-L", "second"}).text("layout"), "second");
}

TEST(CommandLine, ListsAddUp) {
  EXPECT_THAT(parse({"compress", "app:1", "-t", "a", "--tag", "b"}).list("tag"),
              ElementsAre("a", "b"));
}

TEST(CommandLine, VerboseIsCounted) {
  EXPECT_EQ(parse({"-v", "images", "-vv"}).count("verbose"), 3U);
}

TEST(CommandLine, ShortSwitchesMayBeBundled) {
  const Options options = parse({"ls", "-lRa", "app:1"});
  EXPECT_TRUE(options.flag("long") && options.flag("recursive") && options.flag("all"));
}

TEST(CommandLine, RevisionsPassAsOperands) {
  EXPECT_THAT(
      parse({"export", "app:1~2", "app:1@{1}", "a..b", "..b", "app#-1"}).list("IMAGE|RANGE"),
      ElementsAre("app:1~2", "app:1@{1}", "a..b", "..b", "app#-1"));
}

TEST(CommandLine, CommandsThatTakeARevisionTakeTheTwinsOfSuffixes) {
  EXPECT_EQ(parse({"ls", "app:1", "--at-step", "3"}).text("at-step"), "3");
  EXPECT_EQ(parse({"cat", "app:1:/x", "--at-layer=81cb"}).text("at-layer"), "81cb");
  EXPECT_EQ(parse({"compress", "a..b", "--at-step", "3"}).text("at-step"), "3");
  EXPECT_THAT(failure_of({"images", "--at-step", "3"}).what(), HasSubstr("unknown option"));
  EXPECT_THAT(failure_of({"untag", "a", "--at-step", "3"}).what(), HasSubstr("unknown option"));
}

TEST(CommandLine, TwoDashesEndTheOptions) {
  EXPECT_EQ(parse({"inspect", "--", "--odd"}).operand("IMAGE"), "--odd");
}

TEST(CommandLine, ASingleDashIsAnOperand) {
  const Options options = parse({"import", "-", "app:1"});
  EXPECT_EQ(options.operand("FILE"), "-");
  EXPECT_EQ(options.operand("REF"), "app:1");
}

TEST(CommandLine, AliasesNameTheirCommand) {
  EXPECT_EQ(split_command_line(std::vector<std::string>{"squash"}).command->name, "compress");
  EXPECT_EQ(split_command_line(std::vector<std::string>{"log"}).command->name, "history");
}

TEST(CommandLine, OptionsAreNotGuessedFromTheirBeginning) {
  const Error error = failure_of({"images", "--form", "json"});
  EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(error.what(), HasSubstr("unknown option --form"));
}

TEST(CommandLine, ANearMissOfAnOptionGetsAHint) {
  EXPECT_EQ(failure_of({"compress", "app:1", "--verfy"}).hint(), "did you mean --verify?");
}

TEST(CommandLine, ANearMissOfACommandGetsAHint) {
  EXPECT_EQ(failure_of({"comprss"}).hint(), "did you mean 'compress'?");
}

TEST(CommandLine, AnOptionOfAnotherCommandIsUnknown) {
  EXPECT_THAT(failure_of({"images", "--verify"}).what(), HasSubstr("unknown option"));
}

TEST(CommandLine, NamesOfOperandsAreNoOptions) {
  EXPECT_THAT(failure_of({"inspect", "--IMAGE", "x"}).what(), HasSubstr("unknown option"));
}

TEST(CommandLine, AValueThatIsMissingIsTold) {
  EXPECT_THAT(failure_of({"images", "-L"}).what(), HasSubstr("needs a value"));
}

TEST(CommandLine, ASwitchWithAValueIsRefused) {
  EXPECT_THAT(failure_of({"images", "--json=yes"}).what(), HasSubstr("takes no value"));
}

TEST(CommandLine, OneOperandTooManyIsRefused) {
  EXPECT_EQ(failure_of({"inspect", "a", "b"}).kind(), ErrorKind::invalid_argument);
}

TEST(CommandLine, AMissingOperandIsNamed) {
  try {
    parse({"inspect"}).operand("IMAGE");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "missing IMAGE");
  }
}

TEST(CommandTable, NamesAndAliasesAreUnique) {
  std::set<std::string_view> words;
  for (const Command& command : commands()) {
    EXPECT_TRUE(words.insert(command.name).second) << command.name;
    if (command.alias.empty()) continue;
    EXPECT_TRUE(words.insert(command.alias).second) << command.alias;
  }
}

TEST(CommandTable, EveryCommandHasItsPage) {
  for (const Command& command : commands()) {
    const auto page =
        std::filesystem::path(IMGOPS_DOCUMENTATION) / (std::string(command.name) + ".md");
    EXPECT_TRUE(std::filesystem::exists(page)) << page;
  }
}

TEST(CommandTable, EveryPageIsACommands) {
  for (const auto& page : std::filesystem::directory_iterator(IMGOPS_DOCUMENTATION)) {
    EXPECT_NE(find_command(page.path().stem().string()), nullptr) << page.path();
  }
}

TEST(CommandTable, EveryCommandHasItsTranscript) {
  for (const Command& command : commands()) {
    const auto transcript =
        std::filesystem::path(IMGOPS_TRANSCRIPTS) / (std::string(command.name) + ".txt");
    EXPECT_TRUE(std::filesystem::exists(transcript)) << transcript;
  }
}

TEST(CommandTable, EveryCommandThatPrintsADocumentHasItsSchema) {
  const std::set<std::string_view> without_document = {"cat", "completion"};
  for (const Command& command : commands()) {
    const auto schema =
        std::filesystem::path(IMGOPS_SCHEMAS) / (std::string(command.name) + ".schema.json");
    EXPECT_NE(std::filesystem::exists(schema), without_document.contains(command.name)) << schema;
  }
}

TEST(CommandTable, NoLocalOptionRepeatsAGlobalOne) {
  std::set<std::string> globals;
  for (const OptionDeclaration& option : global_declarations().all_options()) {
    globals.insert(option.name);
    if (option.letter != 0) globals.insert(std::string(1, option.letter));
  }
  for (const Command& command : commands()) {
    Declarations local;
    command.declare(local);
    for (const OptionDeclaration& option : local.all_options()) {
      EXPECT_FALSE(globals.contains(option.name)) << command.name << " --" << option.name;
      EXPECT_FALSE(globals.contains(std::string(1, option.letter)))
          << command.name << " -" << option.letter;
    }
  }
}

TEST(CommandTable, SynopsesBeginWithTheName) {
  for (const Command& command : commands()) {
    EXPECT_TRUE(command.synopsis.starts_with(command.name)) << command.name;
  }
}

TEST(HelpPage, NamesEveryOption) {
  const std::string page = help_page(*find_command("compress"));
  EXPECT_THAT(page, HasSubstr("--verify"));
  EXPECT_THAT(page, HasSubstr("-t, --tag NEW"));
  EXPECT_THAT(page, HasSubstr("-L, --layout DIR"));
}

TEST(Options, SizesAreDecimal) {
  EXPECT_EQ(parse({"find", "app:1", "--larger", "10M"}).size_bytes("larger"), 10'000'000U);
  EXPECT_EQ(parse({"find", "app:1", "--larger", "1.5kB"}).size_bytes("larger"), 1500U);
  EXPECT_EQ(parse({"find", "app:1", "--larger", "2KiB"}).size_bytes("larger"), 2048U);
}

TEST(Options, ASizeThatIsNoneIsRefused) {
  EXPECT_THROW(parse({"find", "app:1", "--larger", "many"}).size_bytes("larger"), Error);
  EXPECT_THROW(parse({"find", "app:1", "--larger", "10Q"}).size_bytes("larger"), Error);
}

TEST(Options, TimesHaveOneUnitAndNothingNone) {
  const auto grace = [](const char* text) {
    return parse({"gc", "--grace", text}).duration("grace");
  };
  EXPECT_EQ(grace("90s"), std::chrono::seconds(90));
  EXPECT_EQ(grace("1h"), std::chrono::hours(1));
  EXPECT_EQ(grace("2w"), std::chrono::hours(24 * 14));
  EXPECT_EQ(grace("0"), std::chrono::seconds(0));
}

TEST(Options, WhatIsNoTimeIsRefused) {
  for (const char* text : {"", "soon", "1", "-1h", "h", "1hour", "1.5h", "99999999999999d"}) {
    EXPECT_THROW(parse({"gc", "--grace", text}).duration("grace"), Error) << text;
  }
}

TEST(Options, AChoiceIsOneOfItsWords) {
  EXPECT_THROW(parse({"images", "--color", "blue"}).choice("color", {"auto", "never"}), Error);
}

}  // namespace
}  // namespace imgops::cli
