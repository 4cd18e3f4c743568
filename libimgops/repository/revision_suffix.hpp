// The end of a revision: `~2`, `^`, `#7`, `^{…}`, any number of them, read from left to right.
#pragma once

#include "libimgops/repository/closed_units.hpp"
#include "libimgops/repository/revision.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace imgops {

// Whether everything from `from` on has the form of suffixes, whatever they mean.
bool is_suffix_chain(const ClosedUnits& word, std::size_t from);

// What they mean. Throws Error(invalid_argument) saying which forms there are.
std::vector<RevisionSuffix> parse_suffixes(const ClosedUnits& word, std::size_t from);

// N of the unit `@{N}` that begins at `at`; nullopt when none does. Throws Error(invalid_argument)
// when N is no number.
std::optional<std::uint64_t> parse_moves_ago(const ClosedUnits& word, std::size_t at);

// Lower-case hexadecimal, at least four digits.
bool is_digest_prefix(std::string_view text) noexcept;

}  // namespace imgops
