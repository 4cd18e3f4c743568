// Patterns over names and paths.
#pragma once

#include <string_view>

namespace imgops {

// `*` and `?` stop at a slash, `**` does not; `[a-z]`, `[!a]`; a backslash quotes. The whole name
// must match. Time is at most the product of both lengths, whatever the pattern.
bool matches_glob(std::string_view pattern, std::string_view name) noexcept;

// Distance of Damerau and Levenshtein, for "did you mean".
std::size_t edit_distance(std::string_view left, std::string_view right);

}  // namespace imgops
