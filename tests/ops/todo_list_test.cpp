#include "libimgops/ops/todo_list.hpp"

#include "tests/support/errors.hpp"

#include <gtest/gtest.h>

namespace imgops {
namespace {

using testing::error_of;

std::vector<TodoLine> parse(std::string_view text) {
  return parse_todo(text, "list");
}

std::string complaint(std::string_view text) {
  const auto error = error_of([&] { parse(text); });
  return error ? error->what() : "none";
}

TEST(TodoList, WhatIsPrintedIsReadBack) {
  const std::vector<std::string> texts = {"RUN a\ndrop 1234",
                                          "  outer blanks\t ",
                                          "\\x41 \\\\ \\",
                                          "12B no size at all",
                                          std::string("\0\x7f\xff", 3),
                                          "",
                                          "# no comment",
                                          "\r"};
  std::vector<TodoLine> lines;
  for (const std::string& text : texts) {
    lines.push_back({TodoCommand::pick, "7536ea27f182", lines.size() % 2 == 0 ? "41.6MB" : "", text,
                     lines.size() + 1});
  }
  lines.push_back({TodoCommand::tag, "", "", "app:deps", lines.size() + 1});
  const std::vector<TodoLine> again = parse(print_todo(lines));
  ASSERT_EQ(again.size(), lines.size());
  for (std::size_t at = 0; at < lines.size(); ++at) {
    EXPECT_EQ(again[at].command, lines[at].command);
    EXPECT_EQ(again[at].layer, lines[at].layer);
    EXPECT_EQ(again[at].size, lines[at].size);
    EXPECT_EQ(again[at].text, lines[at].text);
    EXPECT_EQ(again[at].number, lines[at].number);
  }
}

TEST(TodoList, AnInstructionCannotBecomeALine) {
  EXPECT_EQ(parse(print_todo_line({TodoCommand::pick, "7536", "1B", "RUN x\ndrop 81cb", 1})).size(),
            1U);
}

TEST(TodoList, CommandsAreOneLetterToo) {
  const auto lines = parse("p 1111\ns 2222\nd 3333\nr 4444 1B new\nt app:1\n");
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_EQ(lines[1].command, TodoCommand::squash);
  EXPECT_EQ(lines[2].command, TodoCommand::drop);
  EXPECT_EQ(lines[3].text, "new");
  EXPECT_EQ(lines[4].text, "app:1");
}

TEST(TodoList, CommentsBeginALine) {
  const auto lines = parse("# pick 1111\n\n  \t\npick 1111 1B a # b\r\n");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].text, "a # b");
  EXPECT_EQ(lines[0].number, 4U);
}

TEST(TodoList, ASizeMayBeLeftOut) {
  EXPECT_EQ(parse("reword ~0 COPY x y").front().text, "COPY x y");
  EXPECT_EQ(parse("reword ~0 1.5kB COPY x y").front().text, "COPY x y");
}

TEST(TodoList, OtherCommandsAreNamedWithTheirLine) {
  EXPECT_EQ(complaint("pick 1111\nfixup 2222\n"),
            "list:2: 'fixup' is not pick, squash, drop, reword or tag");
  EXPECT_EQ(complaint(" # pick 1111\n"), "list:1: '#' is not pick, squash, drop, reword or tag");
}

TEST(TodoList, ALayerANameAndATextAreNeeded) {
  EXPECT_EQ(complaint("pick"), "list:1: pick without a layer");
  EXPECT_EQ(complaint("tag  "), "list:1: tag without a name");
  EXPECT_EQ(complaint("reword 1111 1B"), "list:1: reword without the new instruction");
}

}  // namespace
}  // namespace imgops
