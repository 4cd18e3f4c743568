// Three lists are filled in a walk over the changes: directories with the whiteouts inside them,
// first names, second names. A group of hard links is written whole as soon as one of its names
// changed (W07); directories above whatever is written are added (W01).
#include "libimgops/diff/layer_plan.hpp"

#include "libimgops/base/path.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

namespace imgops {
namespace {

PlannedMember member_of(const Node& node, EntryKind kind) {
  PlannedMember member;
  member.kind = kind;
  member.path = node.path;
  member.inode = node.inode;
  member.source = node.entry;
  member.source_layer = node.layer;
  return member;
}

// The archive a member is read from, and where; null for what comes from no archive.
struct Place {
  const LayerIndex* layer = nullptr;
  std::uint64_t offset_bytes = 0;
};

Place place_of(const PlannedMember& member) {
  const Content& content = member.inode->content;
  if (content.origin != nullptr) {
    if (content.origin->origin != Origin::archive) return {};
    return {content.origin, content.offset_bytes};
  }
  if (member.source_layer == nullptr || member.source_layer->origin != Origin::archive) return {};
  return {member.source_layer, member.source->member_offset_bytes};
}

class Planner {
 public:
  Planner(const Tree& upper, const ChangeSet& changes)
      : upper_(upper), changes_(changes), is_needed_(upper.nodes().size(), 0) {}

  std::vector<PlannedMember> run() {
    for (const auto& group : link_groups(upper_)) {
      groups_.push_back(group);
      for (const Node* node : group) group_of_[node->path] = groups_.size() - 1;
    }
    // More than will be used: pages that are not touched cost nothing, moving the list does.
    files_.reserve(changes_.size() + upper_.nodes().size());
    for (const Change& change : changes_) add(change);
    add_directories_above();
    order_by_source();
    std::sort(links_.begin(), links_.end(), [](const auto& left, const auto& right) {
      return PathLess()(left.path, right.path);
    });
    // In place: a second list would be the largest thing in memory.
    const auto files = static_cast<std::ptrdiff_t>(files_.size());
    add_directories_and_whiteouts(files_);
    std::rotate(files_.begin(), files_.begin() + files, files_.end());
    files_.insert(files_.end(), links_.begin(), links_.end());
    return std::move(files_);
  }

 private:
  void add(const Change& change) {
    if (change.after == nullptr) {
      add_whiteout(change.path());
    } else if (change.after->inode->type == FileType::directory) {
      needs_directory(*change.after);
    } else {
      add_file(*change.after);
    }
  }

  // Needed only where the directory around it shows on both sides: elsewhere what replaced or
  // removed the directory removed this too (W05, W06).
  void add_whiteout(std::string_view path) {
    const Node* above = upper_.find(parent_path(path));
    if (above == nullptr || above->inode->type != FileType::directory) return;
    whiteouts_.push_back(path);
  }

  void add_file(const Node& node) {
    const auto found = group_of_.find(node.path);
    if (found == group_of_.end()) {
      files_.push_back(member_of(node, EntryKind::file));
      return;
    }
    if (!written_groups_.insert(found->second).second) return;
    const std::vector<const Node*>& group = groups_[found->second];
    const Node& first = first_name(group);
    files_.push_back(member_of(first, EntryKind::file));
    for (const Node* other : group) {
      if (other == &first) continue;
      PlannedMember member = member_of(*other, EntryKind::hard_link);
      member.link_path = first.path;
      links_.push_back(member);
    }
  }

  // The name whose member holds the bytes; if that is gone, the first by path.
  static const Node& first_name(const std::vector<const Node*>& group) {
    for (const Node* node : group) {
      if (node->entry != nullptr && node->entry->kind == EntryKind::file) return *node;
    }
    return *group.front();
  }

  // False when it was known before.
  bool needs_directory(const Node& node) {
    const auto number = static_cast<std::size_t>(&node - upper_.nodes().data());
    return !std::exchange(is_needed_[number], 1);
  }

  // Of a directory that is needed already, those above are, too, once all changes were seen.
  void add_directories_above() {
    const auto add_above = [&](std::string_view path) {
      for (std::string_view at = parent_path(path); !at.empty(); at = parent_path(at)) {
        if (!needs_directory(*upper_.find(at))) return;
      }
    };
    for (const Change& change : changes_) {
      const bool directory =
          change.after != nullptr && change.after->inode->type == FileType::directory;
      if (directory) add_above(change.path());
    }
    for (const PlannedMember& member : files_) add_above(member.path);
    for (const PlannedMember& member : links_) add_above(member.path);
    for (const std::string_view path : whiteouts_) add_above(path);
  }

  void add_directories_and_whiteouts(std::vector<PlannedMember>& members) const {
    std::map<std::string_view, std::vector<std::string_view>, PathLess> inside;
    for (const std::string_view path : whiteouts_) inside[parent_path(path)].push_back(path);
    const auto add_whiteouts_in = [&](std::string_view directory) {
      const auto found = inside.find(directory);
      if (found == inside.end()) return;
      for (const std::string_view path : found->second) {
        PlannedMember member;
        member.kind = EntryKind::whiteout;
        member.path = path;
        members.push_back(member);
      }
    };
    for (std::size_t number = 0; number < is_needed_.size(); ++number) {
      const Node& node = upper_.nodes()[number];
      if (is_needed_[number] != 0) members.push_back(member_of(node, EntryKind::file));
      if (is_needed_[number] != 0 || node.path.empty()) add_whiteouts_in(node.path);
    }
  }

  // Groups stand in the order in which their first file by path stands; a group goes by offset.
  void order_by_source() {
    std::sort(files_.begin(), files_.end(), [](const auto& left, const auto& right) {
      return PathLess()(left.path, right.path);
    });
    std::unordered_map<const LayerIndex*, std::size_t> met;
    for (const PlannedMember& member : files_) {
      const LayerIndex* layer = place_of(member).layer;
      if (layer != nullptr) met.emplace(layer, met.size());
    }
    met[nullptr] = met.size();  // what comes from no archive: last, and by path
    std::sort(files_.begin(), files_.end(), [&](const auto& left, const auto& right) {
      const Place one = place_of(left);
      const Place other = place_of(right);
      if (one.layer != other.layer) return met.at(one.layer) < met.at(other.layer);
      if (one.offset_bytes != other.offset_bytes) return one.offset_bytes < other.offset_bytes;
      return PathLess()(left.path, right.path);
    });
  }

  const Tree& upper_;
  const ChangeSet& changes_;
  LinkGroups groups_;
  std::unordered_map<std::string_view, std::size_t> group_of_;
  std::set<std::size_t> written_groups_;
  std::vector<char> is_needed_;  // by number of the node: a directory to be written
  std::vector<std::string_view> whiteouts_;
  std::vector<PlannedMember> files_;
  std::vector<PlannedMember> links_;
};

}  // namespace

std::vector<PlannedMember> plan_layer(const Tree& upper, const ChangeSet& changes) {
  return Planner(upper, changes).run();
}

}  // namespace imgops
