#include "libimgops/ops/cherry_pick.hpp"

#include "libimgops/image/story.hpp"
#include "libimgops/ops/stack_trees.hpp"
#include "libimgops/ops/view.hpp"
#include "libimgops/store/image_store.hpp"

#include <algorithm>
#include <utility>

namespace imgops {
namespace {

class Picking {
 public:
  Picking(const Operation& operation, const Image& image, const PickedSteps& picked,
          const MergeChoices& choices)
      : operation_(operation),
        image_(image),
        picked_(picked),
        choices_(choices),
        result_{image, false, {}, {}} {}

  CherryPickResult run() {
    const std::vector<StoryStep> all = story_steps(picked_.image);
    const std::size_t below = std::min(picked_.first_step, all.size());
    steps_.assign(all.begin() + static_cast<std::ptrdiff_t>(below), all.end());
    Json config = judge_settings();
    if (!put_layers() || result_.is_open()) return std::move(result_);
    const bool has_layer =
        std::ranges::any_of(steps_, [](const StoryStep& step) { return step.layer.has_value(); });
    if (!has_layer && !sets_something()) return std::move(result_);
    std::vector<StoryStep> story = story_steps(image_);
    story.insert(story.end(), steps_.begin(), steps_.end());
    result_.image = with_story(image_, story);
    if (sets_something()) result_.image = with_config(result_.image, config);
    result_.changed = !(result_.image.descriptor() == image_.descriptor());
    store_image(operation_.blobs, result_.image);
    return std::move(result_);
  }

 private:
  // Of a layer alone nothing is set, and what a replayed history does not tell is no difference.
  Json judge_settings() {
    const bool has_config_step =
        std::ranges::any_of(steps_, [](const StoryStep& step) { return !step.layer; });
    if (!has_config_step) return nullptr;
    MergedSettings merged =
        merge_settings(picked_.below, image_, picked_.image, choices_.policy, choices_.settings);
    result_.settings = std::move(merged.verdicts);
    return std::move(merged.config);
  }

  // Whether a setting of the image changes.
  bool sets_something() const {
    return std::ranges::any_of(result_.settings, [](const SettingVerdict& setting) {
      return setting.verdict == Verdict::take_new || setting.settled == MergePolicy::theirs;
    });
  }

  // False: a conflict is open.
  bool put_layers() {
    std::size_t position = picked_.below.layers().size();
    if (position == picked_.image.layers().size()) return true;
    Operation of_picked = operation_;
    of_picked.subject = picked_.name;
    StackTrees trees =
        of_image(of_picked, picked_.image, [&] { return StackTrees(of_picked, picked_.image); });
    Tree current = view(operation_, image_);
    for (StoryStep& step : steps_) {
      if (!step.layer) continue;
      const Tree before = trees.at(position);
      const Tree after = trees.at(position + 1);
      ReplayedLayer replayed = of_image(operation_, image_, [&] {
        return replay(operation_, before, after, *step.layer, trees.layer(position), current,
                      choices_, image_.family());
      });
      tell(position, replayed.paths);
      if (replayed.is_open()) return false;
      // Also one that is empty where it comes from: else each pick would add another.
      const bool is_there = shows(operation_, current, replayed.tree);
      step.layer = is_there ? std::nullopt : std::move(replayed.layer);
      current = std::move(replayed.tree);
      ++position;
    }
    return true;
  }

  void tell(std::size_t position, std::span<const MergedPath> paths) {
    LayerVerdicts layer{position, {}};
    for (const MergedPath& path : paths) {
      if (path.verdict == Verdict::conflict || path.verdict == Verdict::merged) {
        layer.paths.push_back(path);
      }
    }
    if (!layer.paths.empty()) result_.verdicts.push_back(std::move(layer));
  }

  const Operation& operation_;
  const Image& image_;
  const PickedSteps& picked_;
  const MergeChoices& choices_;
  std::vector<StoryStep> steps_;  // picked, with the layers they get here
  CherryPickResult result_;
};

}  // namespace

bool CherryPickResult::is_open() const noexcept {
  return std::ranges::any_of(verdicts,
                             [](const LayerVerdicts& layer) {
                               return std::ranges::any_of(layer.paths, &MergedPath::is_open);
                             }) ||
         std::ranges::any_of(
             settings, [](const SettingVerdict& setting) { return imgops::is_open(setting); });
}

CherryPickResult cherry_pick(const Operation& operation, const Image& image,
                             const PickedSteps& picked, const MergeChoices& choices) {
  // Errors are of one of the two images, each told where it is read.
  return Picking(operation, image, picked, choices).run();
}

}  // namespace imgops
