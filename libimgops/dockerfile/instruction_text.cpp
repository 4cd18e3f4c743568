#include "libimgops/dockerfile/instruction_text.hpp"

#include "libimgops/dockerfile/history_dialect.hpp"

#include <algorithm>
#include <utility>

namespace imgops {
namespace {

constexpr std::string_view blanks = " \t\n\r";

std::string_view trim(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(blanks), text.size());
  return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

bool is_blank(char character) {
  return blanks.find(character) != std::string_view::npos;
}

// Runs of blanks become one, but inside quotes only those with a tab or a line break: there the
// number of spaces means something.
std::string on_one_line(std::string_view text) {
  std::string result;
  char quote = '\0';
  for (std::size_t at = 0; at < text.size();) {
    if (!is_blank(text[at])) {
      const char character = text[at++];
      if (quote == '\0' && (character == '"' || character == '\'')) {
        quote = character;
      } else if (character == quote) {
        quote = '\0';
      }
      result += character;
      continue;
    }
    const std::size_t end = std::min(text.find_first_not_of(" \t\n\r", at), text.size());
    const std::string_view run = text.substr(at, end - at);
    const bool keep = quote != '\0' && run.find_first_of("\t\n\r") == std::string_view::npos;
    result += keep ? run : std::string_view(" ");
    at = end;
  }
  return result;
}

// "map[80/tcp:{} 443/tcp:{}]" -> "80/tcp 443/tcp": BuildKit prints Go's map.
std::string exposed_ports(std::string_view text) {
  if (!text.starts_with("map[") || !text.ends_with(']')) return std::string(text);
  text = text.substr(4, text.size() - 5);
  std::string result;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    std::string_view port = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (port.ends_with(":{}")) port.remove_suffix(3);
    if (!result.empty()) result += ' ';
    result += port;
  }
  return result;
}

}  // namespace

std::string InstructionText::to_string() const {
  if (keyword.empty()) return arguments;
  return arguments.empty() ? keyword : keyword + " " + arguments;
}

InstructionText parse_instruction_text(std::string_view created_by) {
  HistoryInstruction instruction = read_history_text(created_by);
  if (instruction.keyword.empty() && instruction.arguments == created_by) {
    return {"", std::move(instruction.arguments)};
  }
  std::string line = on_one_line(trim(instruction.arguments));
  if (instruction.keyword == "EXPOSE") line = exposed_ports(line);
  return {std::move(instruction.keyword), std::move(line)};
}

}  // namespace imgops
