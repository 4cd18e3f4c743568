#include "libimgops/diff/made_files.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/hasher.hpp"

#include <utility>

namespace imgops {

MadeFiles::MadeFiles()
    : kept_(std::make_shared<Kept>()), index_(kept_->indexes.emplace_back(DiffId{digest_of({})})) {
  index_.origin = Origin::memory;
}

LayerEntry& MadeFiles::add(EntryKind kind, std::string_view path) {
  LayerEntry& entry = kept_->entries.emplace_back();
  entry.kind = kind;
  entry.path = index_.keep(path);
  return entry;
}

const Node* MadeFiles::file(std::string_view path, std::string text, const Inode& like) {
  LayerEntry& entry = add(EntryKind::file, path);
  entry.inode = like;
  entry.inode.implied = false;
  entry.inode.type = FileType::regular;
  entry.inode.link_target = {};
  entry.inode.device = {};
  entry.inode.content = {};
  if (!text.empty()) {
    entry.inode.content = {&index_, index_.texts.size(), text.size(),
                           fingerprint_of(as_bytes(text)), nullptr};
    index_.texts.push_back(std::move(text));
  }
  return &kept_->nodes.emplace_back(Node{entry.path, &entry.inode, &entry, &index_, 0});
}

const Node* MadeFiles::second_name(std::string_view path, const Node& first) {
  LayerEntry& entry = add(EntryKind::hard_link, path);
  entry.inode = *first.inode;
  entry.link_path = index_.keep(first.path);
  return &kept_->nodes.emplace_back(Node{entry.path, first.inode, &entry, &index_, 0});
}

const Node* MadeFiles::moved(std::string_view path, const Node& node) {
  LayerEntry& entry = add(EntryKind::file, path);
  entry.inode = *node.inode;
  return &kept_->nodes.emplace_back(Node{entry.path, &entry.inode, &entry, &index_, 0});
}

}  // namespace imgops
