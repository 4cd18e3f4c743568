#include "libimgops/ops/merge_images.hpp"

#include "libimgops/image/story.hpp"
#include "libimgops/ops/view.hpp"
#include "libimgops/store/image_store.hpp"

#include <algorithm>
#include <utility>

namespace imgops {
namespace {

bool is_same_step(const StoryStep& left, const StoryStep& right) {
  if (left.layer.has_value() != right.layer.has_value()) return false;
  if (left.layer && left.layer->diff_id != right.layer->diff_id) return false;
  return left.entry.created_by == right.entry.created_by &&
         left.entry.created == right.entry.created && left.entry.comment == right.entry.comment;
}

// How many steps up to and with the layer of that number, counted from 1.
std::size_t steps_with_layers(std::span<const StoryStep> steps, std::size_t layer_count) {
  std::size_t layers = 0;
  for (std::size_t at = 0; at < steps.size(); ++at) {
    if (layers == layer_count) return at;
    if (steps[at].layer) ++layers;
  }
  return steps.size();
}

// The position of the lowest layer of theirs that ours does not stand on.
std::size_t first_own_layer(const Image& ours, const Image& theirs, const Image& base) {
  const std::size_t shared = shared_layer_count(ours, theirs);
  const std::size_t based = shared_layer_count(base, theirs);
  return based == base.layers().size() ? std::max(shared, based) : shared;
}

class Merging {
 public:
  Merging(const Operation& operation, const Image& ours, const Image& theirs, const Image& base,
          const std::string& message, const MergeChoices& choices)
      : operation_(operation),
        ours_(ours),
        theirs_(theirs),
        base_(base),
        message_(message),
        choices_(choices),
        result_{ours, MergeKind::nothing, {}, {}, {}, {}} {}

  MergedImage run() {
    if (is_base_shared() && is_decided_by_story()) return std::move(result_);
    MergedSettings settings =
        merge_settings(base_, ours_, theirs_, choices_.policy, choices_.settings);
    result_.settings = std::move(settings.verdicts);
    merge_layers();
    if (!result_.is_open()) finish(settings.config);
    return std::move(result_);
  }

 private:
  // Whether the base is the beginning of both; then their stories tell all.
  bool is_base_shared() const {
    return shared_layer_count(base_, ours_) == base_.layers().size() &&
           shared_layer_count(base_, theirs_) == base_.layers().size();
  }

  // One image is the beginning of the other.
  bool is_decided_by_story() {
    if (ours_.descriptor() == theirs_.descriptor()) return true;
    if (common_step_count(ours_, theirs_) == story_steps(ours_).size()) {
      result_.settings =
          merge_settings(ours_, ours_, theirs_, choices_.policy, choices_.settings).verdicts;
      result_.image = theirs_;
      result_.kind = MergeKind::fast_forward;
      return true;
    }
    return common_step_count(theirs_, ours_) == story_steps(theirs_).size();
  }

  void merge_layers() {
    Operation on_another = operation_;
    on_another.subject.clear();  // their digests tell which images they are
    const Tree base = view(on_another, base_);
    const Tree ours = view(operation_, ours_);
    const Tree theirs = view(on_another, theirs_);
    MergeResult merged = merge_trees(operation_, base, ours, theirs, choices_);
    result_.paths = std::move(merged.paths);
    if (auto clash = rpm_clash(operation_, base, ours, theirs)) {
      result_.problems.push_back({PackageProblemKind::database, "rpm", "", std::move(*clash)});
    }
    if (result_.is_open()) return;
    auto problems = package_problems(operation_, {base, ours, theirs, merged.tree});
    result_.problems.insert(result_.problems.end(), problems.begin(), problems.end());
    first_ = first_own_layer(ours_, theirs_, base_);
    steps_ = their_steps();
    if (shows(operation_, ours, merged.tree)) return without_layers();
    const auto own = operation_.layers.open(theirs_.layers().subspan(first_), operation_.workers,
                                            operation_.observer, operation_.stop, first_);
    std::optional<Tree> stacked = apply_elsewhere(ours, own);
    if (!stacked) {
      without_layers();
      stacked = ours;
    }
    // Times alone are no reason for a layer of their own.
    const auto written = write_difference(operation_, *stacked, merged.tree, ours_.family());
    if (written) result_.resolution = written->layer;
  }

  // The steps of theirs that are not ours: above the beginning both have, or above the layers that
  // are known to be.
  std::vector<StoryStep> their_steps() const {
    std::vector<StoryStep> steps = story_steps(theirs_);
    const std::size_t by_layer = steps_with_layers(steps, first_);
    const std::size_t by_story =
        first_ == shared_layer_count(ours_, theirs_) ? common_step_count(theirs_, ours_) : 0;
    steps.erase(steps.begin(),
                steps.begin() + static_cast<std::ptrdiff_t>(std::max(by_layer, by_story)));
    return steps;
  }

  void without_layers() {
    for (StoryStep& step : steps_) step.layer.reset();
  }

  bool sets_something() const {
    return std::ranges::any_of(result_.settings, [](const SettingVerdict& setting) {
      return setting.verdict == Verdict::take_new || setting.settled == MergePolicy::theirs;
    });
  }

  void finish(const Json& config) {
    const bool has_layer =
        result_.resolution ||
        std::ranges::any_of(steps_, [](const StoryStep& step) { return step.layer.has_value(); });
    if (!has_layer && !sets_something()) return;
    std::vector<StoryStep> story = story_steps(ours_);
    const std::string created = steps_.empty() ? theirs_.created() : steps_.back().entry.created;
    story.insert(story.end(), steps_.begin(), steps_.end());
    if (result_.resolution) {
      story.push_back({HistoryEntry::make(created, message_, "", false), result_.resolution});
    }
    result_.image = with_story(ours_, story);
    if (sets_something()) result_.image = with_config(result_.image, config);
    result_.kind = MergeKind::merged;
    store_image(operation_.blobs, result_.image);
  }

  const Operation& operation_;
  const Image& ours_;
  const Image& theirs_;
  const Image& base_;
  const std::string& message_;
  const MergeChoices& choices_;
  std::size_t first_ = 0;         // of theirs, the lowest layer that is put on top of ours
  std::vector<StoryStep> steps_;  // of theirs, to follow ours
  MergedImage result_;
};

}  // namespace

std::size_t common_step_count(const Image& ours, const Image& theirs) {
  const std::vector<StoryStep> left = story_steps(ours);
  const std::vector<StoryStep> right = story_steps(theirs);
  const std::size_t shared = shared_layer_count(ours, theirs);
  std::size_t common = 0;
  while (common < left.size() && common < right.size() &&
         is_same_step(left[common], right[common])) {
    ++common;
  }
  // Histories of one stack may differ: a builder's and a daemon's, or none at all.
  return std::max(common, shared == 0 ? 0 : steps_with_layers(left, shared));
}

bool MergedImage::is_open() const noexcept {
  return std::ranges::any_of(paths, &MergedPath::is_open) ||
         std::ranges::any_of(
             settings, [](const SettingVerdict& setting) { return imgops::is_open(setting); });
}

MergedImage merge_images(const Operation& operation, const Image& ours, const Image& theirs,
                         const Image& base, const std::string& message,
                         const MergeChoices& choices) {
  return of_image(operation, ours,
                  [&] { return Merging(operation, ours, theirs, base, message, choices).run(); });
}

}  // namespace imgops
