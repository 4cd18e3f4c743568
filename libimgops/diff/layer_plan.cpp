// A walk over the changes marks what is written: directories, first names, second names; whiteouts
// are listed. A group of hard links is written whole as soon as one of its names changed (W07);
// directories above whatever is written are added (W01). Only when the changes are gone are members
// made: both lists at once would be the largest thing in memory.
//
// A directory goes among the files, where its archive has it, if nothing inside it is written
// before that: then what lies around it there is one run still, and goes over as it is.
#include "libimgops/diff/layer_plan.hpp"

#include "libimgops/base/path.hpp"

#include <algorithm>
#include <compare>
#include <cstdint>
#include <map>
#include <unordered_map>
#include <utility>

namespace imgops {
namespace {

PlannedMember member_of(const Node& node) {
  return {node.path(), node.inode(), node.entry()};
}

// How a node is written.
enum class Part : std::uint8_t { none, directory, file, second_name };

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
  const Content& content = member.inode()->content();
  if (content.origin != nullptr) {
    if (content.origin->origin != Origin::archive) return {};
    return {content.origin, content.offset_bytes};
  }
  if (member.source_layer() == nullptr || member.source_layer()->origin != Origin::archive)
    return {};
  return {member.source_layer(), member.source()->member_offset_bytes()};
}

class Planner {
 public:
  Planner(const Tree& upper, ChangeSet changes)
      : upper_(upper), changes_(std::move(changes)), parts_(upper.nodes().size(), Part::none) {}

  std::vector<PlannedMember> run() {
    for (const auto& group : link_groups(upper_)) {
      groups_.push_back(group);
      for (const Node* node : group) group_of_[node->path()] = groups_.size() - 1;
    }
    first_names_.resize(groups_.size());
    for (const Change& change : changes_) add(change);
    changes_ = ChangeSet();
    add_directories_above();
    files_.reserve(whiteouts_.size() + parts_.size() - count(Part::none));
    add_files();
    order_archives();
    add_directories_in_place();
    order_by_source();
    // In place: a second list would be the largest thing in memory.
    const auto files = static_cast<std::ptrdiff_t>(files_.size());
    add_directories_in_front();
    std::rotate(files_.begin(), files_.begin() + files, files_.end());
    add_second_names();
    return std::move(files_);
  }

 private:
  void add(const Change& change) {
    if (change.after == nullptr) {
      add_whiteout(change.path());
    } else if (change.after->inode()->type() == FileType::directory) {
      part_of(*change.after) = Part::directory;
    } else {
      add_file(*change.after);
    }
  }

  Part& part_of(const Node& node) {
    return parts_[static_cast<std::size_t>(&node - upper_.nodes().data())];
  }

  std::size_t count(Part part) const {
    return static_cast<std::size_t>(std::ranges::count(parts_, part));
  }

  // By path.
  template <class Function>
  void for_each(Part part, const Function& function) const {
    for (std::size_t number = 0; number < parts_.size(); ++number) {
      if (parts_[number] == part) function(upper_.nodes()[number]);
    }
  }

  // Needed only where the directory around it shows on both sides: elsewhere what replaced or
  // removed the directory removed this too (W05, W06).
  void add_whiteout(std::string_view path) {
    const Node* above = upper_.find(parent_path(path));
    if (above == nullptr || above->inode()->type() != FileType::directory) return;
    whiteouts_.push_back(path);
  }

  void add_file(const Node& node) {
    const auto found = group_of_.find(node.path());
    if (found == group_of_.end()) {
      part_of(node) = Part::file;
      return;
    }
    if (part_of(node) != Part::none) return;  // with all of its group
    const std::vector<const Node*>& group = groups_[found->second];
    for (const Node* name : group) part_of(*name) = Part::second_name;
    const Node& first = first_name(group);
    part_of(first) = Part::file;
    first_names_[found->second] = &first;
  }

  // The name whose member holds the bytes; if that is gone, the first by path.
  static const Node& first_name(const std::vector<const Node*>& group) {
    for (const Node* node : group) {
      if (node->entry() != nullptr && node->entry()->kind() == EntryKind::file) return *node;
    }
    return *group.front();
  }

  // In path order a directory comes before what is inside it, so of one that is marked those above
  // are, too.
  void add_directories_above() {
    const auto add_above = [&](std::string_view path) {
      for (std::string_view at = parent_path(path); !at.empty(); at = parent_path(at)) {
        Part& part = part_of(*upper_.find(at));
        if (std::exchange(part, Part::directory) == Part::directory) return;
      }
    };
    for (std::size_t number = 0; number < parts_.size(); ++number) {
      if (parts_[number] != Part::none) add_above(upper_.nodes()[number].path());
    }
    for (const std::string_view path : whiteouts_) add_above(path);
  }

