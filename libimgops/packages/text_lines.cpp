// Two texts are compared as Myers does in linear space: the middle of the shortest way is looked
// for from both ends at once, and the parts before and after it likewise. A text is merged by
// walking both lists of changes along the base: changes that overlap or touch form one region,
// which is one side's, the same on both sides, or a conflict.
#include "libimgops/packages/text_lines.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace imgops {
namespace {

constexpr std::ptrdiff_t most_edits = 2000;  // of a stretch, by the half that each end goes
constexpr std::size_t most_lines = 200'000;

using Number = std::uint32_t;  // equal lines have equal numbers
using Numbers = std::span<const Number>;

// How far so many edits lead from one end of two stretches, on each diagonal: lines gone in the one
// less lines gone in the other.
class Front {
 public:
  enum class Direction : std::uint8_t { from_start, from_end };

  Front(Numbers before, Numbers after, Direction direction)
      : before_(before),
        after_(after),
        direction_(direction),
        height_(static_cast<std::ptrdiff_t>(before.size())),
        width_(static_cast<std::ptrdiff_t>(after.size())) {}

  // Lines of the first stretch; far below 0 where no way leads. `edits` grow by one from round to
  // round, diagonals in it by two.
  std::ptrdiff_t advance(std::ptrdiff_t edits, std::ptrdiff_t diagonal) {
    if (diagonal == -edits) {
      previous_.swap(current_);
      current_.assign(static_cast<std::size_t>(edits + 1), nowhere);
      edits_ = edits;
    }
    std::ptrdiff_t x = edits == 0 ? 0 : nowhere;
    // A line more of the second stretch, or of the first.
    const std::ptrdiff_t added = at(previous_, edits - 1, diagonal + 1);
    if (added - diagonal <= width_) x = std::max(x, added);
    const std::ptrdiff_t removed = at(previous_, edits - 1, diagonal - 1) + 1;
    if (removed <= height_) x = std::max(x, removed);
    if (x < 0) return nowhere;
    while (x < height_ && x - diagonal < width_ && is_equal(x, x - diagonal)) ++x;
    current_[static_cast<std::size_t>((diagonal + edits) / 2)] = x;
    return x;
  }

  std::ptrdiff_t reached(std::ptrdiff_t edits, std::ptrdiff_t diagonal) const {
    return edits == edits_ ? at(current_, edits, diagonal) : nowhere;
  }

 private:
  static constexpr std::ptrdiff_t nowhere = PTRDIFF_MIN / 4;

  static std::ptrdiff_t at(const std::vector<std::ptrdiff_t>& round, std::ptrdiff_t edits,
                           std::ptrdiff_t diagonal) {
    if (diagonal < -edits || diagonal > edits) return nowhere;
    return round[static_cast<std::size_t>((diagonal + edits) / 2)];
  }

  bool is_equal(std::ptrdiff_t x, std::ptrdiff_t y) const {
    const bool is_back = direction_ == Direction::from_end;
    return before_[static_cast<std::size_t>(is_back ? height_ - 1 - x : x)] ==
           after_[static_cast<std::size_t>(is_back ? width_ - 1 - y : y)];
  }

  Numbers before_;
  Numbers after_;
  Direction direction_;
  std::ptrdiff_t height_;
  std::ptrdiff_t width_;
  std::ptrdiff_t edits_ = -1;             // of the round under way
  std::vector<std::ptrdiff_t> previous_;  // of the round before, by diagonal
  std::vector<std::ptrdiff_t> current_;
};

class Comparison {
 public:
  Comparison(Numbers before, Numbers after) : before_(before), after_(after) {}

  std::vector<LineChange> run() {
    // Stretches still to compare, the last one first in the text.
    std::vector<LineChange> open{{0, before_.size(), 0, after_.size()}};
    while (!open.empty()) {
      LineChange part = open.back();
      open.pop_back();
      trim(part);
      if (part.before_first == part.before_end || part.after_first == part.after_end) {
        add(part);
        continue;
      }
      const auto middle = find_middle(part);
      if (!middle) {
        add(part);
        continue;
      }
      open.push_back({middle->first, part.before_end, middle->second, part.after_end});
      open.push_back({part.before_first, middle->first, part.after_first, middle->second});
    }
    return std::move(changes_);
  }

