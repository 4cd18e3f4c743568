// Every limit on what an archive may claim, in one place. Source: docs/security.md, Limits.
#pragma once

#include <cstddef>
#include <cstdint>

namespace imgops::limits {

inline constexpr std::uint64_t extension_header_bytes = 1 << 20;  // pax, GNU long name or link
inline constexpr std::uint64_t extension_headers_of_a_member_bytes = 4 << 20;  // however many
inline constexpr std::uint64_t sparse_map_bytes = 1 << 20;
inline constexpr std::size_t path_write_bytes = 4095;  // PATH_MAX with its NUL
inline constexpr std::size_t component_write_bytes = 255;
inline constexpr std::size_t symlinks_followed = 40;
inline constexpr std::size_t tree_depth = 2048;
inline constexpr std::size_t xattr_value_bytes = 64 * 1024;
inline constexpr std::size_t xattrs_of_a_node_bytes = 1 << 20;
inline constexpr std::size_t layer_entries = 4'000'000;
inline constexpr std::size_t view_nodes = 4'000'000;
inline constexpr std::uint64_t layer_strings_bytes = 1ULL << 30;  // names, targets, xattrs
inline constexpr std::uint32_t largest_id = 0xFFFFFFFE;
inline constexpr std::int64_t largest_mtime_seconds = (1LL << 33) - 1;  // written; view keeps all

}  // namespace imgops::limits
