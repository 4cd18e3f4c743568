// Names of a layer's trie: (directory number, name) -> node number.
#pragma once

#include "libimgops/base/hasher.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/tree/change_tree.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace imgops {

// Open addressing over numbers only; names are read from the nodes. Seeded with an address, since
// names come from strangers (security T27).
class NameTable {
 public:
  static constexpr std::uint32_t none = UINT32_MAX;

  NameTable(const std::vector<ChangeNode>& nodes, std::size_t expected)
      : nodes_(nodes), seed_(reinterpret_cast<std::uintptr_t>(&nodes)) {
    std::size_t capacity = 16;
    while (capacity < expected * 2) capacity *= 2;
    slots_.assign(capacity, none);
  }

  std::uint32_t find(std::uint32_t parent, std::string_view name) const {
    return slots_[slot_of(parent, name)];
  }

  // Sets or replaces.
  void put(std::uint32_t parent, std::string_view name, std::uint32_t node) {
    std::uint32_t& slot = slots_[slot_of(parent, name)];
    if (slot == none && ++used_ * 2 > slots_.size()) {
      grow();
      slots_[slot_of(parent, name)] = node;
      return;
    }
    slot = node;
  }

 private:
  std::size_t slot_of(std::uint32_t parent, std::string_view name) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = (table_hash(name, seed_ + parent) + parent * 0x9E3779B97F4A7C15ULL) & mask;
    while (slots_[slot] != none) {
      const ChangeNode& node = nodes_[slots_[slot]];
      if (node.parent() == parent && file_name(node.path()) == name) break;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  void grow() {
    const std::vector<std::uint32_t> old =
        std::exchange(slots_, std::vector<std::uint32_t>(slots_.size() * 2, none));
    for (const std::uint32_t node : old) {
      if (node != none)
        slots_[slot_of(nodes_[node].parent(), file_name(nodes_[node].path()))] = node;
    }
  }

  const std::vector<ChangeNode>& nodes_;
  std::uint64_t seed_;
  std::vector<std::uint32_t> slots_;
  std::size_t used_ = 0;
};

}  // namespace imgops
