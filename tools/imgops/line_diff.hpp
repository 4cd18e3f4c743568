// Two texts compared line by line.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace imgops::cli {

enum class LineKind : std::uint8_t { same, removed, added };

struct LineEdit {
  LineKind kind = LineKind::same;
  std::string_view text;   // without its line break
  std::size_t before = 0;  // number of the line in the old text, from 1; of added lines the
  std::size_t after = 0;   // one they follow; and likewise in the new text
};

// The shortest way from one text to the other; texts that have too little in common are replaced
// whole. Views into the texts.
std::vector<LineEdit> line_edits(std::string_view before, std::string_view after);

// Stretches of edits with up to three unchanged lines around them, as [first, end).
struct Hunk {
  std::size_t first = 0;
  std::size_t end = 0;
};
std::vector<Hunk> hunks(const std::vector<LineEdit>& edits);

}  // namespace imgops::cli
