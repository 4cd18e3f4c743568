// The two documents every layout has. Source: OCI image-spec v1.1, image-layout.md; semantics J14.
#pragma once

#include "libimgops/image/index.hpp"

#include <filesystem>

namespace imgops {

// Throws Error(not_found) when nothing there looks like a layout, Error(corrupt) with LAYOUT when
// the marker is missing, unreadable or of another version than 1.0.0.
void require_layout(const std::filesystem::path& layout);

// index.json as it is now. Throws Error(corrupt), with LAYOUT when it is missing.
Index read_layout_index(const std::filesystem::path& layout);

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
