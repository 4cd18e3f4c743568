// The options and operands of a command: how they are declared, and what the user gave. Keeps
// Boost.Program_options out of every command's source.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgops::cli {

struct OptionDeclaration {
  std::string name;         // "layout"
  char letter = 0;          // 'L', or 0
  std::string placeholder;  // "DIR"; empty for a switch
  std::string help;
  bool repeats = false;  // all values count, not the last one
};

struct OperandDeclaration {
  std::string name;      // "IMAGE"
  bool repeats = false;  // takes all that follow; the last one only
};

class Declarations {
 public:
  // `names` is "layout,L" or "json".
  Declarations& flag(std::string_view names, std::string_view help);
  Declarations& value(std::string_view names, std::string_view placeholder, std::string_view help);
  Declarations& list(std::string_view names, std::string_view placeholder, std::string_view help);
  Declarations& operand(std::string_view name);
  Declarations& operands(std::string_view name);

  const std::vector<OptionDeclaration>& all_options() const noexcept { return options_; }
  const std::vector<OperandDeclaration>& all_operands() const noexcept { return operands_; }

 private:
  Declarations& add(std::string_view names, std::string_view placeholder, std::string_view help,
                    bool repeats);
  std::vector<OptionDeclaration> options_;
  std::vector<OperandDeclaration> operands_;
};

// What was given. A name that was never declared counts as not given.
class Options {
 public:
  void add(const std::string& name, std::vector<std::string> values);

  bool flag(std::string_view name) const;
  std::size_t count(std::string_view name) const;                // how often it was given
  std::optional<std::string> text(std::string_view name) const;  // the last one given
  std::vector<std::string> list(std::string_view name) const;
  // As text(); throws Error(invalid_argument) unless it is one of `words`.
  std::optional<std::string> choice(std::string_view name,
                                    std::initializer_list<std::string_view> words) const;
  // Decimal, at least `least`. Throws Error(invalid_argument).
  std::optional<std::uint64_t> number(std::string_view name, std::uint64_t least) const;
  // "10M", "20MB", "1.5GB", "4096": decimal units. Throws Error(invalid_argument).
  std::optional<std::uint64_t> size_bytes(std::string_view name) const;
  // "90s", "10m", "1h", "30d", "2w", "0". Throws Error(invalid_argument).
  std::optional<std::chrono::seconds> duration(std::string_view name) const;
  std::optional<double> fraction(std::string_view name) const;

  // The operand; throws Error(invalid_argument) "missing IMAGE".
  std::string operand(std::string_view name) const;
  std::vector<std::string> operands(std::string_view name) const;

 private:
  struct Given {
    std::size_t times = 0;
    std::vector<std::string> values;
  };
  const Given* find(std::string_view name) const;
  std::map<std::string, Given, std::less<>> given_;
};

}  // namespace imgops::cli
