// Names inside an image. A canonical path is relative to the root, without a leading or trailing
// slash, without empty, "." or ".." components: "usr/lib/b"; the root itself is "". Bytes, no
// encoding (semantics N02, N10, C07). The engine passes canonical paths as string views.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace imgops {

// Component order: a directory comes right before what is inside it, and all of that before its
// next sibling: "a", "a/b", "a-b". (Byte order would put "a-b" between "a" and "a/b".)
std::strong_ordering compare_paths(std::string_view left, std::string_view right) noexcept;

struct PathLess {
  using is_transparent = void;
  bool operator()(std::string_view left, std::string_view right) const noexcept {
    return compare_paths(left, right) < 0;
  }
};

// "usr/lib" of "usr/lib/b"; "" of "usr" and of "".
std::string_view parent_path(std::string_view path) noexcept;
// "b" of "usr/lib/b".
std::string_view file_name(std::string_view path) noexcept;
// Whether `path` is strictly below `directory`; everything but the root is below "".
bool is_below(std::string_view path, std::string_view directory) noexcept;
std::string join(std::string_view directory, std::string_view name);

// What `spelling` means, cleaned lexically: "./a//b/../c" and "/a/c" are "a/c". Nullopt when `..`
// leaves the root.
std::optional<std::string> canonical_path(std::string_view spelling);

}  // namespace imgops
