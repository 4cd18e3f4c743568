// What a layer's markers meet below: which are useless, which break a link, what there is to say.
// Private to the room. Source: semantics U03–U27, P01, P09.
#pragma once

#include "libimgops/tree/change_tree.hpp"
#include "libimgops/tree/tree.hpp"

#include <string>
#include <vector>

namespace imgops {

// By binary search; null when there is none.
const ChangeMarker* find_marker(const std::vector<ChangeMarker>& markers, std::string_view path);

// Whether the layer's markers hide `path` of the lower tree.
bool is_hidden_by_markers(const ChangeTree& change, std::string_view path);

// Whether runtimes that invent a directory's metadata would invent just this (P01).
bool is_like_implied(const Inode& directory) noexcept;

// Reports, and returns the directories that exist only because a marker stands in them: where the
// lower tree has a symlink, the runtimes put a real, empty directory in its place (P09). By path,
// parents before children.
std::vector<std::string> judge_markers(const Tree& lower, const ChangeTree& change,
                                       bool is_lowest_layer, const Report& report);

}  // namespace imgops
