#include "libimgops/tree/tree.hpp"

#include "libimgops/base/path.hpp"
#include "libimgops/tree/implied.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace imgops {

const Inode& implied_directory() noexcept {
  static ShapeStore shapes;
  static const Inode inode = [] {
    InodeFields made;
    made.type = FileType::directory;
    made.implied = true;
    made.mode = 0755;
    return Inode(made, shapes);
  }();
  return inode;
}

Tree::Tree() : nodes_{Node(std::string_view(), implied_directory(), 0)} {}

Tree::Tree(std::vector<Node> nodes, std::vector<std::shared_ptr<const void>> owners)
    : nodes_(std::move(nodes)), owners_(std::move(owners)) {}

const Node* Tree::find(std::string_view path) const noexcept {
  const auto position = std::lower_bound(
      nodes_.begin(), nodes_.end(), path,
      [](const Node& node, std::string_view wanted) { return PathLess()(node.path(), wanted); });
  return position != nodes_.end() && position->path() == path ? &*position : nullptr;
}

std::span<const Node> Tree::subtree(std::string_view path) const noexcept {
  const auto first = std::lower_bound(
      nodes_.begin(), nodes_.end(), path,
      [](const Node& node, std::string_view wanted) { return PathLess()(node.path(), wanted); });
  const auto last = std::partition_point(first, nodes_.end(), [&](const Node& node) {
    return node.path() == path || is_below(node.path(), path);
  });
  return std::span(nodes_).subspan(static_cast<std::size_t>(first - nodes_.begin()),
                                   static_cast<std::size_t>(last - first));
}

LinkGroups link_groups(const Tree& tree) {
  // All names of a file but one are hard link entries, so only their files can have several.
  std::vector<const Inode*> linked;
  for (const Node& node : tree.nodes()) {
    if (node.entry() != nullptr && node.entry()->kind() == EntryKind::hard_link) {
      linked.push_back(node.inode());
    }
  }
  if (linked.empty()) return {};
  std::ranges::sort(linked, std::less<>());
  const auto again = std::ranges::unique(linked);
  linked.erase(again.begin(), again.end());
  LinkGroups groups(linked.size());
  for (const Node& node : tree.nodes()) {
    const auto found = std::ranges::lower_bound(linked, node.inode(), std::less<>());
    if (found == linked.end() || *found != node.inode()) continue;
    groups[static_cast<std::size_t>(found - linked.begin())].push_back(&node);
  }
  std::erase_if(groups, [](const auto& members) { return members.size() < 2; });
  std::sort(groups.begin(), groups.end(), [](const auto& left, const auto& right) {
    return left.front() < right.front();  // nodes stand in one array, by path
  });
  return groups;
}

}  // namespace imgops
