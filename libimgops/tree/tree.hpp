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

// A name whose file is not the one its entry describes: a hard link, or a file that links changed.
struct LinkedName {
  const LayerEntry* entry = nullptr;
  const Inode* inode = nullptr;
};

// A name and its file. Nodes that are no directories and have one inode() are hard links of each
// other. Small, since a view has one for each name; what it is made of outlives it.
class Node {
 public:
  // `layer_number` is the position in the stack of who provided the name.
  Node(std::string_view path, const LayerEntry& entry, std::uint32_t layer_number) noexcept
      : Node(path, Description::entry, layer_number) {
    entry_ = &entry;
  }
  Node(std::string_view path, const LinkedName& name, std::uint32_t layer_number) noexcept
      : Node(path, Description::name, layer_number) {
    name_ = &name;
  }
  // No entry describes the name: it is implied, or made up.
  Node(std::string_view path, const Inode& inode, std::uint32_t layer_number) noexcept
      : Node(path, Description::none, layer_number) {
    inode_ = &inode;
  }

  std::string_view path() const noexcept { return {path_, path_bytes_}; }  // canonical; "": root
  const Inode* inode() const noexcept {                                    // never null
    if (description_ == Description::entry) return &entry_->inode;
    return description_ == Description::name ? name_->inode : inode_;
  }
  // What described this name; null for implied directories.
  const LayerEntry* entry() const noexcept {
    if (description_ == Description::entry) return entry_;
    return description_ == Description::name ? name_->entry : nullptr;
  }
  // The index entry() belongs to, or null with it.
  const LayerIndex* layer() const noexcept {
    const LayerEntry* const described = entry();
    return described == nullptr ? nullptr : described->layer();
  }
  std::uint32_t layer_number() const noexcept { return layer_number_; }

  Node renamed(std::string_view path) const noexcept {
    Node result = *this;
    result.path_ = path.data();
    result.path_bytes_ = static_cast<std::uint32_t>(path.size());
    return result;
  }

 private:
  enum class Description : std::uint8_t { entry, name, none };
  static constexpr std::uint32_t most_layers = (1U << 24U) - 1;

  Node(std::string_view path, Description description, std::uint32_t layer_number) noexcept
      : path_(path.data()),
        path_bytes_(static_cast<std::uint32_t>(path.size())),
        layer_number_(layer_number & most_layers),
        description_(description) {}

  const char* path_;
  union {
    const LayerEntry* entry_;
    const LinkedName* name_;
    const Inode* inode_;
  };
  std::uint32_t path_bytes_;
  std::uint32_t layer_number_ : 24;
  Description description_ : 8;
};
static_assert(sizeof(Node) == 24);

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
