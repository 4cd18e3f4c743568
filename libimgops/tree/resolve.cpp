#include "libimgops/tree/resolve.hpp"

#include "libimgops/base/path.hpp"
#include "libimgops/tar/limits.hpp"

#include <algorithm>

namespace imgops {
namespace {

// Takes the first component off `rest`; empty components are skipped, empty when none is left.
std::string_view take_component(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.size(), rest.find_first_not_of('/')));
  const std::string_view component = rest.substr(0, rest.find('/'));
  rest.remove_prefix(component.size());
  return component;
}

bool has_component(std::string_view rest) {
  return rest.find_first_not_of('/') != std::string_view::npos;
}

struct Walk {
  const Node* node = nullptr;
  std::size_t links = 0;  // followed on the way, one more than allowed when it gave up
};

Walk walk(const Tree& tree, std::string_view spelling, LastComponent last) {
  std::string_view rest = spelling;
  std::string followed;  // what `rest` is a part of, once a link was followed
  std::string at;
  std::size_t links = 0;
  const Node* node = tree.find("");
  while (has_component(rest)) {
    if (node->inode()->type() != FileType::directory) return {nullptr, links};
    const std::string_view component = take_component(rest);
    if (component == ".") continue;
    if (component == "..") {
      at.resize(parent_path(at).size());
      node = tree.find(at);
      continue;
    }
    const std::string next = join(at, component);
    const Node* found = tree.find(next);
    if (found == nullptr) return {nullptr, links};
    const bool is_last = !has_component(rest);
    if (found->inode()->type() == FileType::symlink &&
        (!is_last || last == LastComponent::follow)) {
      if (++links > limits::symlinks_followed) return {nullptr, links};
      const std::string_view target = found->inode()->link_target();
      if (target.size() > limits::path_write_bytes) return {nullptr, links};  // in no kernel
      if (target.starts_with('/')) {
        at.clear();
        node = tree.find("");
      }
      followed = join(target, rest);
      rest = followed;
      continue;
    }
    at = next;
    node = found;
  }
  return {node, links};
}

}  // namespace

// A name that stands in the tree as it is spelled has only directories above it: nothing to follow.
const Node* resolve(const Tree& tree, std::string_view spelling, LastComponent last) {
  const Node* const found = tree.find(spelling);
  const bool is_link = found != nullptr && found->inode()->type() == FileType::symlink;
  if (found != nullptr && (!is_link || last == LastComponent::keep)) return found;
  return walk(tree, spelling, last).node;
}

bool leads_in_circles(const Tree& tree, std::string_view spelling) {
  return walk(tree, spelling, LastComponent::follow).links > limits::symlinks_followed;
}

std::string real_path(const Tree& tree, std::string_view path) {
  for (std::string_view at = parent_path(path);; at = parent_path(at)) {
    const Node* directory = resolve(tree, at, LastComponent::follow);
    if (directory == nullptr || directory->inode()->type() != FileType::directory) continue;
    return join(directory->path(), at.empty() ? path : path.substr(at.size() + 1));
  }
}

}  // namespace imgops
