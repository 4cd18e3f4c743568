// A set of pattern positions is carried along the name (an automaton by hand), so that no pattern
// makes matching exponential.
#include "libimgops/base/glob.hpp"

#include <algorithm>
#include <vector>

namespace imgops {
namespace {

// Whether the class starting at pattern[at] == '[' holds `character`; moves `at` behind it.
bool class_holds(std::string_view pattern, std::size_t& at, char character) noexcept {
  std::size_t index = at + 1;
  const bool negated = index < pattern.size() && (pattern[index] == '!' || pattern[index] == '^');
  if (negated) ++index;
  bool holds = false;
  bool first = true;
  while (index < pattern.size() && (first || pattern[index] != ']')) {
    first = false;
    const auto low = static_cast<unsigned char>(pattern[index]);
    auto high = low;
    if (index + 2 < pattern.size() && pattern[index + 1] == '-' && pattern[index + 2] != ']') {
      high = static_cast<unsigned char>(pattern[index + 2]);
      index += 2;
    }
    const auto value = static_cast<unsigned char>(character);
    holds = holds || (value >= low && value <= high);
    ++index;
  }
  at = std::min(index + 1, pattern.size());
  return holds != negated && character != '/';
}

// Adds `position` and every position reachable without reading a character.
void reach(std::string_view pattern, std::vector<char>& set, std::size_t position) {
  while (true) {
    set[position] = 1;
    if (position >= pattern.size() || pattern[position] != '*') return;
    ++position;
  }
}

}  // namespace

bool matches_glob(std::string_view pattern, std::string_view name) noexcept {
  std::vector<char> current(pattern.size() + 1, 0);
  std::vector<char> next(pattern.size() + 1, 0);
  reach(pattern, current, 0);
  for (const char character : name) {
    std::fill(next.begin(), next.end(), char{0});
    for (std::size_t at = 0; at < pattern.size(); ++at) {
      if (current[at] == 0) continue;
      if (pattern[at] == '*') {
        const bool doubled = (at + 1 < pattern.size() && pattern[at + 1] == '*') ||
                             (at > 0 && pattern[at - 1] == '*');
        if (character != '/' || doubled) reach(pattern, next, at);
      } else if (pattern[at] == '?') {
        if (character != '/') reach(pattern, next, at + 1);
      } else if (pattern[at] == '[' && pattern.find(']', at + 2) != std::string_view::npos) {
        std::size_t behind = at;
        if (class_holds(pattern, behind, character)) reach(pattern, next, behind);
      } else {
        const bool quoted = pattern[at] == '\\' && at + 1 < pattern.size();
        const std::size_t literal = quoted ? at + 1 : at;
        if (pattern[literal] == character) reach(pattern, next, literal + 1);
      }
    }
    std::swap(current, next);
  }
  return current[pattern.size()] != 0;
}

std::size_t edit_distance(std::string_view left, std::string_view right) {
  std::vector<std::vector<std::size_t>> distance(left.size() + 1,
                                                 std::vector<std::size_t>(right.size() + 1));
  for (std::size_t i = 0; i <= left.size(); ++i) distance[i][0] = i;
  for (std::size_t j = 0; j <= right.size(); ++j) distance[0][j] = j;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const std::size_t replaced = distance[i - 1][j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
      std::size_t least = std::min({distance[i - 1][j] + 1, distance[i][j - 1] + 1, replaced});
      if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1]) {
        least = std::min(least, distance[i - 2][j - 2] + 1);
      }
      distance[i][j] = least;
    }
  }
  return distance[left.size()][right.size()];
}

}  // namespace imgops
