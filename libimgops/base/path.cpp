#include "libimgops/base/path.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace imgops {
namespace {

std::uint64_t eight_bytes(const char* at) {
  std::uint64_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return value;
}

// Where two texts of `size` bytes first differ; `size` when they do not. Names of a tree have long
// beginnings in common, so eight bytes at a time.
std::size_t first_difference(const char* left, const char* right, std::size_t size) {
  std::size_t at = 0;
  for (; at + 8 <= size; at += 8) {
    if (eight_bytes(left + at) != eight_bytes(right + at)) break;
  }
  while (at < size && left[at] == right[at]) ++at;
  return at;
}

}  // namespace

std::strong_ordering compare_paths(std::string_view left, std::string_view right) noexcept {
  // Trees of related images share their names' bytes.
  if (left.data() == right.data()) return left.size() <=> right.size();
  const std::size_t common = std::min(left.size(), right.size());
  const std::size_t index = first_difference(left.data(), right.data(), common);
  if (index == common) return left.size() <=> right.size();
  // The separator sorts before every other byte, so that a subtree is contiguous.
  const auto rank = [](char character) {
    return character == '/' ? 0 : static_cast<unsigned char>(character) + 1;
  };
  return rank(left[index]) <=> rank(right[index]);
}

std::string_view parent_path(std::string_view path) noexcept {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string_view file_name(std::string_view path) noexcept {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool is_below(std::string_view path, std::string_view directory) noexcept {
  if (directory.empty()) return !path.empty();
  return path.size() > directory.size() && path[directory.size()] == '/' &&
         path.starts_with(directory);
}

std::string join(std::string_view directory, std::string_view name) {
  if (directory.empty()) return std::string(name);
  std::string result;
  result.reserve(directory.size() + 1 + name.size());
  result += directory;
  result += '/';
  result += name;
  return result;
}

std::optional<std::string> canonical_path(std::string_view spelling) {
  std::string result;
  result.reserve(spelling.size());
  while (!spelling.empty()) {
    const std::size_t slash = spelling.find('/');
    const std::string_view component = spelling.substr(0, slash);
    spelling = slash == std::string_view::npos ? std::string_view() : spelling.substr(slash + 1);
    if (component.empty() || component == ".") continue;
    if (component == "..") {
      if (result.empty()) return std::nullopt;
      result.resize(parent_path(result).size());
      continue;
    }
    if (!result.empty()) result += '/';
    result += component;
  }
  return result;
}

}  // namespace imgops
