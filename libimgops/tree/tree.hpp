// What a stack of layers amounts to: every path that shows, once. A value; nodes point into the
// indexes of the layers they came from, which the tree keeps alive.
#pragma once

#include "libimgops/layer/layer_entry.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace imgops {

// A name and its file. Nodes that are no directories and have one `inode` are hard links of each
// other.
struct Node {
  std::string_view path;              // canonical; "" is the root
  const Inode* inode = nullptr;       // never null
  const LayerEntry* entry = nullptr;  // what described this name; null for implied directories
  const LayerIndex* layer = nullptr;  // the index `entry` belongs to, or null with it
  std::uint32_t layer_number = 0;     // position in the stack of who provided the name
};

// Sorted by compare_paths, paths unique, root always first; every node's parent is a directory
// node.
class Tree {
 public:
  Tree();  // the root alone, implied
  // `nodes` as above; `owners` keep alive what they point into.
  Tree(std::vector<Node> nodes, std::vector<std::shared_ptr<const void>> owners);

  std::span<const Node> nodes() const noexcept { return nodes_; }
  const Node* find(std::string_view path) const noexcept;
  // `path` itself, if there, and all below it: contiguous.
  std::span<const Node> subtree(std::string_view path) const noexcept;
  const std::vector<std::shared_ptr<const void>>& owners() const noexcept { return owners_; }

 private:
  std::vector<Node> nodes_;
  std::vector<std::shared_ptr<const void>> owners_;
};

// The names of each file that has more than one, by path; groups by their first name.
using LinkGroups = std::vector<std::vector<const Node*>>;
LinkGroups link_groups(const Tree& tree);

}  // namespace imgops