 private:
  void trim(LineChange& part) const {
    while (part.before_first < part.before_end && part.after_first < part.after_end &&
           before_[part.before_first] == after_[part.after_first]) {
      ++part.before_first;
      ++part.after_first;
    }
    while (part.before_first < part.before_end && part.after_first < part.after_end &&
           before_[part.before_end - 1] == after_[part.after_end - 1]) {
      --part.before_end;
      --part.after_end;
    }
  }

  void add(const LineChange& part) {
    if (part.before_first == part.before_end && part.after_first == part.after_end) return;
    if (!changes_.empty() && changes_.back().before_end == part.before_first &&
        changes_.back().after_end == part.after_first) {
      changes_.back().before_end = part.before_end;
      changes_.back().after_end = part.after_end;
    } else {
      changes_.push_back(part);
    }
  }

  // A point on a shortest way through `part`, at neither of its ends; nullopt when that way is too
  // long. Both stretches have lines, and neither their first nor their last are equal.
  std::optional<std::pair<std::size_t, std::size_t>> find_middle(const LineChange& part) {
    const auto before = before_.subspan(part.before_first, part.before_end - part.before_first);
    const auto after = after_.subspan(part.after_first, part.after_end - part.after_first);
    Front forwards(before, after, Front::Direction::from_start);
    Front backwards(before, after, Front::Direction::from_end);
    const auto height = static_cast<std::ptrdiff_t>(before.size());
    const auto width = static_cast<std::ptrdiff_t>(after.size());
    const std::ptrdiff_t delta = height - width;
    const bool is_odd = delta % 2 != 0;
    const auto point = [&](std::ptrdiff_t x, std::ptrdiff_t y) {
      return std::pair(part.before_first + static_cast<std::size_t>(x),
                       part.after_first + static_cast<std::size_t>(y));
    };
    for (std::ptrdiff_t edits = 0; edits <= most_edits; ++edits) {
      for (std::ptrdiff_t diagonal = -edits; diagonal <= edits; diagonal += 2) {
        const std::ptrdiff_t x = forwards.advance(edits, diagonal);
        const bool is_met = is_odd && x + backwards.reached(edits - 1, delta - diagonal) >= height;
        if (is_met) return point(x, x - diagonal);
      }
      for (std::ptrdiff_t diagonal = -edits; diagonal <= edits; diagonal += 2) {
        const std::ptrdiff_t x = backwards.advance(edits, diagonal);
        const bool is_met = !is_odd && x + forwards.reached(edits, delta - diagonal) >= height;
        if (is_met) return point(height - x, width - (x - diagonal));
      }
    }
    return std::nullopt;
  }

  Numbers before_;
  Numbers after_;
  std::vector<LineChange> changes_;
};

using Names = std::unordered_map<std::string_view, Number>;

std::vector<Number> number(std::span<const std::string_view> lines, Names& names) {
  std::vector<Number> numbers;
  numbers.reserve(lines.size());
  for (const std::string_view line : lines) {
    numbers.push_back(names.try_emplace(line, static_cast<Number>(names.size())).first->second);
  }
  return numbers;
}

// With their line breaks, so that a last line without one is a line of its own.
std::vector<std::string_view> whole_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

// One side of a merge, walked along the base.
class Side {
 public:
  Side(std::span<const std::string_view> base, std::span<const std::string_view> lines)
      : lines_(lines), changes_(line_changes(base, lines)) {}

  // The next change that begins at or before line `end` of the base, or null.
  const LineChange* next_until(std::size_t end) const {
    if (at_ == changes_.size() || changes_[at_].before_first > end) return nullptr;
    return &changes_[at_];
  }
  const LineChange* next() const { return at_ == changes_.size() ? nullptr : &changes_[at_]; }
  void pass() { ++at_; }

