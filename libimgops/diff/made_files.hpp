// Nodes that no layer holds: merged texts, and names of files that were joined. Private to the
// room.
#pragma once

#include "libimgops/layer/layer_entry.hpp"
#include "libimgops/tree/tree.hpp"

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

// Nodes stay valid as long as this object or one of its owners() lives.
class MadeFiles {
 public:
  MadeFiles();

  // A regular file at `path` with this text; attributes from `like`.
  const Node* file(std::string_view path, std::string text, const InodeFields& like);
  // Another name, `path`, of the file of `first`, which keeps its own.
  const Node* second_name(std::string_view path, const Node& first);
  // `node` under another path; a file of its own.
  const Node* moved(std::string_view path, const Node& node);

  std::vector<std::shared_ptr<const void>> owners() const { return {kept_}; }

 private:
  struct Kept {
    std::deque<LayerIndex> indexes;  // one, address-stable
    std::deque<LayerEntry> entries;
    std::deque<LinkedName> names;
    std::deque<Node> nodes;
  };
  const LayerEntry& add(EntryKind kind, std::string_view path, const InodeFields& inode,
                        std::string_view link_path = {});
  std::shared_ptr<Kept> kept_;
  LayerIndex& index_;
};

}  // namespace imgops
