// The text that `edit` shows and reads back: a line a layer, oldest first.
// Source: command-line §8.2; security T31.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

enum class TodoCommand : std::uint8_t { pick, squash, drop, reword, tag };
std::string_view name(TodoCommand command) noexcept;

struct TodoLine {
  TodoCommand command = TodoCommand::pick;
  std::string layer;       // "7536ea27f182", "sha256:…" or "~2", one word; empty of a tag
  std::string size;        // for people: "41.6MB"; empty when the line tells none
  std::string text;        // the instruction; of a tag the name
  std::size_t number = 0;  // of the line in its file, from 1
};

// One line with its break, in columns. The text is escaped so that it cannot end the line: control
// bytes, what is not UTF-8 and outer blanks as \xNN, a backslash as \\.
std::string print_todo_line(const TodoLine& line);
// The same for all; parse_todo() gives them back, numbered.
std::string print_todo(std::span<const TodoLine> lines);

// Lines without content and those that begin with # are left out; commands may be one letter. A
// third word that is no size begins the text. Throws Error(invalid_argument), with `file` and the
// line in front, for a line that is none of these.
std::vector<TodoLine> parse_todo(std::string_view text, std::string_view file);

// As the line of the list, for errors about it: "list.txt:3".
std::string place_of(const TodoLine& line, std::string_view file);

}  // namespace imgops
