// What separates two trees.
#pragma once

#include "libimgops/tree/tree.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace imgops {

// What of a path that exists on both sides differs (semantics C01, C05).
struct Differences {
  bool type = false;
  bool mode = false;
  bool owner = false;
  bool mtime = false;
  bool xattrs = false;
  bool link_target = false;
  bool device = false;
  bool content = false;
  bool links = false;  // joined or left a group of names that both trees have
  bool any() const noexcept {
    return type || mode || owner || mtime || xattrs || link_target || device || content || links;
  }
  // Only mode, owner, mtime, xattrs or links: the bytes are the same.
  bool is_metadata_only() const noexcept {
    return any() && !type && !content && !link_target && !device;
  }
};

// Nodes are in the two trees compared, which must outlive the change. Never both null.
struct Change {
  std::string_view path;
  const Node* before = nullptr;  // null: added
  const Node* after = nullptr;   // null: deleted
  Differences differences;       // when both are there
};
using ChangeSet = std::vector<Change>;  // by path, paths unique

}  // namespace imgops
