#include "libimgops/image/history.hpp"

#include "tests/support/errors.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

using testing::kind_of;

// A history from letters: L an entry with a layer, e one marked empty.
std::vector<HistoryEntry> history(std::string_view letters) {
  std::vector<HistoryEntry> entries;
  for (const char letter : letters) {
    entries.push_back(HistoryEntry::make("", std::string(1, letter), "", letter == 'e'));
  }
  return entries;
}

// The steps in letters: "0:0" entry and layer, "-" for none.
std::string steps(std::string_view letters, std::size_t layer_count) {
  std::string text;
  for (const HistoryStep& step : pair_history(history(letters), layer_count).steps) {
    text += text.empty() ? "" : " ";
    text += step.entry ? std::to_string(*step.entry) : "-";
    text += ":";
    text += step.layer ? std::to_string(*step.layer) : "-";
  }
  return text;
}

bool is_consistent(std::string_view letters, std::size_t layer_count) {
  return pair_history(history(letters), layer_count).consistent;
}

TEST(History, PairsEntriesWithLayersOneToOne) {
  EXPECT_EQ(steps("LeLe", 2), "0:0 1:- 2:1 3:-");
  EXPECT_TRUE(is_consistent("LeLe", 2));
}

TEST(History, SurplusLayersAreStepsWithoutEntry) {
  EXPECT_EQ(steps("Le", 3), "0:0 1:- -:1 -:2");
  EXPECT_FALSE(is_consistent("Le", 3));
}

TEST(History, SurplusEntriesHaveNoLayer) {
  EXPECT_EQ(steps("LLL", 2), "0:0 1:1 2:-");
  EXPECT_FALSE(is_consistent("LLL", 2));
}

TEST(History, LayersWithoutAnyHistoryAreSteps) {
  EXPECT_EQ(steps("", 2), "-:0 -:1");
  EXPECT_FALSE(is_consistent("", 2));
}

TEST(History, AllEmptyHistoryLosesNoLayer) {
  EXPECT_EQ(steps("ee", 1), "0:- 1:- -:0");
  EXPECT_FALSE(is_consistent("ee", 1));
}

TEST(History, NothingAtAllIsConsistent) {
  EXPECT_EQ(steps("", 0), "");
  EXPECT_TRUE(is_consistent("", 0));
}

TEST(HistoryEntry, ReadsEveryField) {
  const Json json = parse_json(
      R"({"created":"t","created_by":"c","author":"a","comment":"m","empty_layer":true,"x":1})",
      "");
  const HistoryEntry entry = HistoryEntry::from_json(json, "test");
  EXPECT_EQ(entry.created, "t");
  EXPECT_EQ(entry.created_by, "c");
  EXPECT_EQ(entry.author, "a");
  EXPECT_EQ(entry.comment, "m");
  EXPECT_TRUE(entry.empty_layer);
  EXPECT_EQ(entry.json, json);
}

TEST(HistoryEntry, AcceptsAnEntryThatSaysNothing) {
  const HistoryEntry entry = HistoryEntry::from_json(Json::object(), "test");
  EXPECT_EQ(entry.created, "");
  EXPECT_FALSE(entry.empty_layer);
}

TEST(HistoryEntry, RefusesFieldsOfAnotherType) {
  for (const std::string_view text :
       {R"({"created":1})", R"({"created_by":[]})", R"({"empty_layer":"true"})", "[]", "null"}) {
    EXPECT_EQ(kind_of([&] { HistoryEntry::from_json(parse_json(text, ""), "test"); }),
              ErrorKind::corrupt)
        << text;
  }
}

TEST(HistoryEntry, IsMadeWithoutFieldsThatAreEmpty) {
  EXPECT_EQ(print_json(HistoryEntry::make("", "", "", false).json), R"({"created_by":""})");
  EXPECT_EQ(print_json(HistoryEntry::make("t", "c", "m", true).json),
            R"({"created":"t","created_by":"c","comment":"m","empty_layer":true})");
}

TEST(HistoryEntry, MarkedEmptyKeepsUnknownKeys) {
  const HistoryEntry entry =
      HistoryEntry::from_json(Json{{"empty_layer", false}, {"x", 1}}, "test").as_empty();
  EXPECT_TRUE(entry.empty_layer);
  EXPECT_EQ(print_json(entry.json), R"({"empty_layer":true,"x":1})");
}

}  // namespace
}  // namespace imgops
