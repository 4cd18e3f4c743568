// Which names belong together is itself merged three ways: a pair of names is linked in the result
// when one side links it and the other did not separate what was linked before. Sets of names are
// joined pair by pair (union-find); then the files chosen for a set must be alike.
#include "libimgops/diff/merge_links.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/path.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <unordered_map>
#include <utility>

namespace imgops {
namespace {

// Number of the group a path is in, from 1; 0 for a file of one name and for no file.
using GroupNumbers = std::unordered_map<std::string_view, std::size_t>;

GroupNumbers numbers_of(const LinkGroups& groups) {
  GroupNumbers result;
  for (std::size_t number = 0; number < groups.size(); ++number) {
    for (const Node* node : groups[number]) result[node->path()] = number + 1;
  }
  return result;
}

std::size_t number_of(const GroupNumbers& numbers, std::string_view path) {
  const auto found = numbers.find(path);
  return found == numbers.end() ? 0 : found->second;
}

class Joining {
 public:
  Joining(std::vector<MergeRow>& rows, Likeness& likeness, MadeFiles& made, const SplitGroup& split)
      : rows_(rows), likeness_(likeness), made_(made), split_(split), above_(rows.size()) {
    std::iota(above_.begin(), above_.end(), std::size_t{0});
  }

  // Pairs linked in `here`, less those that `there` separated.
  void add(const LinkGroups& here, const GroupNumbers& before, const GroupNumbers& there,
           const Node* MergeRow::*other) {
    for (const auto& group : here) {
      // Names with the same past and the same fate on the other side are one item.
      std::map<std::pair<std::size_t, std::size_t>, std::size_t> anchors;
      for (const Node* node : group) {
        const std::size_t row = row_of(node->path());
        const Node* const chosen = rows_[row].chosen;
        if (chosen == nullptr || chosen->inode()->type() == FileType::directory) continue;
        // A name that the other side lacks, or that is new, goes with anybody.
        const std::size_t past = number_of(before, node->path());
        const bool is_free = past == 0 || rows_[row].*other == nullptr;
        const std::size_t fate = number_of(there, node->path()) == 0
                                     ? row + there.size() + 1
                                     : number_of(there, node->path());
        const auto key = is_free ? std::pair<std::size_t, std::size_t>() : std::pair(past, fate);
        const auto [position, is_new] = anchors.emplace(key, row);
        if (!is_new) unite(position->second, row);
      }
      unite_anchors(anchors);
    }
  }

  void run() {
    std::map<std::size_t, std::vector<std::size_t>> sets;
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      if (above_[row] != row) sets[top_of(row)].push_back(row);
    }
    for (auto& [top, members] : sets) {
      members.push_back(top);
      std::ranges::sort(members);
      join(members);
    }
  }

 private:
  std::size_t row_of(std::string_view path) const {
    const auto found = std::lower_bound(
        rows_.begin(), rows_.end(), path,
        [](const MergeRow& row, std::string_view wanted) { return PathLess()(row.path, wanted); });
    return static_cast<std::size_t>(found - rows_.begin());
  }

  std::size_t top_of(std::size_t row) {
    while (above_[row] != row) row = above_[row] = above_[above_[row]];
    return row;
  }
  void unite(std::size_t left, std::size_t right) {
    const std::size_t one = top_of(left);
    const std::size_t other = top_of(right);
    above_[std::max(one, other)] = std::min(one, other);
  }

  // Items of different pasts were brought together by this side; those of one past and different
  // fates were separated by the other.
  void unite_anchors(const std::map<std::pair<std::size_t, std::size_t>, std::size_t>& anchors) {
    const std::size_t* before = nullptr;
    std::size_t past = 0;
    for (const auto& [key, row] : anchors) {
      if (before != nullptr && (key.first != past || key.first == 0)) unite(*before, row);
      if (before == nullptr || key.first != past) {
        before = &row;
        past = key.first;
      }
    }
  }

  void join(const std::vector<std::size_t>& members) {
    const Node* const first = rows_[members.front()].chosen;
    std::size_t odd = members.front();
    for (const std::size_t row : members) {
      if (rows_[row].chosen->inode() == first->inode()) continue;
      if (!likeness_.is_alike(first, rows_[row].chosen)) {
        settle(members, row);
        return;
      }
      odd = row;
    }
    if (odd == members.front()) return;  // one file already
    if (take_side(members, &MergeRow::ours) || take_side(members, &MergeRow::theirs)) return;
    give_one_file(members, first);
  }

  // All from one tree that has them as one file.
  bool take_side(const std::vector<std::size_t>& members, const Node* MergeRow::*side) {
    const Node* const first = rows_[members.front()].*side;
    const bool is_whole = first != nullptr && std::ranges::all_of(members, [&](std::size_t row) {
                            const Node* const node = rows_[row].*side;
                            return node != nullptr && node->inode() == first->inode();
                          });
    if (!is_whole || !likeness_.is_alike(first, rows_[members.front()].chosen)) return false;
    for (const std::size_t row : members) rows_[row].chosen = rows_[row].*side;
    return true;
  }

  void give_one_file(const std::vector<std::size_t>& members, const Node* file) {
    for (const std::size_t row : members) {
      MergeRow& at = rows_[row];
      if (at.chosen != file) at.chosen = made_.second_name(at.path, *file);
    }
  }

  void settle(const std::vector<std::size_t>& members, std::size_t odd) {
    const std::string reason =
        fmt::format("/{} and /{} are one file on one side and different now",
                    printable(rows_[members.front()].path), printable(rows_[odd].path));
    const Settlement* const by = split_(odd, reason);
    if (by == nullptr) return;
    const auto side = *by == Settlement::theirs ? &MergeRow::theirs : &MergeRow::ours;
    const auto found =
        std::ranges::find_if(members, [&](std::size_t row) { return rows_[row].*side != nullptr; });
    if (found != members.end()) give_one_file(members, rows_[*found].*side);
  }

  std::vector<MergeRow>& rows_;
  Likeness& likeness_;
  MadeFiles& made_;
  const SplitGroup& split_;
  std::vector<std::size_t> above_;  // union-find: a row of the same set, itself at the top
};

}  // namespace

void join_links(std::vector<MergeRow>& rows, const Tree& base, const Tree& ours, const Tree& theirs,
                Likeness& likeness, MadeFiles& made, const SplitGroup& split) {
  const LinkGroups in_ours = link_groups(ours);
  const LinkGroups in_theirs = link_groups(theirs);
  if (in_ours.empty() && in_theirs.empty()) return;
  const GroupNumbers before = numbers_of(link_groups(base));
  Joining joining(rows, likeness, made, split);
  joining.add(in_ours, before, numbers_of(in_theirs), &MergeRow::theirs);
  joining.add(in_theirs, before, numbers_of(in_ours), &MergeRow::ours);
  joining.run();
}

}  // namespace imgops
