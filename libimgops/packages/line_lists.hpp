// Files whose lines are records: sets of lines, and lines that a part of theirs tells apart.
#pragma once

#include "libimgops/base/verdict.hpp"
#include "libimgops/packages/merged_text.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

// Without their line breaks; a break at the end begins no line.
std::vector<std::string_view> split_lines(std::string_view text);

// The lines of theirs, without those that ours removed, with those that ours added behind their
// neighbours. Gives up only for size. Such are etc/shells, etc/apk/world, the triggers of dpkg.
MergedText merge_line_set(const ThreeVersions& versions);

// Lines told apart by `key_of`; one changed two ways is a conflict, which `policy` may settle.
// `what` is plural: "checksums".
using LineKey = std::function<std::string(std::string_view line)>;
MergedText merge_keyed_lines(const ThreeVersions& versions, const LineKey& key_of,
                             MergePolicy policy, std::string_view what);

// Fields of a line between `separator`s; empty ones count.
std::vector<std::string_view> split_fields(std::string_view line, char separator);

}  // namespace imgops
