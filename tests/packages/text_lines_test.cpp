// Texts of one letter a line: differences, and merges of three.
#include "libimgops/packages/text_lines.hpp"

#include "libimgops/packages/line_lists.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace imgops {
namespace {

std::string lines(std::string_view letters) {
  std::string text;
  for (const char letter : letters) text += std::string(1, letter) + "\n";
  return text;
}

std::string merged(std::string_view base, std::string_view ours, std::string_view theirs) {
  const std::string one = lines(base);
  const std::string two = lines(ours);
  const std::string three = lines(theirs);
  const MergedText result = merge_by_lines({one, two, three});
  if (!result.text) return "conflict";
  std::string letters;
  for (const std::string_view line : split_lines(*result.text)) letters += line;
  return letters;
}

std::string random_letters(std::mt19937& random, std::size_t most, unsigned kinds) {
  std::string text(random() % (most + 1), ' ');
  for (char& letter : text) letter = static_cast<char>('a' + random() % kinds);
  return text;
}

std::size_t longest_common(const std::string& one, const std::string& other) {
  std::vector<std::size_t> row(other.size() + 1, 0);
  for (const char letter : one) {
    std::size_t diagonal = 0;
    for (std::size_t at = 0; at < other.size(); ++at) {
      const std::size_t above = row[at + 1];
      row[at + 1] = other[at] == letter ? diagonal + 1 : std::max(above, row[at]);
      diagonal = above;
    }
  }
  return row.back();
}

TEST(LineChanges, AreTheFewestThatLeadFromOneTextToTheOther) {
  std::mt19937 random(1);
  for (int round = 0; round < 3000; ++round) {
    const std::string before = random_letters(random, 14, 3);
    const std::string after = random_letters(random, 14, 3);
    const std::string one = lines(before);
    const std::string other = lines(after);
    const auto left = split_lines(one);
    const auto right = split_lines(other);
    std::string rebuilt;
    std::size_t position = 0;
    std::size_t edits = 0;
    for (const LineChange& change : line_changes(left, right)) {
      rebuilt += before.substr(position, change.before_first - position);
      ASSERT_EQ(rebuilt.size(), change.after_first);
      rebuilt += after.substr(change.after_first, change.after_end - change.after_first);
      position = change.before_end;
      edits += change.before_end - change.before_first + change.after_end - change.after_first;
    }
    rebuilt += before.substr(position);
    ASSERT_EQ(rebuilt, after) << before;
    ASSERT_EQ(edits, before.size() + after.size() - 2 * longest_common(before, after))
        << before << " " << after;
  }
}

TEST(LineChanges, TextsWithNothingInCommonAreOneChange) {
  std::vector<std::string> words;
  for (int at = 0; at < 20000; ++at) words.push_back(std::to_string(at));
  const std::vector<std::string_view> all(words.begin(), words.end());
  const auto changes = line_changes(std::span(all).first(10000), std::span(all).last(10000));
  EXPECT_EQ(changes, (std::vector<LineChange>{{0, 10000, 0, 10000}}));
}

TEST(MergeByLines, ChangesInDifferentPlacesAreBothTaken) {
  EXPECT_EQ(merged("abcdefg", "aXcdefg", "abcdeYg"), "aXcdeYg");
  EXPECT_EQ(merged("abcdefg", "cdefg", "abcdefgZ"), "cdefgZ");
}

TEST(MergeByLines, ChangesThatOverlapAreAConflictWhoseLinesAreNamed) {
  EXPECT_EQ(merged("abc", "aXc", "aYc"), "conflict");
  const MergedText result = merge_by_lines({"a\nb\nc\nd\n", "a\nX\nc\nd\n", "a\nY\nZ\nd\n"});
  EXPECT_EQ(result.reason, "lines of the base changed on both sides: 2-3");
}

TEST(MergeByLines, ChangesThatTouchAreAConflict) {
  EXPECT_EQ(merged("abcd", "aXcd", "abYd"), "conflict");
  EXPECT_EQ(merged("ab", "aXb", "aYb"), "conflict");
}

TEST(MergeByLines, ChangesThatAreAlikeAreOne) {
  EXPECT_EQ(merged("abcdefg", "aXcdefZ", "aXcdYfg"), "aXcdYfZ");
}

TEST(MergeByLines, ALastLineWithoutBreakIsKeptAsItIs) {
  EXPECT_EQ(merge_by_lines({"a\nb\nc", "X\nb\nc", "a\nb\nc"}).text, "X\nb\nc");
  EXPECT_FALSE(merge_by_lines({"a\nb", "a\nb\n", "a\nc"}).text);
}

TEST(MergeByLines, AddedOnBothSidesThereIsNoMerge) {
  EXPECT_EQ(merge_by_lines({std::nullopt, "a\n", "b\n"}).reason, "added on both sides");
}

TEST(MergeByLines, OfOneChangedSideTheResultIsThatSide) {
  std::mt19937 random(2);
  for (int round = 0; round < 1000; ++round) {
    const std::string base = random_letters(random, 12, 4);
    const std::string other = random_letters(random, 12, 4);
    ASSERT_EQ(merged(base, other, base), other);
    ASSERT_EQ(merged(base, base, other), other);
    ASSERT_EQ(merged(base, other, other), other);
  }
}

TEST(MergeByLines, SidesCanBeSwapped) {
  std::mt19937 random(3);
  for (int round = 0; round < 2000; ++round) {
    const std::string base = random_letters(random, 10, 8);
    const std::string ours = random_letters(random, 10, 8);
    const std::string theirs = random_letters(random, 10, 8);
    ASSERT_EQ(merged(base, ours, theirs), merged(base, theirs, ours));
  }
}

// Each line of the base is its own; each side changes lines of its own, with one between.
TEST(MergeByLines, EditsApartFromEachOtherAreAllThere) {
  std::mt19937 random(4);
  for (int round = 0; round < 500; ++round) {
    std::string base, ours, theirs, expected;
    for (char letter = 'a'; letter <= 'z'; ++letter) {
      base += letter;
      const bool may_change = (letter - 'a') % 2 == 0 && random() % 2 == 0;
      const char upper = static_cast<char>(letter - 'a' + 'A');
      const bool is_ours = random() % 2 == 0;
      ours += may_change && is_ours ? upper : letter;
      theirs += may_change && !is_ours ? upper : letter;
      expected += may_change ? upper : letter;
    }
    ASSERT_EQ(merged(base, ours, theirs), expected);
  }
}

}  // namespace
}  // namespace imgops
