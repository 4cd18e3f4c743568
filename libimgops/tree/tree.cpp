#include "libimgops/tree/tree.hpp"

#include "libimgops/base/path.hpp"
#include "libimgops/tree/implied.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace imgops {

const Inode& implied_directory() noexcept {
  static const Inode inode = [] {
    Inode made;
    made.type = FileType::directory;
    made.implied = true;
    made.mode = 0755;
    return made;
  }();
  return inode;
}

Tree::Tree() {
  Node root;
  root.inode = &implied_directory();
  nodes_.push_back(root);
}

Tree::Tree(std::vector<Node> nodes, std::vector<std::shared_ptr<const void>> owners)
    : nodes_(std::move(nodes)), owners_(std::move(owners)) {}

const Node* Tree::find(std::string_view path) const noexcept {
  const auto position = std::lower_bound(
      nodes_.begin(), nodes_.end(), path,
      [](const Node& node, std::string_view wanted) { return PathLess()(node.path, wanted); });
  return position != nodes_.end() && position->path == path ? &*position : nullptr;
}

std::span<const Node> Tree::subtree(std::string_view path) const noexcept {
  const auto first = std::lower_bound(
      nodes_.begin(), nodes_.end(), path,
      [](const Node& node, std::string_view wanted) { return PathLess()(node.path, wanted); });
  const auto last = std::partition_point(first, nodes_.end(), [&](const Node& node) {
    return node.path == path || is_below(node.path, path);
  });
  return std::span(nodes_).subspan(static_cast<std::size_t>(first - nodes_.begin()),
                                   static_cast<std::size_t>(last - first));
}

LinkGroups link_groups(const Tree& tree) {
  // All names of a file but one are hard link entries, so only their files can have several.
  std::unordered_map<const Inode*, std::vector<const Node*>> names;
  for (const Node& node : tree.nodes()) {
    if (node.entry != nullptr && node.entry->kind == EntryKind::hard_link) names[node.inode];
  }
  if (names.empty()) return {};
  for (const Node& node : tree.nodes()) {
    const auto position = names.find(node.inode);
    if (position != names.end()) position->second.push_back(&node);
  }
  LinkGroups groups;
  for (auto& [inode, members] : names) {
    if (members.size() > 1) groups.push_back(std::move(members));
  }
  std::sort(groups.begin(), groups.end(), [](const auto& left, const auto& right) {
    return left.front() < right.front();  // nodes stand in one array, by path
  });
  return groups;
}

}  // namespace imgops
