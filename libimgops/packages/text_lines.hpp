// Any text: what separates two, and the three-way merge of both.
// Source: Myers, An O(ND) Difference Algorithm (1986), §4b; Khanna, Kunal and Pierce, A Formal
// Investigation of Diff3 (2007). Why not a library: docs/decisions/0017-own-text-merge.md.
#pragma once

#include "libimgops/packages/merged_text.hpp"

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace imgops {

// Lines [before_first, before_end) of one text became lines [after_first, after_end) of the other;
// numbers count from 0, one of the two stretches may be empty.
struct LineChange {
  std::size_t before_first = 0;
  std::size_t before_end = 0;
  std::size_t after_first = 0;
  std::size_t after_end = 0;
  friend bool operator==(const LineChange&, const LineChange&) = default;
};

// By position, with an equal line between any two. The fewest lines that explain it, unless a
// stretch differs by more than some 2000 lines: that is one change as a whole then. Memory grows
// with the number of lines.
std::vector<LineChange> line_changes(std::span<const std::string_view> before,
                                     std::span<const std::string_view> after);

// What both sides changed, in one text. Gives up, naming the lines of the base, where changes
// overlap or touch and are not alike; without a base; and for more than 200 000 lines.
MergedText merge_by_lines(const ThreeVersions& versions);

}  // namespace imgops
