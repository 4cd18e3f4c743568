#include "libimgops/base/path.hpp"

#include <algorithm>

namespace imgops {

std::strong_ordering compare_paths(std::string_view left, std::string_view right) noexcept {
  const std::size_t common = std::min(left.size(), right.size());
  const auto [at, other] = std::mismatch(
      left.begin(), left.begin() + static_cast<std::ptrdiff_t>(common), right.begin());
  const auto index = static_cast<std::size_t>(at - left.begin());
  if (index == common) return left.size() <=> right.size();
  // The separator sorts before every other byte, so that a subtree is contiguous.
  const auto rank = [](char character) {
    return character == '/' ? 0 : static_cast<unsigned char>(character) + 1;
  };
  return rank(*at) <=> rank(*other);
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
