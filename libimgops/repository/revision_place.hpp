// The front of a revision: transport and path, and what is left behind them.
#pragma once

#include "libimgops/repository/revision.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace imgops {

struct TransportPrefix {
  Transport transport = Transport::selected_layout;
  std::size_t length = 0;  // of "oci:" and the like; 0 for the selected layout
};
// Throws Error(invalid_argument), with the list of transports, for one that is none of ours.
TransportPrefix transport_prefix(std::string_view word);

struct RevisionPlace {
  Transport transport = Transport::selected_layout;
  std::string path;
};
struct PlacedWord {
  RevisionPlace place;
  std::string rest;  // ref, "@…", suffixes; may be empty
};
// Nullopt for a word of the selected layout. Looks at the disk for one thing only: whether PATH of
// PATH:TAG is a layout. Throws Error(invalid_argument).
std::optional<PlacedWord> split_place(std::string_view word,
                                      std::span<const std::string> known_names);

// A ref with suffixes in a place that is known; `text` is what was written.
Revision parse_within(const RevisionPlace& place, std::string_view rest,
                      std::span<const std::string> known_names, std::string_view text);

bool is_known(std::span<const std::string> known_names, std::string_view word);

}  // namespace imgops
