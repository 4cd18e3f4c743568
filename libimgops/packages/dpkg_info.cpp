#include "libimgops/packages/dpkg_info.hpp"

#include "libimgops/packages/control_merge.hpp"
#include "libimgops/packages/keyed_merge.hpp"
#include "libimgops/packages/line_lists.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace imgops {
namespace {

struct Diversion {
  std::array<std::string_view, 3> lines;  // from, to, package
  friend bool operator==(const Diversion&, const Diversion&) = default;
};

std::vector<Diversion> diversions_of(std::string_view text) {
  const std::vector<std::string_view> lines = split_lines(text);
  if (lines.size() % 3 != 0) throw Error(ErrorKind::corrupt, "diversions: not three lines each");
  std::vector<Diversion> diversions;
  for (std::size_t at = 0; at < lines.size(); at += 3) {
    diversions.push_back({{lines[at], lines[at + 1], lines[at + 2]}});
  }
  return diversions;
}

}  // namespace

MergedText merge_checksums(const ThreeVersions& versions, MergePolicy policy) {
  const auto path_of = [](std::string_view line) {
    const std::size_t blank = std::min(line.find("  "), line.size());
    return std::string(line.substr(blank));
  };
  return merge_keyed_lines(versions, path_of, policy, "checksums");
}

MergedText merge_diversions(const ThreeVersions& versions, MergePolicy policy) {
  return merge_readable(versions, [&] {
    const auto base = diversions_of(versions.base.value_or(std::string_view()));
    const auto ours = diversions_of(versions.ours);
    const auto theirs = diversions_of(versions.theirs);
    const auto merged = merge_keyed<Diversion>(
        {base, ours, theirs}, [](const Diversion& one) { return std::string(one.lines[0]); },
        std::equal_to<>(), [](const auto&) { return std::optional<Diversion>(); }, policy);
    std::string text;
    for (const Diversion& diversion : merged.records) {
      for (const std::string_view line : diversion.lines) {
        text += line;
        text += '\n';
      }
    }
    return conclude(merged.conflicts, merged.settled, policy, "diversions", std::move(text));
  });
}

MergedText merge_stat_overrides(const ThreeVersions& versions, MergePolicy policy) {
  const auto path_of = [](std::string_view line) {
    for (int field = 0; field < 3 && !line.empty(); ++field) {
      line.remove_prefix(std::min(line.find(' '), line.size() - 1) + 1);
    }
    return std::string(line);
  };
  return merge_keyed_lines(versions, path_of, policy, "overrides");
}

}  // namespace imgops