  // Where line `position` of the base is here, all changes before being passed and none after.
  std::size_t here(std::size_t position) const {
    if (at_ == 0) return position;
    const LineChange& last = changes_[at_ - 1];
    return position - last.before_end + last.after_end;
  }
  std::string text(std::size_t first, std::size_t end) const {
    std::string text;
    for (const std::string_view line : lines_.subspan(first, end - first)) text += line;
    return text;
  }

 private:
  std::span<const std::string_view> lines_;
  std::vector<LineChange> changes_;
  std::size_t at_ = 0;
};

std::string line_range(std::size_t first, std::size_t end) {
  if (end <= first + 1) return std::to_string(first + 1);
  return std::to_string(first + 1) + "-" + std::to_string(end);
}

class Merge {
 public:
  explicit Merge(std::span<const std::string_view> base, std::span<const std::string_view> ours,
                 std::span<const std::string_view> theirs)
      : base_(base), ours_(base, ours), theirs_(base, theirs) {}

  MergedText run() {
    std::size_t position = 0;
    while (true) {
      const LineChange* const ours = ours_.next();
      const LineChange* const theirs = theirs_.next();
      if (ours == nullptr && theirs == nullptr) break;
      const std::size_t first = std::min(ours == nullptr ? base_.size() : ours->before_first,
                                         theirs == nullptr ? base_.size() : theirs->before_first);
      add_base(position, first);
      position = merge_region(first);
    }
    add_base(position, base_.size());
    if (!conflicts_.empty()) {
      return not_merged("lines of the base changed on both sides: " + enumerate(conflicts_));
    }
    return {std::move(text_), {}};
  }

 private:
  // All changes that overlap or touch, beginning at `first`; returns the end of the region.
  std::size_t merge_region(std::size_t first) {
    const std::size_t ours_first = ours_.here(first);
    const std::size_t theirs_first = theirs_.here(first);
    bool is_ours = false;
    bool is_theirs = false;
    std::size_t end = first;
    while (true) {
      if (const LineChange* const change = ours_.next_until(end)) {
        end = std::max(end, change->before_end);
        ours_.pass();
        is_ours = true;
      } else if (const LineChange* const other = theirs_.next_until(end)) {
        end = std::max(end, other->before_end);
        theirs_.pass();
        is_theirs = true;
      } else {
        break;
      }
    }
    std::string ours = ours_.text(ours_first, ours_.here(end));
    const std::string theirs = theirs_.text(theirs_first, theirs_.here(end));
    if (is_ours && is_theirs && ours != theirs) {
      conflicts_.push_back(line_range(first, end));
    } else {
      text_ += is_ours ? ours : theirs;
    }
    return end;
  }

  void add_base(std::size_t first, std::size_t end) {
    for (const std::string_view line : base_.subspan(first, end - first)) text_ += line;
  }

  std::span<const std::string_view> base_;
  Side ours_;
  Side theirs_;
  std::string text_;
  std::vector<std::string> conflicts_;
};

}  // namespace

std::vector<LineChange> line_changes(std::span<const std::string_view> before,
                                     std::span<const std::string_view> after) {
  Names names;
  const std::vector<Number> left = number(before, names);
  const std::vector<Number> right = number(after, names);
  return Comparison(left, right).run();
}

MergedText merge_by_lines(const ThreeVersions& versions) {
  if (!versions.base) return not_merged("added on both sides");
  return merge_readable(versions, [&] {
    const auto base = whole_lines(*versions.base);
    const auto ours = whole_lines(versions.ours);
    const auto theirs = whole_lines(versions.theirs);
    if (std::max({base.size(), ours.size(), theirs.size()}) > most_lines) {
      return not_merged("too many lines to be merged");
    }
    return Merge(base, ours, theirs).run();
  });
}

}  // namespace imgops
