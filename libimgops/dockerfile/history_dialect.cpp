// What builders write into created_by:
//
//   classic    SHELL #(nop)  CMD ["x"]      |2 A=b C=d SHELL command      SHELL command
//   BuildKit   RUN |2 A=b C=d SHELL command # buildkit      ENV A=b      EXPOSE map[80/tcp:{}]
//   buildah    SHELL #(nop) CMD x           |2 A=b C=d SHELL command      SHELL command
//
// where SHELL is "/bin/sh -c" or whatever SHELL said. So the wrappers come off from the outside in:
// builder's comment, keyword, count of build arguments, shell, no-op marker. Two blanks behind the
// marker are the classic builder's, except before ADD and COPY; one is buildah's, or a docker's of
// before 2016 that wrote lists as the classic builder does.
#include "libimgops/dockerfile/history_dialect.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace imgops {
namespace {

constexpr std::string_view marker = "#(nop)";

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

std::string_view trim_front(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  return text;
}

std::string_view trim(std::string_view text) {
  text = trim_front(text);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

template <std::size_t Size>
bool is_one_of(const std::array<std::string_view, Size>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

// Takes the first word and the blanks round it; empty at the end. Blanks at the end of the text
// stay: they may belong to a value.
std::string_view take_word(std::string_view& text) {
  text = trim_front(text);
  const auto* const end = std::ranges::find_if(text, is_blank);
  const std::string_view word = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text = trim_front(text.substr(word.size()));
  return word;
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

// "A=b c C=d" as the `count` arguments it was made of: not quoted, so a word without a name goes on
// with the one before.
std::vector<std::string> split_build_arguments(std::string_view text) {
  std::vector<std::string> arguments;
  while (!text.empty()) {
    const std::string_view word = take_word(text);
    if (word.find('=') != std::string_view::npos || arguments.empty()) {
      arguments.emplace_back(word);
    } else {
      arguments.back().append(" ").append(word);
    }
  }
  return arguments;
}

struct BehindArguments {
  std::string_view text;
  std::vector<std::string> arguments;
};

// "|2 A=b C=d " off the front. Values are not quoted, so one with blanks ends only where a shell
// begins. Nullopt without a count.
std::optional<BehindArguments> strip_build_arguments(std::string_view text) {
  if (!text.starts_with('|')) return std::nullopt;
  const std::string_view digits = take_word(text).substr(1);
  const bool is_number =
      !digits.empty() && digits.size() <= 4 &&
      std::ranges::all_of(digits, [](char digit) { return digit >= '0' && digit <= '9'; });
  if (!is_number) return std::nullopt;
  std::size_t count = 0;
  for (const char digit : digits) count = count * 10 + static_cast<std::size_t>(digit - '0');
  const std::string_view all = text;
  for (; count > 0 && !text.empty(); --count) take_word(text);
  for (std::string_view rest = text; !rest.empty(); take_word(rest)) {
    const bool is_path = rest.starts_with('/');
    if (!(is_path || rest == text) || !strip_shell(rest)) continue;
    text = rest;
    break;
  }
  const auto values = all.substr(0, static_cast<std::size_t>(text.data() - all.data()));
  return BehindArguments{text, split_build_arguments(values)};
}

HistoryInstruction make(HistoryDialect dialect, std::string_view keyword,
                        std::string_view arguments) {
  return {dialect, std::string(keyword), std::string(trim_front(arguments)), {}};
}

// What a shell, perhaps behind build arguments, was given; `text` itself when there is neither.
HistoryInstruction make_run(HistoryDialect dialect, std::string_view text) {
  std::vector<std::string> arguments;
  if (auto behind = strip_build_arguments(text)) {
    text = behind->text;
    arguments = std::move(behind->arguments);
  }
  const auto command = strip_shell(text);
  HistoryInstruction run = make(dialect, "RUN", command ? *command : text);
  run.build_arguments = std::move(arguments);
  return run;
}

bool is_keyword_like(std::string_view word) {
  return !word.empty() &&
         std::ranges::all_of(word, [](char letter) { return letter >= 'A' && letter <= 'Z'; });
}

// The instruction behind "#(nop)", whatever its keyword; nullopt without a marker.
std::optional<HistoryInstruction> read_marked(std::string_view command, HistoryDialect told) {
  if (!command.starts_with(marker)) return std::nullopt;
  command.remove_prefix(marker.size());
  HistoryDialect dialect = told;
  if (told == HistoryDialect::none) {
    dialect = command.starts_with("  ") ? HistoryDialect::classic : HistoryDialect::buildah;
  }
  const std::string_view whole = trim(command);
  const std::string_view word = take_word(command);
  if (!is_keyword_like(word)) return make(HistoryDialect::none, "", whole);
  return make(dialect, word, command);
}

// A marker behind a shell that is none of those we know: `SHELL ["/bin/tini", "--"]`.
std::optional<HistoryInstruction> read_marked_inside(std::string_view text, HistoryDialect told) {
  const std::size_t at = text.find(marker);
  if (at == std::string_view::npos || at == 0 || text[at - 1] != ' ') return std::nullopt;
  std::string_view behind = text.substr(at + marker.size());
  if (!is_one_of(keywords, take_word(behind))) return std::nullopt;
  return read_marked(text.substr(at), told);
}

// Text that begins with an instruction, as BuildKit and kaniko write it.
std::optional<HistoryInstruction> read_unmarked(std::string_view text, HistoryDialect told) {
  constexpr std::string_view builder_comment = "# buildkit";
  bool is_buildkit = told == HistoryDialect::buildkit;
  text = trim_front(text);
  if (const std::string_view trimmed = trim(text); trimmed.ends_with(builder_comment)) {
    text = trim(trimmed.substr(0, trimmed.size() - builder_comment.size()));
    is_buildkit = true;
  }
  const HistoryDialect dialect = is_buildkit ? HistoryDialect::buildkit : HistoryDialect::plain;
  std::string_view rest = text;
  const std::string_view word = take_word(rest);
  if (!is_one_of(keywords, word)) {
    return is_buildkit ? std::optional(make(HistoryDialect::none, "", text)) : std::nullopt;
  }
  if (word != "RUN") return make(dialect, word, rest);
  // Elsewhere "RUN sh -c x" is what the user wrote; only BuildKit and full paths are wrappers.
  const bool is_wrapped = is_buildkit || rest.starts_with('/') || rest.starts_with('|');
  return is_wrapped ? make_run(dialect, rest) : make(dialect, word, rest);
}

HistoryDialect dialect_of_comment(std::string_view comment) {
  if (comment.starts_with("buildkit.")) return HistoryDialect::buildkit;
  if (comment.starts_with("FROM ")) return HistoryDialect::buildah;
  return HistoryDialect::none;
}

}  // namespace

HistoryInstruction read_history_text(std::string_view created_by, std::string_view comment) {
  const HistoryDialect told = dialect_of_comment(comment);
  const HistoryDialect marked_by = told == HistoryDialect::buildkit ? HistoryDialect::none : told;
  const std::string_view text = trim_front(created_by);
  if (auto unmarked = read_unmarked(text, told)) return *std::move(unmarked);
  const auto behind_arguments = strip_build_arguments(text);
  const auto command = strip_shell(behind_arguments ? behind_arguments->text : text);
  if (command) {
    if (auto marked = read_marked(*command, marked_by)) return *std::move(marked);
  }
  if (auto marked = read_marked(text, marked_by)) return *std::move(marked);
  if (!command) {
    if (auto marked = read_marked_inside(text, marked_by)) return *std::move(marked);
  }
  const HistoryDialect run_by =
      told == HistoryDialect::buildah ? HistoryDialect::buildah : HistoryDialect::classic;
  if (command || behind_arguments) return make_run(run_by, text);
  return {HistoryDialect::none, "", std::string(created_by), {}};
}

}  // namespace imgops
