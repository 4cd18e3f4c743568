// Three lists are filled in a walk over the changes: directories with the whiteouts inside them,
// first names, second names. A group of hard links is written whole as soon as one of its names
// changed (W07); directories above whatever is written are added (W01).
//
// A directory goes among the files, where its archive has it, if nothing inside it is written
// before that: then what lies around it there is one run still, and goes over as it is.
#include "libimgops/diff/layer_plan.hpp"

#include "libimgops/base/path.hpp"

#include <algorithm>
#include <compare>
#include <cstdint>
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

PlannedMember whiteout_of(std::string_view path) {
  PlannedMember member;
  member.kind = EntryKind::whiteout;
  member.path = path;
  return member;
}

// The archive a member is read from, and where; null for what comes from no archive.
struct Place {
  const LayerIndex* layer = nullptr;
  std::uint64_t offset_bytes = 0;
};

// When a member is written, among all that are not in front of the files.
struct Turn {
  std::size_t layer = 0;  // by number in the order of the archives
  std::uint64_t offset_bytes = 0;
  auto operator<=>(const Turn&) const = default;
};
constexpr Turn last_turn{SIZE_MAX, UINT64_MAX};
constexpr Turn first_turn{0, 0};

Place place_of(const PlannedMember& member) {
  const Content& content = member.inode->content();
  if (content.origin != nullptr) {
    if (content.origin->origin != Origin::archive) return {};
    return {content.origin, content.offset_bytes};
  }
  if (member.source_layer == nullptr || member.source_layer->origin != Origin::archive) return {};
  return {member.source_layer, member.source->member_offset_bytes()};
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
    order_archives();
    add_directories_in_place();
    order_by_source();
    std::sort(links_.begin(), links_.end(), [](const auto& left, const auto& right) {
      return PathLess()(left.path, right.path);
    });
    // In place: a second list would be the largest thing in memory.
    const auto files = static_cast<std::ptrdiff_t>(files_.size());
    add_directories_in_front(files_);
    std::rotate(files_.begin(), files_.begin() + files, files_.end());
    files_.insert(files_.end(), links_.begin(), links_.end());
    return std::move(files_);
  }

 private:
  void add(const Change& change) {
    if (change.after == nullptr) {
      add_whiteout(change.path());
    } else if (change.after->inode->type() == FileType::directory) {
      needs_directory(*change.after);
    } else {
      add_file(*change.after);
    }
  }

  // Needed only where the directory around it shows on both sides: elsewhere what replaced or
  // removed the directory removed this too (W05, W06).
  void add_whiteout(std::string_view path) {
    const Node* above = upper_.find(parent_path(path));
    if (above == nullptr || above->inode->type() != FileType::directory) return;
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
      if (node->entry != nullptr && node->entry->kind() == EntryKind::file) return *node;
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
          change.after != nullptr && change.after->inode->type() == FileType::directory;
      if (directory) add_above(change.path());
    }
    for (const PlannedMember& member : files_) add_above(member.path);
    for (const PlannedMember& member : links_) add_above(member.path);
    for (const std::string_view path : whiteouts_) add_above(path);
  }

  // Uppermost first: a directory mostly comes from the uppermost layer that has something inside
  // it, so it stands before all of that in this order.
  void order_archives() {
    std::unordered_map<const LayerIndex*, std::size_t> number_of;
    for (const Node& node : upper_.nodes()) {
      if (node.layer == nullptr) continue;
      std::size_t& number = number_of[node.layer];
      number = std::max<std::size_t>(number, node.layer_number + 1);
    }
    std::sort(files_.begin(), files_.end(), [](const auto& left, const auto& right) {
      return PathLess()(left.path, right.path);
    });
    std::vector<const LayerIndex*> archives;
    const auto meet = [&](const PlannedMember& member) {
      const LayerIndex* layer = place_of(member).layer;
      if (layer != nullptr && archive_order_.emplace(layer, 0).second) archives.push_back(layer);
    };
    for (const PlannedMember& member : files_) meet(member);
    for (std::size_t number = 0; number < is_needed_.size(); ++number) {
      if (is_needed_[number] != 0) meet(member_of(upper_.nodes()[number], EntryKind::file));
    }
    std::stable_sort(archives.begin(), archives.end(), [&](const auto* left, const auto* right) {
      return number_of[left] > number_of[right];
    });
    for (std::size_t place = 0; place < archives.size(); ++place) {
      archive_order_[archives[place]] = place;
    }
    archive_order_[nullptr] = archives.size();  // what comes from no archive: last, and by path
  }

  Turn turn_of(const PlannedMember& member) const {
    if (member.kind == EntryKind::whiteout) return turns_of_hiding_.at(parent_path(member.path));
    const Place place = place_of(member);
    return {archive_order_.at(place.layer), place.offset_bytes};
  }

  // From the lowest up: one inside which something is in front is in front itself.
  void add_directories_in_place() {
    std::unordered_map<std::string_view, std::size_t> whiteouts_in;  // by path of the directory
    for (const std::string_view path : whiteouts_) ++whiteouts_in[parent_path(path)];
    std::unordered_map<std::string_view, Turn> earliest;  // of what is inside, by the same
    const auto happens = [&](std::string_view path, const Turn& turn) {
      Turn& known = earliest.try_emplace(parent_path(path), last_turn).first->second;
      known = std::min(known, turn);
    };
    for (const PlannedMember& member : files_) happens(member.path, turn_of(member));
    for (std::size_t number = is_needed_.size(); number-- > 1;) {
      if (is_needed_[number] == 0) continue;
      const Node& node = upper_.nodes()[number];
      const PlannedMember member = member_of(node, EntryKind::file);
      const Turn turn = turn_of(member);
      const auto inside = earliest.find(node.path);
      const bool has_place = place_of(member).layer != nullptr;
      if (has_place && (inside == earliest.end() || turn < inside->second)) {
        is_needed_[number] = 0;
        files_.push_back(member);
        happens(node.path, turn);
        if (whiteouts_in.count(node.path) != 0) turns_of_hiding_.emplace(node.path, turn);
      } else {
        happens(node.path, first_turn);
      }
    }
    const auto is_in_place = [&](std::string_view whiteout) {
      return turns_of_hiding_.count(parent_path(whiteout)) != 0;
    };
    for (const std::string_view path : whiteouts_) {
      if (is_in_place(path)) files_.push_back(whiteout_of(path));
    }
    std::erase_if(whiteouts_, is_in_place);
  }

  void add_directories_in_front(std::vector<PlannedMember>& members) const {
    std::map<std::string_view, std::vector<std::string_view>, PathLess> inside;
    for (const std::string_view path : whiteouts_) inside[parent_path(path)].push_back(path);
    const auto add_whiteouts_in = [&](std::string_view directory) {
      const auto found = inside.find(directory);
      if (found == inside.end()) return;
      for (const std::string_view path : found->second) members.push_back(whiteout_of(path));
    };
    for (std::size_t number = 0; number < is_needed_.size(); ++number) {
      const Node& node = upper_.nodes()[number];
      if (is_needed_[number] != 0) members.push_back(member_of(node, EntryKind::file));
      if (is_needed_[number] != 0 || node.path.empty()) add_whiteouts_in(node.path);
    }
  }

  // A directory's whiteouts have its turn, behind it.
  void order_by_source() {
    std::sort(files_.begin(), files_.end(), [&](const auto& left, const auto& right) {
      const Turn one = turn_of(left);
      const Turn other = turn_of(right);
      if (one != other) return one < other;
      const bool left_hides = left.kind == EntryKind::whiteout;
      const bool right_hides = right.kind == EntryKind::whiteout;
      if (left_hides != right_hides) return right_hides;
      return PathLess()(left.path, right.path);
    });
  }

  const Tree& upper_;
  const ChangeSet& changes_;
  LinkGroups groups_;
  std::unordered_map<std::string_view, std::size_t> group_of_;
  std::set<std::size_t> written_groups_;
  std::vector<char> is_needed_;  // by number of the node: a directory to be written (in front)
  std::unordered_map<const LayerIndex*, std::size_t> archive_order_;
  std::unordered_map<std::string_view, Turn>
      turns_of_hiding_;                      // directories with whiteouts, by path
  std::vector<std::string_view> whiteouts_;  // in front, once that is known
  std::vector<PlannedMember> files_;
  std::vector<PlannedMember> links_;
};

}  // namespace

std::vector<PlannedMember> plan_layer(const Tree& upper, const ChangeSet& changes) {
  return Planner(upper, changes).run();
}

}  // namespace imgops
