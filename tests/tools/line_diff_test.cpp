// Texts compared line by line.
#include "tools/imgops/line_diff.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace imgops::cli {
namespace {

// One side again, from the edits.
std::string side(const std::vector<LineEdit>& edits, LineKind other) {
  std::string text;
  for (const LineEdit& edit : edits) {
    if (edit.kind != other) text += std::string(edit.text) + "\n";
  }
  return text;
}

std::string letters(const std::vector<LineEdit>& edits) {
  std::string text;
  for (const LineEdit& edit : edits) {
    text += edit.kind == LineKind::same ? ' ' : edit.kind == LineKind::removed ? '-' : '+';
  }
  return text;
}

TEST(LineEdits, EqualTextsHaveNoEdits) {
  EXPECT_EQ(letters(line_edits("a\nb\n", "a\nb\n")), "  ");
}

TEST(LineEdits, AChangedLineIsRemovedAndAdded) {
  EXPECT_EQ(letters(line_edits("a\nb\nc\n", "a\nx\nc\n")), " -+ ");
}

TEST(LineEdits, AnEmptySideIsAllOfTheOther) {
  EXPECT_EQ(letters(line_edits("", "a\nb\n")), "++");
  EXPECT_EQ(letters(line_edits("a\nb\n", "")), "--");
}

TEST(LineEdits, NumbersCountLinesOfEachSide) {
  const auto edits = line_edits("a\nb\n", "b\nc\n");
  ASSERT_EQ(letters(edits), "- +");
  EXPECT_EQ(edits[1].before, 2U);
  EXPECT_EQ(edits[1].after, 1U);
  EXPECT_EQ(edits[2].after, 2U);
}

TEST(LineEdits, BothSidesComeBackFromTheEdits) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::string before;
    std::string after;
    for (unsigned line = 0; line < random() % 12; ++line)
      before += std::string(1, static_cast<char>('a' + random() % 4)) + "\n";
    for (unsigned line = 0; line < random() % 12; ++line)
      after += std::string(1, static_cast<char>('a' + random() % 4)) + "\n";
    const auto edits = line_edits(before, after);
    EXPECT_EQ(side(edits, LineKind::added), before);
    EXPECT_EQ(side(edits, LineKind::removed), after);
  }
}

TEST(LineEdits, TextsWithoutAnythingInCommonAreReplacedWhole) {
  std::string before;
  std::string after;
  for (int line = 0; line < 1500; ++line) {
    before += "x" + std::to_string(line) + "\n";
    after += "y" + std::to_string(line) + "\n";
  }
  const auto edits = line_edits(before, after);
  EXPECT_EQ(side(edits, LineKind::added), before);
  EXPECT_EQ(side(edits, LineKind::removed), after);
}

TEST(Hunks, KeepThreeLinesAround) {
  const auto edits = line_edits("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n");
  const auto found = hunks(edits);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].first, 1U);
  EXPECT_EQ(found[0].end, 9U);
}

TEST(Hunks, FarEditsAreApart) {
  std::string before = "a\n";
  for (int line = 0; line < 20; ++line) before += "same\n";
  EXPECT_EQ(hunks(line_edits(before + "z\n", "b\n" + before.substr(2) + "y\n")).size(), 2U);
}

}  // namespace
}  // namespace imgops::cli
