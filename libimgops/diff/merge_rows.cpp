#include "libimgops/diff/merge_rows.hpp"

#include "libimgops/base/path.hpp"
#include "libimgops/diff/inode_differences.hpp"

#include <algorithm>
#include <compare>
#include <span>

namespace imgops {
namespace {

// The next node of a list that is walked by path.
class Walk {
 public:
  explicit Walk(const Tree& tree) : nodes_(tree.nodes()) {}
  const Node* next() const noexcept { return at_ < nodes_.size() ? &nodes_[at_] : nullptr; }
  void pass() noexcept { ++at_; }

 private:
  std::span<const Node> nodes_;
  std::size_t at_ = 0;
};

// What comes first of two nodes, each null at the end of its list.
std::strong_ordering order(const Node* left, const Node* right) {
  if (left == nullptr || right == nullptr) return (left == nullptr) <=> (right == nullptr);
  return compare_paths(left->path(), right->path());
}

}  // namespace

std::string_view kind_word(const Node& node) {
  switch (node.inode()->type()) {
    case FileType::directory:
      return "a directory";
    case FileType::symlink:
      return "a symlink";
    case FileType::regular:
      return "a file";
    default:
      return "a special file";
  }
}

std::vector<MergeRow> align(const Tree& base, const Tree& ours, const Tree& theirs) {
  std::vector<MergeRow> rows;
  rows.reserve(std::max(ours.nodes().size(), theirs.nodes().size()));
  Walk in_base(base);
  Walk in_ours(ours);
  Walk in_theirs(theirs);
  while (true) {
    const Node* const base_node = in_base.next();
    const Node* const ours_node = in_ours.next();
    const Node* const theirs_node = in_theirs.next();
    const auto base_to_ours = order(base_node, ours_node);
    const Node* const earlier = base_to_ours <= 0 ? base_node : ours_node;
    const auto to_theirs = order(earlier, theirs_node);
    const Node* const first = to_theirs <= 0 ? earlier : theirs_node;
    if (first == nullptr) return rows;
    MergeRow row;
    row.path = first->path();
    if (to_theirs <= 0 && base_to_ours <= 0) row.base = base_node;
    if (to_theirs <= 0 && base_to_ours >= 0) row.ours = ours_node;
    if (to_theirs >= 0) row.theirs = theirs_node;
    if (row.base != nullptr) in_base.pass();
    if (row.ours != nullptr) in_ours.pass();
    if (row.theirs != nullptr) in_theirs.pass();
    rows.push_back(row);
  }
}

bool Likeness::is_untouched(const Node* before, const Node* now) {
  if (before == nullptr || now == nullptr) return before == now;
  if (before->inode() == now->inode()) return true;
  // A recompressed layer has an index of its own.
  return seems_alike(before, now) &&
         (before->inode()->type() != FileType::regular ||
          is_same_member(before->inode()->content(), now->inode()->content()));
}

bool Likeness::seems_alike(const Node* left, const Node* right) {
  if (left == nullptr || right == nullptr) return left == right;
  if (left->inode() == right->inode()) return true;
  return !differences_of(*left->inode(), *right->inode(), MtimeCounts::no).any();
}

bool Likeness::is_alike(const Node* left, const Node* right) {
  if (!seems_alike(left, right)) return false;
  if (left == nullptr || left->inode() == right->inode()) return true;
  if (left->inode()->type() != FileType::regular) return true;
  if (is_same_member(left->inode()->content(), right->inode()->content())) return true;
  return contents_.equal(left->inode()->content(), right->inode()->content());
}

}  // namespace imgops
