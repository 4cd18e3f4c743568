// Names of one file, after each name was judged alone. Private to the room. Source: semantics W07,
// L03, C05; command-line §8.3 (hardlink).
#pragma once

#include "libimgops/diff/made_files.hpp"
#include "libimgops/diff/merge_rows.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

// Told when names that belong together have different files: the row to blame, and why. Answers
// which side's file all of them get; null: nobody knows, and they stay as they are.
using SplitGroup = std::function<const Settlement*(std::size_t row, const std::string& reason)>;

// Names that are one file in ours or theirs, and were not separated by the other side, are one file
// among the chosen ones too.
void join_links(std::vector<MergeRow>& rows, const Tree& base, const Tree& ours, const Tree& theirs,
                Likeness& likeness, MadeFiles& made, const SplitGroup& split);

}  // namespace imgops
