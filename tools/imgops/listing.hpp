// Files of an image as lines and objects, for ls, find and show.
#pragma once

#include "libimgops/base/json.hpp"
#include "libimgops/layer/layer_entry.hpp"
#include "libimgops/tree/tree.hpp"
#include "tools/imgops/context.hpp"
#include "tools/imgops/table.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgops::cli {

// One name. Views point into a tree or an index that outlives it.
struct ListedFile {
  std::string_view path;
  EntryKind kind = EntryKind::file;
  const Inode* inode = nullptr;      // null for whiteouts and opaque markers
  std::string_view link_path;        // of hard links
  std::optional<std::size_t> layer;  // position, bottom is 0
};

ListedFile listed(const Node& node);
ListedFile listed(const LayerEntry& entry, std::size_t layer);

enum class NameStyle : std::uint8_t { whole, last_component };
// A table for `ls -l`.
Table long_table();
void add_long_row(const Context& context, Table& table, const ListedFile& file,
                  std::size_t layer_count, NameStyle style);
// The line of plain `ls`.
std::string short_line(const ListedFile& file, NameStyle style);
// path type mode uid gid size mtime link xattrs layer rev.
Json file_json(const ListedFile& file, std::size_t layer_count);

// "drwxr-xr-x".
std::string mode_text(const Inode& inode);
std::string_view type_name(FileType type) noexcept;

}  // namespace imgops::cli
