#include "libimgops/tree/resolve.hpp"

#include "libimgops/base/path.hpp"
#include "libimgops/tar/limits.hpp"

namespace imgops {
namespace {

// Takes the first component off `rest`; empty components are skipped, empty when none is left.
std::string take_component(std::string& rest) {
  const std::size_t first = rest.find_first_not_of('/');
  if (first == std::string::npos) {
    rest.clear();
    return {};
  }
  const std::size_t end = rest.find('/', first);
  std::string component = rest.substr(first, end == std::string::npos ? end : end - first);
  rest.erase(0, end == std::string::npos ? rest.size() : end + 1);
  return component;
}

bool has_component(const std::string& rest) {
  return rest.find_first_not_of('/') != std::string::npos;
}

struct Walk {
  const Node* node = nullptr;
  std::size_t links = 0;  // followed on the way, one more than allowed when it gave up
};

Walk walk(const Tree& tree, std::string_view spelling, LastComponent last) {
  std::string rest(spelling);
  std::string at;
  std::size_t links = 0;
  const Node* node = tree.find("");
  while (has_component(rest)) {
    if (node->inode->type != FileType::directory) return {nullptr, links};
    const std::string component = take_component(rest);
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
    if (found->inode->type == FileType::symlink && (!is_last || last == LastComponent::follow)) {
      if (++links > limits::symlinks_followed) return {nullptr, links};
      const std::string_view target = found->inode->link_target;
      if (target.starts_with('/')) {
        at.clear();
        node = tree.find("");
      }
      rest = std::string(target) + "/" + rest;
      continue;
    }
    at = next;
    node = found;
  }
  return {node, links};
}

}  // namespace

const Node* resolve(const Tree& tree, std::string_view spelling, LastComponent last) {
  return walk(tree, spelling, last).node;
}

bool leads_in_circles(const Tree& tree, std::string_view spelling) {
  return walk(tree, spelling, LastComponent::follow).links > limits::symlinks_followed;
}

std::string real_path(const Tree& tree, std::string_view path) {
  for (std::string_view at = parent_path(path);; at = parent_path(at)) {
    const Node* directory = resolve(tree, at, LastComponent::follow);
    if (directory == nullptr || directory->inode->type != FileType::directory) continue;
    return join(directory->path, at.empty() ? path : path.substr(at.size() + 1));
  }
}

}  // namespace imgops
