#include "tools/imgops/listing.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/path.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/selection.hpp"

#include <fmt/format.h>

namespace imgops::cli {
namespace {

char type_letter(FileType type) noexcept {
  switch (type) {
    case FileType::regular:
      return '-';
    case FileType::directory:
      return 'd';
    case FileType::symlink:
      return 'l';
    case FileType::character_device:
      return 'c';
    case FileType::block_device:
      return 'b';
    case FileType::fifo:
      return 'p';
  }
  return '?';
}

// One of the three groups; `special` is its letter for setuid, setgid or sticky, or 0.
std::string mode_group(unsigned bits, char special) {
  std::string text;
  text += (bits & 4U) != 0 ? 'r' : '-';
  text += (bits & 2U) != 0 ? 'w' : '-';
  const bool executable = (bits & 1U) != 0;
  if (special == 0) {
    text += executable ? 'x' : '-';
  } else {
    text += executable ? special : static_cast<char>(special - 'a' + 'A');
  }
  return text;
}

std::string shown_name(const ListedFile& file, NameStyle style) {
  if (style == NameStyle::whole || file.path.empty()) return shown_path(file.path);
  return printable(file_name(file.path));
}

std::string marker_note(EntryKind kind) {
  if (kind == EntryKind::whiteout) return " (whiteout)";
  return kind == EntryKind::opaque ? " (opaque)" : "";
}

std::string size_text(const Context& context, const Inode& inode) {
  if (inode.type() == FileType::character_device || inode.type() == FileType::block_device) {
    return fmt::format("{},{}", inode.device().major, inode.device().minor);
  }
  return inode.type() == FileType::regular ? shown_size(context, inode.content().size_bytes) : "0B";
}

Json xattrs_json(const Inode& inode) {
  Json json = Json::object();
  if (inode.xattrs() == nullptr) return json;
  for (const ExtendedAttribute& attribute : *inode.xattrs()) {
    json[attribute.name] = to_base64(attribute.value);
  }
  return json;
}

void put_inode(Json& json, const Inode& inode) {
  json["mode"] = fmt::format("{:04o}", inode.mode());
  json["uid"] = inode.uid();
  json["gid"] = inode.gid();
  json["size"] = inode.type() == FileType::regular ? inode.content().size_bytes : 0;
  json["mtime"] = to_rfc3339(inode.mtime());
  if (inode.type() == FileType::symlink) put_bytes(json, "link", inode.link_target());
  if (inode.type() == FileType::character_device || inode.type() == FileType::block_device) {
    json["device"] = {inode.device().major, inode.device().minor};
  }
  if (inode.xattrs() != nullptr) json["xattrs"] = xattrs_json(inode);
}

std::string_view kind_name(const ListedFile& file) {
  switch (file.kind) {
    case EntryKind::whiteout:
      return "whiteout";
    case EntryKind::opaque:
      return "opaque";
    case EntryKind::hard_link:
      return "hardlink";
    case EntryKind::file:
      break;
  }
  return type_name(file.inode->type());
}

}  // namespace

std::string_view type_name(FileType type) noexcept {
  switch (type) {
    case FileType::regular:
      return "file";
    case FileType::directory:
      return "directory";
    case FileType::symlink:
      return "symlink";
    case FileType::character_device:
      return "character-device";
    case FileType::block_device:
      return "block-device";
    case FileType::fifo:
      return "fifo";
  }
  return "";
}

ListedFile listed(const Node& node) {
  return {node.path(), EntryKind::file, node.inode(), {}, node.layer_number()};
}

ListedFile listed(const LayerEntry& entry, std::size_t layer) {
  const bool is_marker = entry.kind() == EntryKind::whiteout || entry.kind() == EntryKind::opaque;
  return {entry.path, entry.kind(), is_marker ? nullptr : &entry.inode, entry.link_path(), layer};
}

std::string mode_text(const Inode& inode) {
  const unsigned mode = inode.mode();
  std::string text(1, type_letter(inode.type()));
  text += mode_group((mode >> 6U) & 7U, (mode & 04000U) != 0 ? 's' : '\0');
  text += mode_group((mode >> 3U) & 7U, (mode & 02000U) != 0 ? 's' : '\0');
  text += mode_group(mode & 7U, (mode & 01000U) != 0 ? 't' : '\0');
  return text;
}

Table long_table() {
  return Table({{""}, {"", Align::right}, {"", Align::right}, {""}, {""}, {""}});
}

void add_long_row(const Context& context, Table& table, const ListedFile& file,
                  std::size_t layer_count, NameStyle style) {
  const std::string layer = file.layer ? layer_revision(*file.layer, layer_count) : "";
  std::string name = shown_name(file, style) + marker_note(file.kind);
  if (file.inode == nullptr) {
    table.add({"w---------", "", "", "", layer, std::move(name)});
    return;
  }
  if (file.kind == EntryKind::hard_link) name += " = " + shown_path(file.link_path);
  if (file.inode->type() == FileType::symlink)
    name += " -> " + printable(file.inode->link_target());
  const Timestamp whole_seconds{file.inode->mtime().seconds, 0};
  table.add({mode_text(*file.inode), fmt::format("{}:{}", file.inode->uid(), file.inode->gid()),
             size_text(context, *file.inode), to_rfc3339(whole_seconds), layer, std::move(name)});
}

std::string short_line(const ListedFile& file, NameStyle style) {
  return shown_name(file, style) + marker_note(file.kind) + "\n";
}

Json file_json(const ListedFile& file, std::size_t layer_count) {
  Json json = Json::object();
  put_path(json, "path", file.path);
  json["type"] = kind_name(file);
  if (file.inode != nullptr) put_inode(json, *file.inode);
  if (file.kind == EntryKind::hard_link) put_path(json, "link", file.link_path);
  if (file.layer) {
    json["layer"] = *file.layer;
    json["rev"] = layer_revision(*file.layer, layer_count);
  }
  return json;
}

}  // namespace imgops::cli
