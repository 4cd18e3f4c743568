// What could stand in place of a word that is being typed: the knowledge behind the scripts of
// `imgops completion`. All of it comes from the table of commands and from local files.
// Source: command-line §15.
#pragma once

#include "tools/imgops/commands.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace imgops::cli {

// What the last of some words is: found by walking the words before it as the program would.
struct Position {
  enum class Kind : std::uint8_t { nothing, command, option, value };
  Kind kind = Kind::nothing;
  const Command* command = nullptr;   // null in front of the command
  std::string placeholder;            // of Kind::value: "IMAGE", "auto|always|never"
  std::string kept;                   // typed already and not looked at: "--base="
  std::string word;                   // what follows `kept`
  std::optional<std::string> layout;  // of -L
};
// `words` are those after "imgops", the last one being typed, maybe empty; not empty itself.
Position position_of(std::span<const std::string> words);

struct Candidate {
  std::string word;  // the whole word, printable
  std::string description;
};

// A sum of these ends the answer. Source: the protocol of spf13/cobra's scripts.
enum Directive : unsigned {
  directive_error = 1,
  directive_no_space = 2,
  directive_no_files = 4,
  directive_directories = 16,
  directive_keep_order = 32
};

struct Completion {
  std::vector<Candidate> candidates;
  unsigned directives = 0;
};

// Never fails: what cannot be read has no candidates. Prints nothing.
Completion complete(std::span<const std::string> words);

// A candidate a line, a tab and its description after it, the directives last.
std::string to_text(const Completion& completion);

// The script that connects `shell` to this: bash, zsh or fish. Throws Error(invalid_argument).
std::string_view completion_script(std::string_view shell);

}  // namespace imgops::cli
