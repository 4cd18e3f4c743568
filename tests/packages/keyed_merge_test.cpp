// The merge of records by key, tried on letters: the key is the first, the rest is the content.
#include "libimgops/packages/keyed_merge.hpp"

#include <gtest/gtest.h>

#include <random>
#include <sstream>
#include <string>

namespace imgops {
namespace {

std::vector<std::string> words(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> result;
  for (std::string word; stream >> word;) result.push_back(word);
  return result;
}

KeyedMerge<std::string> merge(const std::vector<std::string>& base,
                              const std::vector<std::string>& ours,
                              const std::vector<std::string>& theirs,
                              MergePolicy policy = MergePolicy::fail) {
  return merge_keyed<std::string>(
      {base, ours, theirs}, [](const std::string& word) { return word.substr(0, 1); },
      std::equal_to<>(), [](const auto&) { return std::optional<std::string>(); }, policy);
}

std::string merged(const std::string& base, const std::string& ours, const std::string& theirs) {
  const auto result = merge(words(base), words(ours), words(theirs));
  std::string text;
  for (const std::string& word : result.records) text += (text.empty() ? "" : " ") + word;
  for (const std::string& key : result.conflicts) text += " !" + key;
  return text;
}

TEST(KeyedMerge, ChangesOfBothSidesToDifferentKeysAreBothTaken) {
  EXPECT_EQ(merged("a1 b1", "a2 b1", "a1 b2"), "a2 b2");
}

TEST(KeyedMerge, WhatOneSideAddedOrDeletedIsAddedOrDeleted) {
  EXPECT_EQ(merged("a1 b1", "a1 b1 c1", "b1"), "b1 c1");
}

TEST(KeyedMerge, AKeyChangedTwoWaysIsAConflict) {
  EXPECT_EQ(merged("a1 b1", "a2 b1", "a3 b1"), "b1 !a");
}

TEST(KeyedMerge, AKeyChangedAlikeIsNone) {
  EXPECT_EQ(merged("a1", "a2 b1", "a2 b1"), "a2 b1");
}

TEST(KeyedMerge, DeletedOnOneSideAndChangedOnTheOtherIsAConflict) {
  EXPECT_EQ(merged("a1", "", "a2"), " !a");
  EXPECT_EQ(merged("a1", "a2", ""), " !a");
}

TEST(KeyedMerge, TheSameKeyTwiceOnOneSideIsAConflict) {
  EXPECT_EQ(merge({}, {"a1", "a2"}, {"b1"}).conflicts, std::vector<std::string>{"a"});
}

TEST(KeyedMerge, APolicySettlesConflictsAndOnlyConflicts) {
  const auto ours = merge(words("a1 b1"), words("a2 b1"), words("a3 b2"), MergePolicy::ours);
  EXPECT_EQ(ours.records, words("a2 b2"));
  EXPECT_EQ(ours.settled, words("a"));
  const auto theirs = merge(words("a1 b1"), words("a2"), words("a3 b2"), MergePolicy::theirs);
  EXPECT_EQ(theirs.records, words("a3 b2"));
}

TEST(KeyedMerge, SortedListsStaySorted) {
  EXPECT_EQ(merged("a1 d1", "a1 c1 d1", "a1 b1 d1"), "a1 b1 c1 d1");
}

TEST(KeyedMerge, OtherwiseAdditionsOfOursStandBehindTheirNeighbourAndBehindTheirs) {
  EXPECT_EQ(merged("z1 a1 m1", "z1 x1 a1 m1 b1", "z1 y1 a1 m1 c1"), "z1 y1 x1 a1 m1 c1 b1");
  EXPECT_EQ(merged("z1 a1", "q1 z1 a1", "z1 a1 b1"), "q1 z1 a1 b1");
}

TEST(KeyedMerge, OfOneChangedSideTheResultIsThatSide) {
  std::mt19937 random(3);
  const auto list = [&] {
    std::string letters = "abcdefgh";
    std::shuffle(letters.begin(), letters.end(), random);
    std::vector<std::string> result;
    for (const char letter : letters.substr(0, random() % 8)) {
      result.push_back(std::string(1, letter) + std::to_string(random() % 2));
    }
    return result;
  };
  for (int round = 0; round < 500; ++round) {
    const auto base = list();
    const auto changed = list();
    EXPECT_EQ(merge(base, base, changed).records, changed);
    auto records = merge(base, changed, base).records;
    auto expected = changed;  // the order of theirs rules, so only the set is the same
    std::ranges::sort(records);
    std::ranges::sort(expected);
    EXPECT_EQ(records, expected);
  }
}

TEST(KeyedMerge, SidesCanBeSwappedUpToOrder) {
  std::mt19937 random(4);
  const auto list = [&] {
    std::vector<std::string> result;
    for (const char letter : std::string("abcdef")) {
      if (random() % 3 != 0) result.push_back(letter + std::to_string(random() % 2));
    }
    return result;
  };
  for (int round = 0; round < 500; ++round) {
    const auto base = list();
    const auto one = list();
    const auto other = list();
    EXPECT_EQ(merge(base, one, other).records, merge(base, other, one).records);
    EXPECT_EQ(merge(base, one, other).conflicts, merge(base, other, one).conflicts);
  }
}

}  // namespace
}  // namespace imgops
