#include "tests/support/layer_builder.hpp"

#include "libimgops/base/hasher.hpp"

namespace imgops::testing {
namespace {

PlannedMember planned(const LayerEntry& entry, const LayerEntry* source) {
  if (entry.kind() == EntryKind::whiteout) return PlannedMember(entry.path);
  const PlannedMember member(entry.path, &entry.inode, source);
  return entry.kind() == EntryKind::hard_link ? member.linked_to(entry.link_path()) : member;
}

}  // namespace

LayerBuilder::LayerBuilder() : index_(std::make_shared<LayerIndex>(DiffId{digest_of({})})) {
  index_->origin = Origin::memory;
}

EntryFields& LayerBuilder::add(EntryKind kind, std::string_view path) {
  keep_last();
  EntryFields& entry = last_.emplace();
  entry.kind = kind;
  entry.path = index_->keep(path);
  entry.inode.mode = 0644;
  return entry;
}

void LayerBuilder::keep_last() {
  if (last_) index_->entries.push_back(index_->keep(*last_));
  last_.reset();
}

LayerBuilder& LayerBuilder::file(std::string_view path, std::string_view text) {
  EntryFields& entry = add(EntryKind::file, path);
  Content& content = entry.inode.content;
  content.origin = index_.get();
  content.offset_bytes = index_->texts.size();
  content.size_bytes = text.size();
  content.fingerprint = fingerprint_of(as_bytes(text));
  index_->texts.emplace_back(text);
  return *this;
}

LayerBuilder& LayerBuilder::directory(std::string_view path, std::uint16_t mode) {
  EntryFields& entry = add(EntryKind::file, path);
  entry.inode.type = FileType::directory;
  entry.inode.mode = mode;
  return *this;
}

LayerBuilder& LayerBuilder::symlink(std::string_view path, std::string_view target) {
  EntryFields& entry = add(EntryKind::file, path);
  entry.inode.type = FileType::symlink;
  entry.inode.mode = 0777;
  entry.inode.link_target = index_->keep(target);
  return *this;
}

LayerBuilder& LayerBuilder::hard_link(std::string_view path, std::string_view target) {
  EntryFields& entry = add(EntryKind::hard_link, path);
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

InodeFields& LayerBuilder::last() {
  return last_.value().inode;
}

std::shared_ptr<const LayerIndex> LayerBuilder::build() {
  keep_last();
  return index_;
}

PlannedMember member_of(const LayerEntry& entry) {
  return planned(entry, &entry);
}

PlannedMember made_anew(const LayerEntry& entry) {
  return planned(entry, nullptr);
}

}  // namespace imgops::testing
