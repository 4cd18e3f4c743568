// Words of a Dockerfile: quotes, escapes and variables. Private to the room.
// Source: Dockerfile reference, "Environment replacement"; the shell lexer of BuildKit, which the
// classic builder and buildah have copies of.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace imgops {

// A variable may be set to something we do not know: a build argument, an inherited value.
struct Variable {
  enum class State : std::uint8_t { unset, unknown, known };
  State state = State::unset;
  std::string value;  // when known
};
using VariableLookup = std::function<Variable(const std::string& name)>;

// `word` without its quotes and escapes, variables replaced. Nullopt when it needs a variable that
// is not known, or a form of replacement that we do not know.
std::optional<std::string> expand_word(std::string_view word, const VariableLookup& variables);

// Cut at blanks outside quotes; quotes and escapes stay.
std::vector<std::string> split_words(std::string_view text);

// ENV's and LABEL's arguments: `A=b "C d"=e` or, in the old form, `A b c`. A value is nullopt where
// expand_word() gives none. The whole is nullopt when a name cannot be told.
using ExpandedPairs = std::vector<std::pair<std::string, std::optional<std::string>>>;
std::optional<ExpandedPairs> expand_pairs(std::string_view text, const VariableLookup& variables);

// `["a", "b"]` as JSON; nullopt for anything else.
std::optional<std::vector<std::string>> parse_json_list(std::string_view text);

}  // namespace imgops
