// A linear merge of two sorted lists of nodes. Most nodes of related trees share their file (one
// inode object, since a layer is indexed once), and are passed over after one pointer comparison.
// Groups of hard links are judged in a second pass over those few files that have several names.
// Bytes that must be read are read last, in the order in which the archives of one side hold them:
// in path order every file would mean going back in a compressed stream.
#include "libimgops/diff/compare.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/diff/inode_differences.hpp"

#include <algorithm>
#include <compare>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace imgops {
namespace {

class Comparison {
 public:
  Comparison(const Tree& before, const Tree& after, LayerCache& cache,
             const CompareOptions& options, const std::stop_token& stop)
      : before_(before), after_(after), contents_(cache), options_(options), stop_(stop) {}

  ChangeSet run() {
    merge();
    read_doubtful_contents();
    add_link_changes();
    return std::move(changes_);
  }

 private:
  void merge() {
    const auto before = before_.nodes();
    const auto after = after_.nodes();
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < before.size() || j < after.size()) {
      const std::strong_ordering order = i == before.size() ? std::strong_ordering::greater
                                         : j == after.size()
                                             ? std::strong_ordering::less
                                             : compare_paths(before[i].path(), after[j].path());
      if (order < 0) {
        changes_.push_back({&before[i], nullptr, {}});
        ++i;
      } else if (order > 0) {
        changes_.push_back({nullptr, &after[j], {}});
        ++j;
      } else {
        add_if_different(before[i++], after[j++]);
      }
    }
  }

  void add_if_different(const Node& before, const Node& after) {
    if (before.inode() == after.inode()) return;
    const Differences differences =
        differences_of(*before.inode(), *after.inode(),
                       options_.ignore_mtime ? MtimeCounts::no : MtimeCounts::yes);
    const bool doubtful = is_doubtful(*before.inode(), *after.inode(), differences);
    if (differences.any() || doubtful) {
      changes_.push_back({&before, &after, differences});
    }
    if (doubtful) doubtful_.push_back(changes_.size() - 1);
  }

  // Whether only the bytes can tell if two contents are equal, and it matters.
  bool is_doubtful(const Inode& before, const Inode& after, const Differences& found) const {
    if (found.type || found.content || before.type() != FileType::regular) return false;
    if (is_same_member(before.content(), after.content())) return false;
    if (options_.proof == ContentProof::never) return false;
    return options_.proof == ContentProof::always || !found.any();
  }

  void read_doubtful_contents() {
    if (doubtful_.empty()) return;
    const auto place = [&](std::size_t number) {
      const Content& content = changes_[number].after->inode()->content();
      return std::pair(content.origin, content.offset_bytes);
    };
    std::sort(doubtful_.begin(), doubtful_.end(), [&](std::size_t left, std::size_t right) {
      const auto one = place(left);
      const auto other = place(right);
      return one.first != other.first ? std::less<>()(one.first, other.first)
                                      : one.second < other.second;
    });
    for (const std::size_t number : doubtful_) {
      if (stop_.stop_requested()) throw Error(ErrorKind::cancelled, "interrupted");
      Change& change = changes_[number];
      change.differences.content =
          !contents_.equal(change.before->inode()->content(), change.after->inode()->content());
    }
    std::erase_if(changes_, [](const Change& change) {
      return change.before != nullptr && change.after != nullptr && !change.differences.any();
    });
  }

  // ---- groups of hard links (C05) --------------------------------------------------------------

  using Groups = std::unordered_map<std::string_view, const std::vector<const Node*>*>;

  static Groups by_path(const LinkGroups& groups) {
    Groups result;
    for (const auto& group : groups) {
      for (const Node* node : group) result[node->path()] = &group;
    }
    return result;
  }

  // Every name of a group that another tree does not group the same way.
  void add_link_changes() {
    const LinkGroups groups_before = link_groups(before_);
    const LinkGroups groups_after = link_groups(after_);
    if (groups_before.empty() && groups_after.empty()) return;
    const Groups before = by_path(groups_before);
    const Groups after = by_path(groups_after);
    std::unordered_set<std::string_view> changed;
    for (const Change& change : changes_) changed.insert(change.path());
    std::unordered_set<std::string_view> regrouped;
    for (const auto& group : groups_after) {
      if (!has_joined(group, before)) continue;
      for (const Node* node : group) regrouped.insert(node->path());
    }
    for (const auto& group : groups_before) add_separated(group, changed, regrouped);
    mark(regrouped);
  }

  // Whether a group holds a name that its other names were not linked with before.
  static bool has_joined(const std::vector<const Node*>& group, const Groups& before) {
    const auto first = before.find(group.front()->path());
    if (first == before.end()) return true;
    return std::any_of(group.begin(), group.end(), [&](const Node* node) {
      const auto position = before.find(node->path());
      return position == before.end() || position->second != first->second;
    });
  }

  // Names of one file before that stand for different, otherwise unchanged files now. (A name that
  // went away or was replaced leaves its siblings as they are: L03, L04.)
  void add_separated(const std::vector<const Node*>& group,
                     const std::unordered_set<std::string_view>& changed,
                     std::unordered_set<std::string_view>& regrouped) const {
    std::vector<const Node*> same;
    for (const Node* node : group) {
      const Node* now = after_.find(node->path());
      if (now != nullptr && changed.count(node->path()) == 0) same.push_back(now);
    }
    const bool apart = std::any_of(same.begin(), same.end(), [&](const Node* node) {
      return node->inode() != same.front()->inode();
    });
    if (!apart) return;
    for (const Node* node : same) regrouped.insert(node->path());
  }

  void mark(const std::unordered_set<std::string_view>& regrouped) {
    if (regrouped.empty()) return;
    std::unordered_set<std::string_view> missing = regrouped;
    for (Change& change : changes_) {
      if (missing.erase(change.path()) == 0) continue;
      const bool both = change.before != nullptr && change.after != nullptr;
      if (both && !change.differences.type) change.differences.links = true;
    }
    for (const std::string_view path : missing) {
      Change change{before_.find(path), after_.find(path), {}};
      change.differences.links = true;
      changes_.push_back(change);
    }
    if (!missing.empty()) {
      std::sort(changes_.begin(), changes_.end(), [](const Change& left, const Change& right) {
        return PathLess()(left.path(), right.path());
      });
    }
  }

  const Tree& before_;
  const Tree& after_;
  ContentReader contents_;
  const CompareOptions& options_;
  const std::stop_token& stop_;
  ChangeSet changes_;
  std::vector<std::size_t> doubtful_;  // changes whose bytes are to be read
};

}  // namespace

ChangeSet compare(const Tree& before, const Tree& after, LayerCache& cache,
                  const CompareOptions& options, const std::stop_token& stop) {
  return Comparison(before, after, cache, options, stop).run();
}

}  // namespace imgops