  void add_files() {
    for_each(Part::file, [&](const Node& node) { files_.push_back(member_of(node)); });
  }

  void add_second_names() {
    for_each(Part::second_name, [&](const Node& node) {
      const Node* const first = first_names_[group_of_.at(node.path())];
      files_.push_back(member_of(node).linked_to(first->path()));
    });
  }

  // Uppermost first: a directory mostly comes from the uppermost layer that has something inside
  // it, so it stands before all of that in this order.
  void order_archives() {
    std::unordered_map<const LayerIndex*, std::size_t> number_of;
    for (const Node& node : upper_.nodes()) {
      if (node.layer() == nullptr) continue;
      std::size_t& number = number_of[node.layer()];
      number = std::max<std::size_t>(number, node.layer_number() + 1);
    }
    std::vector<const LayerIndex*> archives;
    const auto meet = [&](const PlannedMember& member) {
      const LayerIndex* layer = place_of(member).layer;
      if (layer != nullptr && archive_order_.emplace(layer, 0).second) archives.push_back(layer);
    };
    for (const PlannedMember& member : files_) meet(member);
    for_each(Part::directory, [&](const Node& node) { meet(member_of(node)); });
    std::stable_sort(archives.begin(), archives.end(), [&](const auto* left, const auto* right) {
      return number_of[left] > number_of[right];
    });
    for (std::size_t place = 0; place < archives.size(); ++place) {
      archive_order_[archives[place]] = place;
    }
    archive_order_[nullptr] = archives.size();  // what comes from no archive: last, and by path
  }

  Turn turn_of(const PlannedMember& member) const {
    if (member.kind() == EntryKind::whiteout)
      return turns_of_hiding_.at(parent_path(member.path()));
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
    for (const PlannedMember& member : files_) happens(member.path(), turn_of(member));
    for (std::size_t number = parts_.size(); number-- > 1;) {
      if (parts_[number] != Part::directory) continue;
      const Node& node = upper_.nodes()[number];
      const PlannedMember member = member_of(node);
      const Turn turn = turn_of(member);
      const auto inside = earliest.find(node.path());
      const bool has_place = place_of(member).layer != nullptr;
      if (has_place && (inside == earliest.end() || turn < inside->second)) {
        parts_[number] = Part::none;
        files_.push_back(member);
        happens(node.path(), turn);
        if (whiteouts_in.count(node.path()) != 0) turns_of_hiding_.emplace(node.path(), turn);
      } else {
        happens(node.path(), first_turn);
      }
    }
    const auto is_in_place = [&](std::string_view whiteout) {
      return turns_of_hiding_.count(parent_path(whiteout)) != 0;
    };
    for (const std::string_view path : whiteouts_) {
      if (is_in_place(path)) files_.emplace_back(path);
    }
    std::erase_if(whiteouts_, is_in_place);
  }

  void add_directories_in_front() {
    std::map<std::string_view, std::vector<std::string_view>, PathLess> inside;
    for (const std::string_view path : whiteouts_) inside[parent_path(path)].push_back(path);
    for (std::size_t number = 0; number < parts_.size(); ++number) {
      const Node& node = upper_.nodes()[number];
      const bool is_written = parts_[number] == Part::directory;
      if (is_written) files_.push_back(member_of(node));
      if (inside.empty() || !(is_written || node.path().empty())) continue;
      const auto found = inside.find(node.path());
      if (found == inside.end()) continue;
      for (const std::string_view path : found->second) files_.emplace_back(path);
    }
  }

  // A directory's whiteouts have its turn, behind it.
  void order_by_source() {
    std::sort(files_.begin(), files_.end(), [&](const auto& left, const auto& right) {
      const Turn one = turn_of(left);
      const Turn other = turn_of(right);
      if (one != other) return one < other;
      const bool left_hides = left.kind() == EntryKind::whiteout;
      const bool right_hides = right.kind() == EntryKind::whiteout;
      if (left_hides != right_hides) return right_hides;
      return PathLess()(left.path(), right.path());
    });
  }

  const Tree& upper_;
  ChangeSet changes_;
  LinkGroups groups_;
  std::vector<const Node*> first_names_;  // by number of the group, of those that are written
  std::unordered_map<std::string_view, std::size_t> group_of_;
  std::vector<Part> parts_;  // by number of the node: of directories, of those in front
  std::unordered_map<const LayerIndex*, std::size_t> archive_order_;
  std::unordered_map<std::string_view, Turn>
      turns_of_hiding_;                      // directories with whiteouts, by path
  std::vector<std::string_view> whiteouts_;  // in front, once that is known
  std::vector<PlannedMember> files_;
};

}  // namespace

std::vector<PlannedMember> plan_layer(const Tree& upper, ChangeSet changes) {
  return Planner(upper, std::move(changes)).run();
}

}  // namespace imgops
