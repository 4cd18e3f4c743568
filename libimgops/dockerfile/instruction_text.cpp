// What builders write into created_by:
//
//   classic    SHELL #(nop)  CMD ["x"]      |2 A=b C=d SHELL command      SHELL command
//   BuildKit   RUN |2 A=b C=d SHELL command # buildkit      ENV A=b      EXPOSE map[80/tcp:{}]
//   buildah    as classic, SHELL command, or no instruction at all
//
// where SHELL is "/bin/sh -c" or whatever SHELL said. So the wrappers come off from the outside in:
// builder's comment, keyword, count of build arguments, shell, no-op marker.
#include "libimgops/dockerfile/instruction_text.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace imgops {
namespace {

constexpr std::array<std::string_view, 18> keywords{
    "ADD",    "ARG",   "CMD",         "COPY",  "ENTRYPOINT", "ENV",
    "EXPOSE", "FROM",  "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD",
    "RUN",    "SHELL", "STOPSIGNAL",  "USER",  "VOLUME",     "WORKDIR"};

constexpr std::array<std::string_view, 8> unix_shells{"sh",  "bash", "dash", "ash",
                                                      "ksh", "zsh",  "fish", "busybox"};
constexpr std::array<std::string_view, 6> windows_shells{
    "cmd", "cmd.exe", "powershell", "powershell.exe", "pwsh", "pwsh.exe"};

bool is_blank(char character) {
  return character == ' ' || character == '\t' || character == '\n' || character == '\r';
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

template <std::size_t Size>
bool is_one_of(const std::array<std::string_view, Size>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

// Takes the first word and the blanks round it; empty at the end.
std::string_view take_word(std::string_view& text) {
  text = trim(text);
  const auto* const end = std::ranges::find_if(text, is_blank);
  const std::string_view word = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text = trim(text.substr(word.size()));
  return word;
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

// What follows the last option of a shell: behind "-c" and its like ("-ec", "-euxo pipefail -c").
// Nullopt when there is no such option.
std::optional<std::string_view> after_unix_options(std::string_view text) {
  while (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    const std::string_view option = take_word(text);
    if (option.starts_with("--")) continue;
    if (option.ends_with('o')) take_word(text);  // the name of a setting
    if (option.starts_with('-') && option.find('c') != std::string_view::npos) return text;
  }
  return std::nullopt;
}

std::optional<std::string_view> after_windows_options(std::string_view text) {
  while (!text.empty() && (text.front() == '-' || text.front() == '/')) {
    const std::string_view option = take_word(text);
    if (option == "/C" || option == "/c" || option == "-Command" || option == "-command") {
      return text;
    }
  }
  return std::nullopt;
}

// The command a shell was given, or nullopt when `text` begins with no shell.
std::optional<std::string_view> strip_shell(std::string_view text) {
  const std::string_view program = take_word(text);
  const std::string_view name = program.substr(program.find_last_of("/\\") + 1);
  if (is_one_of(windows_shells, name)) return after_windows_options(text);
  if (!is_one_of(unix_shells, name)) return std::nullopt;
  if (name == "busybox" && text.starts_with("sh ")) take_word(text);
  return after_unix_options(text);
}

// "|2 A=b C=d " off the front, with the values. They are not quoted, so a value with blanks ends
// only where a shell begins. Nullopt without a count.
std::optional<std::string_view> strip_build_arguments(std::string_view text) {
  if (!text.starts_with('|')) return std::nullopt;
  const std::string_view digits = take_word(text).substr(1);
  const bool is_number =
      !digits.empty() && digits.size() <= 4 &&
      std::ranges::all_of(digits, [](char digit) { return digit >= '0' && digit <= '9'; });
  if (!is_number) return std::nullopt;
  std::size_t count = 0;
  for (const char digit : digits) count = count * 10 + static_cast<std::size_t>(digit - '0');
  for (; count > 0 && !text.empty(); --count) take_word(text);
  for (std::string_view rest = text; !rest.empty(); take_word(rest)) {
    const bool is_path = rest.starts_with('/');
    if ((is_path || rest == text) && strip_shell(rest)) return rest;
  }
  return text;
}

// "map[80/tcp:{} 443/tcp:{}]" -> "80/tcp 443/tcp": BuildKit prints Go's map.
std::string exposed_ports(std::string_view text) {
  if (!text.starts_with("map[") || !text.ends_with(']')) return std::string(text);
  text = text.substr(4, text.size() - 5);
  std::string result;
  while (!text.empty()) {
    std::string_view port = take_word(text);
    if (port.ends_with(":{}")) port.remove_suffix(3);
    if (!result.empty()) result += ' ';
    result += port;
  }
  return result;
}

InstructionText make(std::string_view keyword, std::string_view arguments) {
  std::string line = on_one_line(trim(arguments));
  if (keyword == "EXPOSE") line = exposed_ports(line);
  return {std::string(keyword), std::move(line)};
}

// What a shell, perhaps behind build arguments, was given; `text` itself when there is neither.
std::string_view strip_run_wrappers(std::string_view text) {
  if (const auto rest = strip_build_arguments(text)) text = *rest;
  const auto command = strip_shell(text);
  return command ? *command : text;
}

// The instruction behind "#(nop)", whatever its keyword.
std::optional<InstructionText> parse_marked(std::string_view command) {
  constexpr std::string_view marker = "#(nop)";
  if (!command.starts_with(marker)) return std::nullopt;
  command.remove_prefix(marker.size());
  const std::string_view whole = trim(command);
  const std::string_view word = take_word(command);
  const bool is_keyword = !word.empty() && std::ranges::all_of(word, [](char character) {
    return character >= 'A' && character <= 'Z';
  });
  return is_keyword ? make(word, command) : make("", whole);
}

// Text that begins with an instruction, as BuildKit and kaniko write it.
std::optional<InstructionText> parse_plain(std::string_view text) {
  constexpr std::string_view builder_comment = "# buildkit";
  bool is_buildkit = false;
  text = trim(text);
  if (text.ends_with(builder_comment)) {
    text = trim(text.substr(0, text.size() - builder_comment.size()));
    is_buildkit = true;
  }
  std::string_view rest = text;
  const std::string_view word = take_word(rest);
  if (!is_one_of(keywords, word)) {
    return is_buildkit ? std::optional(make("", text)) : std::nullopt;
  }
  if (word != "RUN") return make(word, rest);
  // Elsewhere "RUN sh -c x" is what the user wrote; only BuildKit and full paths are wrappers.
  const bool is_wrapped = is_buildkit || rest.starts_with('/') || rest.starts_with('|');
  return make(word, is_wrapped ? strip_run_wrappers(rest) : rest);
}

}  // namespace

std::string InstructionText::to_string() const {
  if (keyword.empty()) return arguments;
  return arguments.empty() ? keyword : keyword + " " + arguments;
}

InstructionText parse_instruction_text(std::string_view created_by) {
  const std::string_view text = trim(created_by);
  if (auto plain = parse_plain(text)) return *std::move(plain);
  const auto behind_arguments = strip_build_arguments(text);
  const auto command = strip_shell(behind_arguments.value_or(text));
  if (command) {
    auto marked = parse_marked(*command);
    return marked ? *std::move(marked) : make("RUN", *command);
  }
  if (behind_arguments) return make("RUN", *behind_arguments);
  if (auto marked = parse_marked(text)) return *std::move(marked);
  return {"", std::string(created_by)};
}

}  // namespace imgops
