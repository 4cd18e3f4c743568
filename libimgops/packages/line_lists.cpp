#include "libimgops/packages/line_lists.hpp"

#include "libimgops/packages/control_merge.hpp"
#include "libimgops/packages/keyed_merge.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace imgops {
namespace {

struct Line {
  std::string_view text;
  std::string key;
};

// A key that comes again gets its number, so that repeated lines (comments, blank ones) stay.
enum class Repetition : std::uint8_t { numbered, as_it_is };

std::vector<Line> lines_of(std::string_view text, const LineKey& key_of, Repetition repetition) {
  std::vector<Line> lines;
  std::map<std::string, std::size_t> seen;
  for (const std::string_view line : split_lines(text)) {
    std::string key = key_of(line);
    if (repetition == Repetition::numbered) {
      const std::size_t count = ++seen[key];
      if (count > 1) key += '\n' + std::to_string(count);
    }
    lines.push_back({line, std::move(key)});
  }
  return lines;
}

MergedText merge_lines(const ThreeVersions& versions, const LineKey& key_of, Repetition repetition,
                       MergePolicy policy, std::string_view what) {
  return merge_readable(versions, [&] {
    const auto base = lines_of(versions.base.value_or(std::string_view()), key_of, repetition);
    const auto ours = lines_of(versions.ours, key_of, repetition);
    const auto theirs = lines_of(versions.theirs, key_of, repetition);
    const auto merged = merge_keyed<Line>(
        {base, ours, theirs}, [](const Line& line) { return line.key; },
        [](const Line& left, const Line& right) { return left.text == right.text; },
        [](const auto&) { return std::optional<Line>(); }, policy);
    std::string text;
    for (const Line& line : merged.records) {
      text += line.text;
      text += '\n';
    }
    return conclude(merged.conflicts, merged.settled, policy, what, std::move(text));
  });
}

}  // namespace

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

MergedText merge_line_set(const ThreeVersions& versions) {
  const auto itself = [](std::string_view line) { return std::string(line); };
  return merge_lines(versions, itself, Repetition::numbered, MergePolicy::theirs, "lines");
}

MergedText merge_keyed_lines(const ThreeVersions& versions, const LineKey& key_of,
                             MergePolicy policy, std::string_view what) {
  return merge_lines(versions, key_of, Repetition::as_it_is, policy, what);
}

std::vector<std::string_view> split_fields(std::string_view line, char separator) {
  std::vector<std::string_view> fields;
  while (true) {
    const std::size_t end = line.find(separator);
    fields.push_back(line.substr(0, end));
    if (end == std::string_view::npos) return fields;
    line.remove_prefix(end + 1);
  }
}

}  // namespace imgops
