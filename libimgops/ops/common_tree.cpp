// Both lists of nodes are sorted, so taking away and laying over are linear merges. What is alike
// is kept as marks on the first view, whose nodes stand for those of all.
#include "libimgops/ops/common_tree.hpp"

#include "libimgops/base/path.hpp"

#include <algorithm>
#include <utility>

namespace imgops {
namespace {

bool is_directory(const Node& node) {
  return node.inode()->type() == FileType::directory;
}

std::size_t number_of(const Tree& tree, const Node& node) {
  return static_cast<std::size_t>(&node - tree.nodes().data());
}

}  // namespace

CommonTree::CommonTree(Tree lower, Tree first)
    : lower_(std::move(lower)),
      first_(std::move(first)),
      is_alike_(first_.nodes().size(), 1),
      is_absent_(lower_.nodes().size(), 0) {
  for (std::size_t number = 0; number < is_absent_.size(); ++number) {
    if (first_.find(lower_.nodes()[number].path()) == nullptr) is_absent_[number] = 1;
  }
  separate_groups(first_);
}

void CommonTree::add(const Tree& view, LayerCache& cache, const CompareOptions& options,
                     const std::stop_token& stop) {
  for (const Change& change : compare(first_, view, cache, options, stop)) {
    if (change.before != nullptr) is_alike_[number_of(first_, *change.before)] = 0;
    if (change.after == nullptr) continue;
    const Node* const lower = lower_.find(change.path());
    if (lower != nullptr) is_absent_[number_of(lower_, *lower)] = 0;
  }
  // An invented time equals any, but only until somebody writes it.
  for (std::size_t number = 0; number < is_alike_.size(); ++number) {
    const Node& node = first_.nodes()[number];
    if (is_alike_[number] == 0 || !is_directory(node)) continue;
    const Node* const other = view.find(node.path());
    if (other != nullptr && other->inode()->implied() != node.inode()->implied())
      is_alike_[number] = 0;
  }
  separate_groups(view);
}

void CommonTree::separate_groups(const Tree& view) {
  for (const auto& group : link_groups(view)) {
    std::vector<std::string_view> names;
    for (const Node* const node : group) names.push_back(node->path());
    groups_.push_back(std::move(names));
  }
  owners_.insert(owners_.end(), view.owners().begin(), view.owners().end());
}

// One name that stays behind keeps its siblings, which may keep theirs in another view.
void CommonTree::finish() {
  bool is_changed = true;
  while (is_changed) {
    is_changed = false;
    for (const auto& group : groups_) {
      std::vector<std::size_t> alike;
      for (const std::string_view path : group) {
        const Node* const node = first_.find(path);
        if (node == nullptr || is_alike_[number_of(first_, *node)] == 0) continue;
        alike.push_back(number_of(first_, *node));
      }
      if (alike.empty() || alike.size() == group.size()) continue;
      for (const std::size_t number : alike) is_alike_[number] = 0;
      is_changed = true;
    }
  }
}

// Directories of the first view above anything alike.
std::vector<char> CommonTree::needed_directories() const {
  std::vector<char> is_needed(is_alike_.size(), 0);
  for (std::size_t number = 0; number < is_alike_.size(); ++number) {
    if (is_alike_[number] == 0) continue;
    for (std::string_view path = first_.nodes()[number].path(); !path.empty();) {
      path = parent_path(path);
      char& mark = is_needed[number_of(first_, *first_.find(path))];
      if (std::exchange(mark, 1) != 0) break;
    }
  }
  return is_needed;
}

Tree CommonTree::laid_over(const Tree& view) const {
  const std::vector<char> is_needed = needed_directories();
  const auto ours = first_.nodes();
  const auto theirs = view.nodes();
  std::vector<Node> result;
  std::vector<std::string_view> directories;  // of `result` that the last path lies in
  std::size_t i = 0;
  std::size_t j = 0;
  // A node of the view stays only where the directory around it does.
  const auto has_place = [&](std::string_view path) {
    while (!directories.empty() && !directories.back().empty() &&
           !is_below(path, directories.back())) {
      directories.pop_back();
    }
    return path.empty() || (!directories.empty() && directories.back() == parent_path(path));
  };
  const auto add = [&](const Node& node) {
    if (!has_place(node.path())) return;
    result.push_back(node);
    if (is_directory(node)) directories.push_back(node.path());
  };
  const auto add_own = [&](const Node& node) {
    const Node* const lower = lower_.find(node.path());
    if (lower == nullptr || is_absent_[number_of(lower_, *lower)] == 0) add(node);
  };
  while (i < ours.size() || j < theirs.size()) {
    const bool has_ours = i < ours.size();
    const bool has_theirs = j < theirs.size();
    const auto order = has_ours && has_theirs ? compare_paths(ours[i].path(), theirs[j].path())
                       : has_ours             ? std::strong_ordering::less
                                              : std::strong_ordering::greater;
    if (order < 0) {
      if (is_alike_[i] != 0 || is_needed[i] != 0) add(ours[i]);
      ++i;
    } else if (order > 0) {
      add_own(theirs[j++]);
    } else {
      const bool must_be_directory = is_needed[i] != 0 && !is_directory(theirs[j]);
      if (is_alike_[i] != 0 || must_be_directory) {
        add(ours[i]);
      } else {
        add_own(theirs[j]);
      }
      ++i;
      ++j;
    }
  }
  std::vector<std::shared_ptr<const void>> owners = first_.owners();
  owners.insert(owners.end(), view.owners().begin(), view.owners().end());
  return {std::move(result), std::move(owners)};
}

}  // namespace imgops
