// command LAYER SIZE TEXT, or tag NAME. What is printed always has a size ("-" for none), so that a
// text that begins like one is not taken for it.
#include "libimgops/ops/todo_list.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace imgops {
namespace {

constexpr auto commands = std::to_array({TodoCommand::pick, TodoCommand::squash, TodoCommand::drop,
                                         TodoCommand::reword, TodoCommand::tag});
constexpr std::string_view blanks = " \t";
constexpr std::string_view no_size = "-";

std::string escaped(std::string_view text) {
  std::string doubled;
  for (const char character : text) {
    if (character == '\\') doubled += '\\';
    doubled += character;
  }
  std::string line = printable(doubled);
  // The blanks around a text are not read as part of it.
  if (line.ends_with(' ')) line.replace(line.size() - 1, 1, "\\x20");
  if (line.starts_with(' ')) line.replace(0, 1, "\\x20");
  return line;
}

std::optional<unsigned> hexadecimal_digit(char character) {
  if (character >= '0' && character <= '9') return static_cast<unsigned>(character - '0');
  const char lower = static_cast<char>(character | 0x20);
  if (lower >= 'a' && lower <= 'f') return static_cast<unsigned>(lower - 'a') + 10U;
  return std::nullopt;
}

// A backslash that begins nothing known stands for itself: people type them.
std::string unescaped(std::string_view line) {
  std::string text;
  for (std::size_t at = 0; at < line.size(); ++at) {
    const std::string_view rest = line.substr(at);
    if (rest.starts_with("\\\\")) {
      text += '\\';
      ++at;
      continue;
    }
    if (rest.starts_with("\\x") && rest.size() >= 4) {
      const auto high = hexadecimal_digit(rest[2]);
      const auto low = hexadecimal_digit(rest[3]);
      if (high && low) {
        text += static_cast<char>(*high << 4U | *low);
        at += 3;
        continue;
      }
    }
    text += line[at];
  }
  return text;
}

std::string_view without_outer_blanks(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(blanks), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

// Takes the first word off, with the blanks behind it.
std::string_view take_word(std::string_view& rest) {
  const std::size_t end = std::min(rest.find_first_of(blanks), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(end);
  rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()));
  return word;
}

std::optional<TodoCommand> command_of(std::string_view word) {
  for (const TodoCommand command : commands) {
    if (word == name(command) || word == name(command).substr(0, 1)) return command;
  }
  return std::nullopt;
}

bool is_digit(char character) {
  return character >= '0' && character <= '9';
}

// "-", "420B", "41.6MB"
bool is_size(std::string_view word) {
  if (word == no_size) return true;
  const auto* const end = std::ranges::find_if_not(
      word, [](char character) { return is_digit(character) || character == '.'; });
  const std::string_view unit = word.substr(static_cast<std::size_t>(end - word.begin()));
  if (unit.size() == word.size() || !is_digit(word.front())) return false;
  return unit == "B" || (unit.size() == 2 && unit[1] == 'B' &&
                         std::string_view("kMGTPE").find(unit[0]) != std::string_view::npos);
}

[[noreturn]] void fail(const TodoLine& line, std::string_view file, const std::string& what) {
  throw Error(ErrorKind::invalid_argument, fmt::format("{}: {}", place_of(line, file), what));
}

TodoLine parse_line(std::string_view text, std::size_t number, std::string_view file) {
  TodoLine line;
  line.number = number;
  std::string_view rest = without_outer_blanks(text);
  const std::string_view word = take_word(rest);
  const auto command = command_of(word);
  if (!command) {
    fail(line, file, fmt::format("'{}' is not pick, squash, drop, reword or tag", printable(word)));
  }
  line.command = *command;
  if (line.command == TodoCommand::tag) {
    line.text = unescaped(rest);
    if (line.text.empty()) fail(line, file, "tag without a name");
    return line;
  }
  line.layer = take_word(rest);
  if (line.layer.empty()) fail(line, file, fmt::format("{} without a layer", name(line.command)));
  std::string_view after_size = rest;
  const std::string_view size = take_word(after_size);
  if (is_size(size)) {
    if (size != no_size) line.size = size;
    rest = after_size;
  }
  line.text = unescaped(rest);
  if (line.command == TodoCommand::reword && line.text.empty()) {
    fail(line, file, "reword without the new instruction");
  }
  return line;
}

}  // namespace

std::string_view name(TodoCommand command) noexcept {
  switch (command) {
    case TodoCommand::pick:
      return "pick";
    case TodoCommand::squash:
      return "squash";
    case TodoCommand::drop:
      return "drop";
    case TodoCommand::reword:
      return "reword";
    case TodoCommand::tag:
      break;
  }
  return "tag";
}

std::string print_todo_line(const TodoLine& line) {
  if (line.command == TodoCommand::tag) {
    return fmt::format("{:<6} {}\n", name(line.command), escaped(line.text));
  }
  const std::string size = line.size.empty() ? std::string(no_size) : line.size;
  std::string text = fmt::format("{:<6} {:<12} {:>8}", name(line.command), line.layer, size);
  if (!line.text.empty()) text += "  " + escaped(line.text);
  return text + "\n";
}

std::string print_todo(std::span<const TodoLine> lines) {
  std::string text;
  for (const TodoLine& line : lines) text += print_todo_line(line);
  return text;
}

std::vector<TodoLine> parse_todo(std::string_view text, std::string_view file) {
  std::vector<TodoLine> lines;
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with('#') || without_outer_blanks(line).empty()) continue;
    lines.push_back(parse_line(line, number, file));
  }
  return lines;
}

std::string place_of(const TodoLine& line, std::string_view file) {
  return fmt::format("{}:{}", printable(file), line.number);
}

}  // namespace imgops
