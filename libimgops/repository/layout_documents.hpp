// The two documents every layout has. Source: OCI image-spec v1.1, image-layout.md; semantics J14.
#pragma once

#include "libimgops/image/index.hpp"

#include <filesystem>
#include <string>

namespace imgops {

// Throws Error(not_found) when nothing there looks like a layout, Error(corrupt) with LAYOUT when
// the marker is missing, unreadable or of another version than 1.0.0.
void require_layout(const std::filesystem::path& layout);

// index.json as it is now, and what its text says. Throw Error(corrupt), with LAYOUT when it is
// missing.
std::string read_layout_index_text(const std::filesystem::path& layout);
Index parse_layout_index(const std::filesystem::path& layout, std::string text);
inline Index read_layout_index(const std::filesystem::path& layout) {
  return parse_layout_index(layout, read_layout_index_text(layout));
}

inline std::filesystem::path layout_marker_path(const std::filesystem::path& layout) {
  return layout / "oci-layout";
}
inline std::filesystem::path layout_index_path(const std::filesystem::path& layout) {
  return layout / "index.json";
}
inline std::filesystem::path state_directory_of(const std::filesystem::path& layout) {
  return layout / ".imgops";
}
inline constexpr const char* layout_marker_text = "{\"imageLayoutVersion\":\"1.0.0\"}\n";

}  // namespace imgops
