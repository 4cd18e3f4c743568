// What separates two trees.
#pragma once

#include "libimgops/tree/tree.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace imgops {

// What of a path that exists on both sides differs (semantics C01, C05).
struct Differences {
  bool type : 1 = false;
  bool mode : 1 = false;
  bool owner : 1 = false;
  bool mtime : 1 = false;
  bool xattrs : 1 = false;
  bool link_target : 1 = false;
  bool device : 1 = false;
  bool content : 1 = false;
  bool links : 1 = false;  // joined or left a group of names that both trees have
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
  const Node* before = nullptr;  // null: added
  const Node* after = nullptr;   // null: deleted
  Differences differences;       // when both are there

  std::string_view path() const noexcept { return (after != nullptr ? after : before)->path(); }
};
using ChangeSet = std::vector<Change>;  // by path, paths unique

}  // namespace imgops
