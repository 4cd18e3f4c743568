#include "libimgops/repository/lines_backwards.hpp"

#include "libimgops/base/file.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <vector>

namespace imgops {
namespace {

struct Read {
  std::vector<std::string> lines;
  std::uint64_t complete_bytes = 0;
};

Read read_backwards(const std::string& text) {
  const made::TemporaryDirectory directory;
  const auto path = directory.path() / "log";
  std::ofstream(path, std::ios::binary) << text;
  LinesBackwards lines(open_regular_file(path), "log");
  Read read{{}, lines.complete_bytes()};
  while (auto line = lines.next()) read.lines.push_back(*std::move(line));
  return read;
}

using Lines = std::vector<std::string>;

TEST(LinesBackwards, GivesTheLastLineFirst) {
  EXPECT_EQ(read_backwards("one\ntwo\nthree\n").lines, (Lines{"three", "two", "one"}));
}

TEST(LinesBackwards, OfAnEmptyFileGivesNothing) {
  EXPECT_EQ(read_backwards("").lines, Lines{});
}

TEST(LinesBackwards, LeavesOutALineWithoutItsEnd) {
  const Read read = read_backwards("one\ntw");
  EXPECT_EQ(read.lines, Lines{"one"});
  EXPECT_EQ(read.complete_bytes, 4U);
}

TEST(LinesBackwards, OfALineWithoutItsEndAloneGivesNothing) {
  const Read read = read_backwards("one");
  EXPECT_EQ(read.lines, Lines{});
  EXPECT_EQ(read.complete_bytes, 0U);
}

TEST(LinesBackwards, GivesEmptyLinesToo) {
  EXPECT_EQ(read_backwards("\n\none\n\n").lines, (Lines{"", "one", "", ""}));
}

// Lines of every length around the size of the first blocks.
TEST(LinesBackwards, LosesNothingWhereBlocksMeet) {
  for (std::size_t length = 4090; length < 4100; ++length) {
    const std::string first(length, 'a');
    const std::string second(8192 - length, 'b');
    EXPECT_EQ(read_backwards(first + "\n" + second + "\nc\n").lines, (Lines{"c", second, first}));
  }
}

TEST(LinesBackwards, GivesALineLongerThanManyBlocks) {
  const std::string line(3'000'000, 'x');
  EXPECT_EQ(read_backwards("a\n" + line + "\n").lines, (Lines{line, "a"}));
}

TEST(LinesBackwards, GivesAllOfManyLines) {
  std::string text;
  for (int number = 0; number < 50'000; ++number) text += std::to_string(number) + "\n";
  const Read read = read_backwards(text);
  ASSERT_EQ(read.lines.size(), 50'000U);
  EXPECT_EQ(read.lines.front(), "49999");
  EXPECT_EQ(read.lines.back(), "0");
}

}  // namespace
}  // namespace imgops
