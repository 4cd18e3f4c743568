#include "libimgops/diff/merge_rows.hpp"

#include "libimgops/base/path.hpp"
#include "libimgops/diff/inode_differences.hpp"

#include <algorithm>
#include <optional>
#include <span>

namespace imgops {
namespace {

// The next node of a list that is walked by path.
class Walk {
 public:
  explicit Walk(const Tree& tree) : nodes_(tree.nodes()) {}
  const Node* next() const noexcept { return at_ < nodes_.size() ? &nodes_[at_] : nullptr; }
  // The next node if it has this path, which is then passed.
  const Node* take(std::string_view path) {
    const Node* const node = next();
    if (node == nullptr || node->path != path) return nullptr;
    ++at_;
    return node;
  }

 private:
  std::span<const Node> nodes_;
  std::size_t at_ = 0;
};

void lower(std::optional<std::string_view>& path, const Node* node) {
  if (node == nullptr) return;
  if (!path || compare_paths(node->path, *path) < 0) path = node->path;
}

}  // namespace

std::vector<MergeRow> align(const Tree& base, const Tree& ours, const Tree& theirs) {
  std::vector<MergeRow> rows;
  rows.reserve(std::max(ours.nodes().size(), theirs.nodes().size()));
  Walk in_base(base);
  Walk in_ours(ours);
  Walk in_theirs(theirs);
  while (true) {
    std::optional<std::string_view> path;
    lower(path, in_base.next());
    lower(path, in_ours.next());
    lower(path, in_theirs.next());
    if (!path) return rows;
    MergeRow row;
    row.path = *path;
    row.base = in_base.take(*path);
    row.ours = in_ours.take(*path);
    row.theirs = in_theirs.take(*path);
    rows.push_back(row);
  }
}

bool Likeness::is_untouched(const Node* before, const Node* now) {
  if (before == nullptr || now == nullptr) return before == now;
  if (before->inode == now->inode) return true;
  // A recompressed layer has an index of its own.
  return seems_alike(before, now) && (before->inode->type != FileType::regular ||
                                      is_same_member(before->inode->content, now->inode->content));
}

bool Likeness::seems_alike(const Node* left, const Node* right) {
  if (left == nullptr || right == nullptr) return left == right;
  if (left->inode == right->inode) return true;
  return !differences_of(*left->inode, *right->inode, MtimeCounts::no).any();
}

bool Likeness::is_alike(const Node* left, const Node* right) {
  if (!seems_alike(left, right)) return false;
  if (left == nullptr || left->inode == right->inode) return true;
  if (left->inode->type != FileType::regular) return true;
  if (is_same_member(left->inode->content, right->inode->content)) return true;
  return contents_.equal(left->inode->content, right->inode->content);
}

}  // namespace imgops
