// The words of the command line: which command, which options. Globals stand before and after the
// command. Source: command-line §14; Boost.Program_options does the parsing of one stretch of
// words.
#pragma once

#include "tools/imgops/commands.hpp"
#include "tools/imgops/options.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace imgops::cli {

struct CommandLine {
  const Command* command = nullptr;  // null: no command was given
  std::vector<std::string> before;   // the globals in front of it
  std::vector<std::string> after;    // all that follows it
};

const Declarations& global_declarations();
// What a command declares, and for one whose first operand is a revision the option twins of
// suffixes: --at-step, --at-layer.
Declarations local_declarations(const Command& command);

// Finds the command word. Throws Error(invalid_argument) with "did you mean" for an unknown one.
CommandLine split_command_line(std::span<const std::string> words);

// Options and operands of both parts: the later wins for values, lists add up. Throws
// Error(invalid_argument) for what is unknown, incomplete or too much.
Options parse_options(const CommandLine& line);

// One command's page, and the table of all.
std::string help_page(const Command& command);
std::string help_overview();

// The word of `known` nearest to `word`; empty when none is near.
std::string nearest(std::string_view word, std::span<const std::string> known);

}  // namespace imgops::cli
