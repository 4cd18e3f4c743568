#include "libimgops/tar/whiteout_name.hpp"

#include "libimgops/base/path.hpp"

namespace imgops {
namespace {

constexpr std::string_view marker_prefix = ".wh.";
constexpr std::string_view bookkeeping_prefix = ".wh..wh.";
constexpr std::string_view opaque_name = ".wh..wh..opq";

// ".wh..wh.plnk" and its like, and what is inside: only in the root, where AUFS kept them.
bool is_inside_bookkeeping(std::string_view path) {
  const std::string_view first = path.substr(0, path.find('/'));
  return first.size() < path.size() && first.starts_with(bookkeeping_prefix) &&
         !first.starts_with(opaque_name);
}

}  // namespace

Marker parse_marker(std::string_view path) {
  if (is_inside_bookkeeping(path)) return {MarkerKind::bookkeeping, {}};
  const std::string_view name = file_name(path);
  if (!name.starts_with(marker_prefix)) return {};
  if (name == opaque_name) return {MarkerKind::opaque, std::string(parent_path(path))};
  const std::string_view target = name.substr(marker_prefix.size());
  if (target.empty() || target == "." || target == "..") return {MarkerKind::invalid, {}};
  // A name that begins with ".wh." cannot exist, so its whiteout removes nothing (U19, U21, U25).
  if (target.starts_with(marker_prefix)) return {MarkerKind::bookkeeping, {}};
  return {MarkerKind::whiteout, join(parent_path(path), target)};
}

bool has_marker_component(std::string_view path) {
  if (is_inside_bookkeeping(path)) return false;
  for (std::size_t at = 0; at != std::string_view::npos;) {
    const std::size_t slash = path.find('/', at);
    if (slash == std::string_view::npos) return false;
    if (path.substr(at).starts_with(marker_prefix)) return true;
    at = slash + 1;
  }
  return false;
}

std::string whiteout_name(std::string_view path) {
  return join(parent_path(path), std::string(marker_prefix) + std::string(file_name(path)));
}

}  // namespace imgops
