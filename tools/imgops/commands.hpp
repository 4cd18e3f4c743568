// What a subcommand is, and the table of them all: the only list there is. Help and the test of the
// documentation come from it.
#pragma once

#include "tools/imgops/options.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace imgops::cli {

class Context;

enum class Group : std::uint8_t { look, names, rewrite, move, care, about };
std::string_view title(Group group) noexcept;

struct Command {
  std::string_view name;
  std::string_view alias;     // or empty
  std::string_view synopsis;  // without "imgops"
  std::string_view summary;   // imperative, lower case
  Group group;
  void (*declare)(Declarations& declarations);
  int (*run)(const Options& options, Context& context);  // 0 or a verdict; failures throw Error
};

std::span<const Command> commands() noexcept;
// By name or alias; null when there is none.
const Command* find_command(std::string_view word) noexcept;

}  // namespace imgops::cli
