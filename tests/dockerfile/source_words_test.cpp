#include "libimgops/dockerfile/source_words.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

using Words = std::vector<std::string>;

// A is "x", EMPTY is set and empty, LATER is not known, all others are unset.
Variable find(const std::string& name) {
  if (name == "A") return {Variable::State::known, "x"};
  if (name == "EMPTY") return {Variable::State::known, ""};
  if (name == "LATER") return {Variable::State::unknown, ""};
  return {};
}

std::optional<std::string> expanded(std::string_view word) {
  return expand_word(word, find);
}

TEST(ExpandWord, QuotesAndEscapesGo) {
  EXPECT_EQ(expanded(R"("d e")"), "d e");
  EXPECT_EQ(expanded(R"(g\ h)"), "g h");
  EXPECT_EQ(expanded(R"('it"s')"), "it\"s");
  EXPECT_EQ(expanded(R"("a\"b\$c\\d\n")"), R"(a"b$c\d\n)");
  EXPECT_EQ(expanded(R"(\n)"), "n");
}

TEST(ExpandWord, VariablesAreReplaced) {
  EXPECT_EQ(expanded("$A/${A}b"), "x/xb");
  EXPECT_EQ(expanded("\"$A\""), "x");
  EXPECT_EQ(expanded("a$NONE-"), "a-");
  EXPECT_EQ(expanded("cost: $"), "cost: $");
}

TEST(ExpandWord, VariablesInSingleQuotesOrEscapedAreText) {
  EXPECT_EQ(expanded("'$A'"), "$A");
  EXPECT_EQ(expanded("\\$A"), "$A");
}

TEST(ExpandWord, DefaultsStandForWhatIsUnset) {
  EXPECT_EQ(expanded("${NONE:-d}"), "d");
  EXPECT_EQ(expanded("${EMPTY:-d}"), "d");
  EXPECT_EQ(expanded("${EMPTY-d}"), "");
  EXPECT_EQ(expanded("${A:-d}"), "x");
  EXPECT_EQ(expanded("${NONE:-${A}}"), "x");
}

TEST(ExpandWord, AlternativesStandForWhatIsSet) {
  EXPECT_EQ(expanded("${A:+d}"), "d");
  EXPECT_EQ(expanded("${EMPTY:+d}"), "");
  EXPECT_EQ(expanded("${EMPTY+d}"), "d");
  EXPECT_EQ(expanded("${NONE:+d}"), "");
}

TEST(ExpandWord, WhatIsNotKnownMakesTheWordUnknown) {
  EXPECT_EQ(expanded("a$LATER"), std::nullopt);
  EXPECT_EQ(expanded("${LATER:-d}"), std::nullopt);
}

TEST(ExpandWord, FormsWeDoNotKnowMakeTheWordUnknown) {
  for (const std::string_view word : {"${A%x}", "${A:?no}", "${}", "${A", "\"open", "'open"}) {
    EXPECT_EQ(expanded(word), std::nullopt) << word;
  }
}

TEST(SplitWords, CutsAtBlanksOutsideQuotes) {
  EXPECT_EQ(split_words(R"( a "b c"  d\ e 'f "g' )"), (Words{"a", "\"b c\"", "d\\ e", "'f \"g'"}));
  EXPECT_EQ(split_words(" "), Words{});
}

TEST(ExpandPairs, AreNamesAndValues) {
  EXPECT_EQ(expand_pairs(R"(A=1 B="two words" "c d"=$A)", find),
            (ExpandedPairs{{"A", "1"}, {"B", "two words"}, {"c d", "x"}}));
}

TEST(ExpandPairs, TheOldFormIsOneNameAndTheRest) {
  EXPECT_EQ(expand_pairs("OLD old  form", find), (ExpandedPairs{{"OLD", "old  form"}}));
}

TEST(ExpandPairs, AnUnknownValueLeavesTheOthersKnown) {
  EXPECT_EQ(expand_pairs("A=$LATER B=1", find), (ExpandedPairs{{"A", std::nullopt}, {"B", "1"}}));
}

TEST(ExpandPairs, WithoutNamesAreNone) {
  EXPECT_EQ(expand_pairs("", find), std::nullopt);
  EXPECT_EQ(expand_pairs("A", find), std::nullopt);
  EXPECT_EQ(expand_pairs("A=1 B", find), std::nullopt);
  EXPECT_EQ(expand_pairs("$LATER=1", find), std::nullopt);
}

TEST(ParseJsonList, OnlyListsOfTextAreLists) {
  EXPECT_EQ(parse_json_list(R"( ["a", "b c"] )"), (Words{"a", "b c"}));
  EXPECT_EQ(parse_json_list("[ -f /x ] && y"), std::nullopt);
  EXPECT_EQ(parse_json_list("[1]"), std::nullopt);
  EXPECT_EQ(parse_json_list("a"), std::nullopt);
}

}  // namespace
}  // namespace imgops
