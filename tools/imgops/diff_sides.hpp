// The two sides of a comparison, as the user may write them.
#pragma once

#include "tools/imgops/diff_report.hpp"

#include <optional>
#include <string>

namespace imgops::cli {

struct DiffSides {
  DiffSide before;
  DiffSide after;
};

// "A" and "B", "A:/p" and "B:/p", or one word: "A..B" (A must be an ancestor), "..B" (from its
// base), "A...B" (from where both part, that is B against the layers it shares with A).
DiffSides diff_sides(Context& context, const std::string& first,
                     const std::optional<std::string>& second);

}  // namespace imgops::cli
