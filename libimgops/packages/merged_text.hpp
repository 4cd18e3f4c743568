// A document merged from three, or why there is none.
#pragma once

#include "libimgops/base/error.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace imgops {

// Documents larger than this are not merged: the largest package databases have a few MiB and some
// hundred thousand lines, and a record takes some hundred bytes a line.
inline constexpr std::size_t largest_merged_bytes = std::size_t{32} * 1024 * 1024;
inline constexpr std::size_t most_merged_lines = 500'000;

// The three versions, whole. `base` is absent where both sides added the document.
struct ThreeVersions {
  std::optional<std::string_view> base;
  std::string_view ours;
  std::string_view theirs;
};

struct MergedText {
  std::optional<std::string> text;
  // Why there is none, or what a policy settled; one printable line, empty when there is no more to
  // say.
  std::string reason;
};

MergedText not_merged(std::string_view reason);

bool is_too_large(const ThreeVersions& versions);

// "a, b, c and 4 more", at most this many; printable.
inline constexpr std::size_t most_enumerated = 5;
std::string enumerate(std::span<const std::string> names);

// Runs `merge`, which may throw Error(corrupt) for what it cannot read: that is the reason then.
// Documents that are too large are not tried.
template <class Merge>
MergedText merge_readable(const ThreeVersions& versions, const Merge& merge) {
  if (is_too_large(versions)) return not_merged("too large to be merged");
  try {
    return merge();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt) throw;
    return not_merged(error.what());
  }
}

}  // namespace imgops
