#include "libimgops/diff/made_files.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/hasher.hpp"

#include <utility>

namespace imgops {

MadeFiles::MadeFiles()
    : kept_(std::make_shared<Kept>()), index_(kept_->indexes.emplace_back(DiffId{digest_of({})})) {
  index_.origin = Origin::memory;
}

const LayerEntry& MadeFiles::add(EntryKind kind, std::string_view path, const InodeFields& inode,
                                 std::string_view link_path) {
  EntryFields entry;
  entry.kind = kind;
  entry.path = index_.keep(path);
  entry.link_path = index_.keep(link_path);
  entry.inode = inode;
  return kept_->entries.emplace_back(index_.keep(entry));
}

const Node* MadeFiles::file(std::string_view path, std::string text, const InodeFields& like) {
  InodeFields inode = like;
  inode.implied = false;
  inode.type = FileType::regular;
  inode.link_target = {};
  inode.device = {};
  inode.content = {};
  if (!text.empty()) {
    inode.content = {&index_, index_.texts.size(), text.size(), fingerprint_of(as_bytes(text)),
                     nullptr};
    index_.texts.push_back(std::move(text));
  }
  const LayerEntry& entry = add(EntryKind::file, path, inode);
  return &kept_->nodes.emplace_back(entry.path, entry, 0);
}

const Node* MadeFiles::second_name(std::string_view path, const Node& first) {
  const LayerEntry& entry =
      add(EntryKind::hard_link, path, fields_of(*first.inode()), first.path());
  const LinkedName& name = kept_->names.emplace_back(LinkedName{&entry, first.inode()});
  return &kept_->nodes.emplace_back(entry.path, name, 0);
}

const Node* MadeFiles::moved(std::string_view path, const Node& node) {
  const LayerEntry& entry = add(EntryKind::file, path, fields_of(*node.inode()));
  return &kept_->nodes.emplace_back(entry.path, entry, 0);
}

}  // namespace imgops
