// ".wh." names to and from their meaning. Above `tar` and `layer` nobody sees them.
// Source: OCI image-spec v1.1, layer.md "Whiteouts"; semantics U18–U25.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace imgops {

enum class MarkerKind : std::uint8_t {
  none,         // an ordinary name
  whiteout,     // removes `target`
  opaque,       // hides the lower children of `target`, a directory
  bookkeeping,  // of AUFS: no meaning (U20, U21)
  invalid       // to be rejected with WH-NAME (U18)
};

struct Marker {
  MarkerKind kind = MarkerKind::none;
  std::string target;  // canonical path; empty for none, bookkeeping and invalid, and for the root
};

// Judges the last component of a canonical path.
Marker parse_marker(std::string_view path);
// Whether a component other than the last begins with ".wh." (U23); AUFS bookkeeping at the root
// (".wh..wh.plnk/…") is not meant.
bool has_marker_component(std::string_view path);
// "usr/.wh.lib" for "usr/lib".
std::string whiteout_name(std::string_view path);

}  // namespace imgops
