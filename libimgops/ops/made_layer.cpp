#include "libimgops/ops/made_layer.hpp"

#include "libimgops/base/hasher.hpp"

#include <utility>

namespace imgops {

MadeLayer::MadeLayer() : index_(std::make_shared<LayerIndex>(DiffId{digest_of({})})) {
  index_->origin = Origin::memory;
}

void MadeLayer::add_text(std::string_view path, std::string text, std::uint16_t mode,
                         Timestamp mtime) {
  InodeFields inode;
  inode.mode = mode;
  inode.mtime = mtime;
  add_file(path, inode, std::move(text));
}

void MadeLayer::add_text(std::string_view path, std::string text, const Inode& like) {
  InodeFields inode;
  inode.mode = like.mode();
  inode.uid = like.uid();
  inode.gid = like.gid();
  inode.mtime = like.mtime();
  inode.xattrs = like.xattrs();
  add_file(path, inode, std::move(text));
}

void MadeLayer::add_whiteout(std::string_view path) {
  EntryFields entry;
  entry.kind = EntryKind::whiteout;
  add_entry(entry, path);
}

void MadeLayer::add_entry(EntryFields entry, std::string_view path, std::string_view link_path) {
  entry.verbatim = false;
  entry.path = index_->keep(path);
  entry.link_path = index_->keep(link_path);
  index_->entries.push_back(index_->keep(entry));
}

void MadeLayer::add_file(std::string_view path, const InodeFields& inode, std::string text) {
  EntryFields entry;
  entry.inode = inode;
  if (!text.empty()) {
    entry.inode.content = {index_.get(), index_->texts.size(), text.size(),
                           fingerprint_of(as_bytes(text)), nullptr};
    index_->texts.push_back(std::move(text));
  }
  add_entry(entry, path);
}

}  // namespace imgops
