// Myers' greedy algorithm (An O(ND) Difference Algorithm, 1986): for d = 0, 1, … the furthest point
// on each diagonal k that d edits reach; the way back is read from the rounds kept.
#include "tools/imgops/line_diff.hpp"

#include <algorithm>

namespace imgops::cli {
namespace {

constexpr std::ptrdiff_t most_edits = 1000;
constexpr std::size_t context_lines = 3;

using Lines = std::vector<std::string_view>;

Lines split_lines(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

class Search {
 public:
  Search(const Lines& before, const Lines& after)
      : before_(before),
        after_(after),
        height_(static_cast<std::ptrdiff_t>(before.size())),
        width_(static_cast<std::ptrdiff_t>(after.size())) {}

  // False when more than `most_edits` would be needed.
  bool run() {
    for (std::ptrdiff_t edits = 0; edits <= most_edits; ++edits) {
      rounds_.emplace_back(static_cast<std::size_t>(2 * edits + 1));
      if (extend(edits)) return true;
    }
    return false;
  }

  std::vector<LineEdit> path() const {
    std::vector<LineEdit> reversed;
    std::ptrdiff_t x = height_;
    std::ptrdiff_t y = width_;
    for (auto edits = static_cast<std::ptrdiff_t>(rounds_.size()) - 1; edits > 0; --edits) {
      const std::ptrdiff_t diagonal = x - y;
      const bool added = comes_from_added(edits, diagonal);
      const std::ptrdiff_t previous = added ? diagonal + 1 : diagonal - 1;
      const std::ptrdiff_t from_x = reached(edits - 1, previous);
      const std::ptrdiff_t from_y = from_x - previous;
      while (x > (added ? from_x : from_x + 1)) add_same(reversed, --x, --y);
      if (added) {
        --y;
        reversed.push_back({LineKind::added, after_[static_cast<std::size_t>(y)],
                            static_cast<std::size_t>(x), static_cast<std::size_t>(y + 1)});
      } else {
        --x;
        reversed.push_back({LineKind::removed, before_[static_cast<std::size_t>(x)],
                            static_cast<std::size_t>(x + 1), static_cast<std::size_t>(y)});
      }
      y = from_y;
    }
    while (x > 0) add_same(reversed, --x, --y);
    std::ranges::reverse(reversed);
    return reversed;
  }

 private:
  std::ptrdiff_t reached(std::ptrdiff_t edits, std::ptrdiff_t diagonal) const {
    if (diagonal < -edits || diagonal > edits) return -1;
    return rounds_[static_cast<std::size_t>(edits)][static_cast<std::size_t>(diagonal + edits)];
  }

  bool comes_from_added(std::ptrdiff_t edits, std::ptrdiff_t diagonal) const {
    if (diagonal == -edits) return true;
    if (diagonal == edits) return false;
    return reached(edits - 1, diagonal - 1) < reached(edits - 1, diagonal + 1);
  }

  bool extend(std::ptrdiff_t edits) {
    for (std::ptrdiff_t diagonal = -edits; diagonal <= edits; diagonal += 2) {
      std::ptrdiff_t x = 0;
      if (edits > 0) {
        x = comes_from_added(edits, diagonal) ? reached(edits - 1, diagonal + 1)
                                              : reached(edits - 1, diagonal - 1) + 1;
      }
      std::ptrdiff_t y = x - diagonal;
      while (x < height_ && y < width_ && y >= 0 &&
             before_[static_cast<std::size_t>(x)] == after_[static_cast<std::size_t>(y)]) {
        ++x;
        ++y;
      }
      rounds_[static_cast<std::size_t>(edits)][static_cast<std::size_t>(diagonal + edits)] = x;
      if (x >= height_ && y >= width_) return true;
    }
    return false;
  }

  void add_same(std::vector<LineEdit>& edits, std::ptrdiff_t x, std::ptrdiff_t y) const {
    edits.push_back({LineKind::same, before_[static_cast<std::size_t>(x)],
                     static_cast<std::size_t>(x + 1), static_cast<std::size_t>(y + 1)});
  }

  const Lines& before_;
  const Lines& after_;
  std::ptrdiff_t height_;
  std::ptrdiff_t width_;
  std::vector<std::vector<std::ptrdiff_t>> rounds_;
};

std::vector<LineEdit> replace_all(const Lines& before, const Lines& after) {
  std::vector<LineEdit> edits;
  for (std::size_t at = 0; at < before.size(); ++at) {
    edits.push_back({LineKind::removed, before[at], at + 1, 0});
  }
  for (std::size_t at = 0; at < after.size(); ++at) {
    edits.push_back({LineKind::added, after[at], before.size(), at + 1});
  }
  return edits;
}

}  // namespace

std::vector<LineEdit> line_edits(std::string_view before, std::string_view after) {
  const Lines left = split_lines(before);
  const Lines right = split_lines(after);
  Search search(left, right);
  if (!search.run()) return replace_all(left, right);
  return search.path();
}

std::vector<Hunk> hunks(const std::vector<LineEdit>& edits) {
  std::vector<Hunk> result;
  for (std::size_t at = 0; at < edits.size(); ++at) {
    if (edits[at].kind == LineKind::same) continue;
    const std::size_t first = at < context_lines ? 0 : at - context_lines;
    const std::size_t end = std::min(at + 1 + context_lines, edits.size());
    if (!result.empty() && first <= result.back().end) {
      result.back().end = end;
    } else {
      result.push_back({first, end});
    }
  }
  return result;
}

}  // namespace imgops::cli
