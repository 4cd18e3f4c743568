// A layer is judged by its index; only one that must change is read and written. Members whose time
// is clamped point to copies of their inodes.
#include "libimgops/ops/normalize.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/image/exchange_layers.hpp"
#include "libimgops/ops/layer_members.hpp"
#include "libimgops/store/image_store.hpp"
#include "libimgops/tree/union.hpp"

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace imgops {
namespace {

using Plan = std::vector<PlannedMember>;

// Of hard links the first name by path becomes the file: which one it was before depended on the
// order in which they were found.
void choose_first_names(Plan& plan) {
  std::unordered_map<const Inode*, std::size_t> first;  // by inode: number of the first member
  for (std::size_t number = 0; number < plan.size(); ++number) {
    const PlannedMember& member = plan[number];
    if (member.inode() == nullptr || member.inode()->type() == FileType::directory) continue;
    const auto [found, is_new] = first.emplace(member.inode(), number);
    if (!is_new && PathLess()(member.path(), plan[found->second].path())) found->second = number;
  }
  for (PlannedMember& member : plan) {
    if (member.inode() == nullptr || member.inode()->type() == FileType::directory) continue;
    const std::string_view chosen = plan[first.at(member.inode())].path();
    member = chosen == member.path() ? member.unlinked() : member.linked_to(chosen);
  }
}

// 0: directories and whiteouts; 1: files; 2: second names.
int rank_of(const PlannedMember& member) {
  if (member.kind() == EntryKind::whiteout) return 0;
  if (member.kind() == EntryKind::hard_link) return 2;
  return member.inode()->type() == FileType::directory ? 0 : 1;
}

// Whiteouts stand right behind the directory they are in, before the directories inside it.
bool stands_before(const PlannedMember& left, const PlannedMember& right) {
  const int left_rank = rank_of(left);
  const int right_rank = rank_of(right);
  if (left_rank != right_rank) return left_rank < right_rank;
  const bool left_hides = left.kind() == EntryKind::whiteout;
  const bool right_hides = right.kind() == EntryKind::whiteout;
  const auto place = [](const PlannedMember& member, bool hides) {
    return hides ? parent_path(member.path()) : member.path();
  };
  const auto order = compare_paths(place(left, left_hides), place(right, right_hides));
  if (order != 0) return order < 0;
  if (left_hides != right_hides) return right_hides;
  return PathLess()(left.path(), right.path());
}

bool is_same_order(const Plan& left, const Plan& right) {
  return std::ranges::equal(left, right, [](const PlannedMember& one, const PlannedMember& other) {
    return one.kind() == other.kind() && one.path() == other.path() &&
           one.link_path() == other.link_path();
  });
}

// The inodes of a plan with their times clamped.
class Clamp {
 public:
  explicit Clamp(std::int64_t epoch_seconds) : epoch_{epoch_seconds, 0} {}

  std::uint64_t run(Plan& plan) {
    std::uint64_t count = 0;
    for (PlannedMember& member : plan) {
      if (member.inode() == nullptr || member.inode()->implied() ||
          member.inode()->mtime() <= epoch_) {
        continue;
      }
      member = member.with_inode(clamped(*member.inode()));
      ++count;
    }
    return count;
  }

 private:
  // One for all names of a file.
  const Inode* clamped(const Inode& inode) {
    const auto [found, is_new] = known_.emplace(&inode, nullptr);
    if (is_new) {
      InodeFields copy = fields_of(inode);
      copy.mtime = epoch_;
      found->second = &made_.emplace_back(copy, shapes_);
    }
    return found->second;
  }

  Timestamp epoch_;
  ShapeStore shapes_;
  std::deque<Inode> made_;
  std::unordered_map<const Inode*, const Inode*> known_;
};

// The tree below each layer, made as far as it is asked for: mostly nobody asks.
class LowerTrees {
 public:
  LowerTrees(const Operation& operation, const Image& image)
      : operation_(operation), image_(image) {}

  // Below layer `number`; numbers only grow.
  const Tree& below(std::size_t number) {
    const auto layers =
        operation_.layers.open(image_.layers().subspan(done_, number - done_), operation_.workers,
                               operation_.observer, operation_.stop, done_);
    tree_ = apply_layers(tree_, layers, done_, operation_.observer);
    done_ = number;
    return tree_;
  }

 private:
  const Operation& operation_;
  const Image& image_;
  Tree tree_;
  std::size_t done_ = 0;
};

class Normalizer {
 public:
  Normalizer(const Operation& operation, const Image& image, const NormalizeOptions& options)
      : operation_(operation), image_(image), options_(options), trees_(operation, image) {}

  NormalizedLayer run(std::size_t number, const LayerIndex& index) {
    const ImageLayer& old = image_.layers()[number];
    NormalizedLayer result{number, old, old, 0};
    const std::optional<Plan> own = own_members(index);
    if (!own && !has_late_entry(index) && options_.order == MemberOrder::kept) return result;
    Clamp clamp(options_.epoch_seconds);
    Tree upper;  // what a difference points into
    Plan plan;
    if (own) {
      plan = *own;
    } else {
      const Tree lower = trees_.below(number);
      upper = trees_.below(number + 1);
      plan = plan_difference(operation_, lower, upper);
    }
    if (!own || options_.order == MemberOrder::sorted) {
      choose_first_names(plan);
      std::ranges::stable_sort(plan, stands_before);
    }
    const bool is_reordered = !own || !is_same_order(plan, *own);
    result.clamped = clamp.run(plan);
    if (is_reordered || result.clamped > 0) {
      // Two builds of the same content may have been compressed by different programs.
      result.after = write_in_place_of(operation_, image_, old, plan, Packing::canonical);
    }
    return result;
  }

 private:
  bool has_late_entry(const LayerIndex& layer) const {
    const Timestamp epoch{options_.epoch_seconds, 0};
    return std::ranges::any_of(layer.entries, [&epoch](const LayerEntry& entry) {
      const bool is_marker =
          entry.kind() == EntryKind::whiteout || entry.kind() == EntryKind::opaque;
      return !is_marker && entry.inode.mtime() > epoch;
    });
  }

  const Operation& operation_;
  const Image& image_;
  const NormalizeOptions& options_;
  LowerTrees trees_;
};

void clamp_time(Json& object, const std::string& epoch, const Timestamp& limit) {
  const Json* const written = find_field(object, "created");
  if (written == nullptr || !written->is_string()) return;
  const auto time = parse_rfc3339(written->get_ref<const std::string&>());
  if (time && *time > limit) object["created"] = epoch;
}

Image clamp_documents(const Image& image, const NormalizeOptions& options) {
  const Timestamp limit{options.epoch_seconds, 0};
  const std::string epoch = to_rfc3339(limit);
  return edit_configuration(image, [&](Json& configuration) {
    clamp_time(configuration, epoch, limit);
    if (find_field(configuration, "history") == nullptr) return;
    Json& history = configuration["history"];
    for (std::size_t entry = options.first_entry; entry < history.size(); ++entry) {
      clamp_time(history[entry], epoch, limit);
    }
  });
}

NormalizeResult normalize_range(const Operation& operation, const Image& image, LayerRange range,
                                const NormalizeOptions& options) {
  NormalizeResult result{image, {}};
  std::vector<ImageLayer> layers(image.layers().begin(), image.layers().end());
  const auto indexes =
      operation.layers.open(image.layers().subspan(range.first, range.end - range.first),
                            operation.workers, operation.observer, operation.stop, range.first);
  Normalizer normalizer(operation, image, options);
  for (std::size_t number = range.first; number < range.end; ++number) {
    result.layers.push_back(normalizer.run(number, *indexes[number - range.first]));
    layers[number] = result.layers.back().after;
  }
  result.image = clamp_documents(exchange_layers(image, layers), options);
  if (!(result.image.descriptor() == image.descriptor())) {
    store_image(operation.blobs, result.image);
  }
  return result;
}

}  // namespace

std::size_t first_own_entry(const Image& image, std::size_t base_layers, const Image* base) {
  const auto history = image.history();
  if (base != nullptr && base->history().size() <= history.size()) {
    const auto beginning = history.first(base->history().size());
    if (std::ranges::equal(beginning, base->history(), {}, &HistoryEntry::json,
                           &HistoryEntry::json)) {
      return beginning.size();
    }
  }
  std::size_t entries = 0;
  for (const HistoryStep& step : pair_history(history, image.layers().size()).steps) {
    if (step.layer && *step.layer < base_layers && step.entry) entries = *step.entry + 1;
  }
  return entries;
}

NormalizeResult normalize(const Operation& operation, const Image& image, LayerRange range,
                          const NormalizeOptions& options) {
  if (range.first > range.end || range.end > image.layers().size()) {
    throw Error(ErrorKind::invalid_argument, "the range has more layers than the image");
  }
  return of_image(operation, image,
                  [&] { return normalize_range(operation, image, range, options); });
}

}  // namespace imgops
