#include "tests/support/layer_builder.hpp"

#include "libimgops/base/hasher.hpp"

namespace imgops::testing {

LayerBuilder::LayerBuilder() : index_(std::make_shared<LayerIndex>(DiffId{digest_of({})})) {
  index_->origin = Origin::memory;
}

LayerEntry& LayerBuilder::add(EntryKind kind, std::string_view path) {
  LayerEntry entry;
  entry.kind = kind;
  entry.path = index_->keep(path);
  entry.inode.mode = 0644;
  index_->entries.push_back(entry);
  return index_->entries.back();
}

LayerBuilder& LayerBuilder::file(std::string_view path, std::string_view text) {
  LayerEntry& entry = add(EntryKind::file, path);
  Content& content = entry.inode.content;
  content.origin = index_.get();
  content.offset_bytes = index_->texts.size();
  content.size_bytes = text.size();
  content.fingerprint = fingerprint_of(as_bytes(text));
  index_->texts.emplace_back(text);
  return *this;
}

LayerBuilder& LayerBuilder::directory(std::string_view path, std::uint16_t mode) {
  LayerEntry& entry = add(EntryKind::file, path);
  entry.inode.type = FileType::directory;
  entry.inode.mode = mode;
  return *this;
}

LayerBuilder& LayerBuilder::symlink(std::string_view path, std::string_view target) {
  LayerEntry& entry = add(EntryKind::file, path);
  entry.inode.type = FileType::symlink;
  entry.inode.mode = 0777;
  entry.inode.link_target = index_->keep(target);
  return *this;
}

LayerBuilder& LayerBuilder::hard_link(std::string_view path, std::string_view target) {
  LayerEntry& entry = add(EntryKind::hard_link, path);
  entry.link_path = index_->keep(target);
  return *this;
}

LayerBuilder& LayerBuilder::whiteout(std::string_view path) {
  add(EntryKind::whiteout, path);
  return *this;
}

LayerBuilder& LayerBuilder::opaque(std::string_view path) {
  add(EntryKind::opaque, path);
  return *this;
}

Inode& LayerBuilder::last() {
  return index_->entries.back().inode;
}

std::shared_ptr<const LayerIndex> LayerBuilder::build() {
  return index_;
}

}  // namespace imgops::testing
