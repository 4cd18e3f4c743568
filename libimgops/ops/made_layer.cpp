#include "libimgops/ops/made_layer.hpp"

#include "libimgops/base/hasher.hpp"

#include <utility>

namespace imgops {

MadeLayer::MadeLayer() : index_(std::make_shared<LayerIndex>(DiffId{digest_of({})})) {
  index_->origin = Origin::memory;
}

void MadeLayer::add_text(std::string_view path, std::string text, std::uint16_t mode,
                         Timestamp mtime) {
  LayerEntry& entry = add(EntryKind::file, path);
  entry.inode.mode = mode;
  entry.inode.mtime = mtime;
  set_text(entry, std::move(text));
}

void MadeLayer::add_text(std::string_view path, std::string text, const Inode& like) {
  LayerEntry& entry = add(EntryKind::file, path);
  entry.inode.mode = like.mode;
  entry.inode.uid = like.uid;
  entry.inode.gid = like.gid;
  entry.inode.mtime = like.mtime;
  entry.inode.xattrs = like.xattrs;
  set_text(entry, std::move(text));
}

void MadeLayer::add_whiteout(std::string_view path) {
  add(EntryKind::whiteout, path);
}

LayerEntry& MadeLayer::add_entry(const LayerEntry& entry, std::string_view path,
                                 std::string_view link_path) {
  LayerEntry copy = entry;
  copy.verbatim = false;
  copy.path = index_->keep(path);
  copy.link_path = index_->keep(link_path);
  index_->entries.push_back(copy);
  return index_->entries.back();
}

LayerEntry& MadeLayer::add(EntryKind kind, std::string_view path) {
  LayerEntry& entry = index_->entries.emplace_back();
  entry.kind = kind;
  entry.path = index_->keep(path);
  return entry;
}

void MadeLayer::set_text(LayerEntry& entry, std::string text) {
  if (text.empty()) return;
  Content& content = entry.inode.content;
  content.origin = index_.get();
  content.offset_bytes = index_->texts.size();
  content.size_bytes = text.size();
  content.fingerprint = fingerprint_of(as_bytes(text));
  index_->texts.push_back(std::move(text));
}

}  // namespace imgops
