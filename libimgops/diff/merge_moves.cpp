#include "libimgops/diff/merge_moves.hpp"

#include "libimgops/base/bytes.hpp"

#include <fmt/format.h>

namespace imgops {

const Node* link_above(const Tree& tree, std::string_view path) {
  for (std::string_view at = parent_path(path); !at.empty(); at = parent_path(at)) {
    const Node* const node = tree.find(at);
    if (node != nullptr) return node->inode()->type() == FileType::symlink ? node : nullptr;
  }
  return nullptr;
}

std::string link_reason(const Node& link) {
  return fmt::format("/{} is a symlink to {} in theirs", printable(link.path()),
                     printable(link.inode()->link_target()));
}

}  // namespace imgops
