// The stack built so far is either the image's own, cut at some height, and then no tree of it is
// needed; or it has a tree of its own, and every layer put on it is merged.
#include "libimgops/ops/edit_layers.hpp"

#include "libimgops/base/path.hpp"
#include "libimgops/image/story.hpp"
#include "libimgops/ops/stack_trees.hpp"
#include "libimgops/store/image_store.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

namespace imgops {
namespace {

// The steps of one layer: its own, then those without a layer up to the next.
using Unit = std::vector<StoryStep>;

struct CutStory {
  std::vector<StoryStep> below;  // what the plan does not touch
  std::vector<Unit> units;
};

CutStory cut_story(const Image& image, std::size_t first) {
  CutStory story;
  std::size_t layers = 0;
  for (StoryStep& step : story_steps(image)) {
    if (step.layer && layers++ >= first) story.units.emplace_back();
    (story.units.empty() ? story.below : story.units.back()).push_back(std::move(step));
  }
  return story;
}

bool is_worth_telling(const MergedPath& path) {
  return path.verdict == Verdict::conflict || path.verdict == Verdict::merged;
}

class Editor {
 public:
  Editor(const Operation& operation, const Image& image, std::size_t first,
         const MergeChoices& choices)
      : operation_(operation),
        image_(image),
        first_(first),
        choices_(choices),
        story_(cut_story(image, first)),
        steps_(story_.below),
        height_(first),
        result_{image, false, {}, {}} {}

  EditResult run(const EditPlan& plan) {
    auto tag = plan.tags.begin();
    for (std::size_t at = 0; at <= plan.edits.size();) {
      for (; tag != plan.tags.end() && tag->edit_count <= at; ++tag) {
        result_.tag_steps.push_back(steps_.size());
      }
      if (at == plan.edits.size()) break;
      const std::size_t end = end_of_group(plan, at);
      if (plan.edits[at].fate == LayerFate::drop) {
        drop(plan.edits[at].layer);
      } else if (!put(std::span(plan.edits).subspan(at, end - at))) {
        return std::move(result_);
      }
      at = end;
    }
    finish();
    return std::move(result_);
  }

  // Of the stack that run() built.
  std::vector<std::string> returned_paths() {
    const Tree now = current();
    const Tree then = trees().at(image_.layers().size());
    std::vector<std::string> paths;
    for (const Node& node : now.nodes()) {
      if (then.find(node.path()) != nullptr) continue;
      const bool is_told = !paths.empty() && is_below(node.path(), paths.back());
      if (!is_told) paths.emplace_back(node.path());
    }
    return paths;
  }

 private:
  // A kept layer with all that is squashed into it; dropped ones in between go alone.
  static std::size_t end_of_group(const EditPlan& plan, std::size_t at) {
    std::size_t end = at + 1;
    if (plan.edits[at].fate == LayerFate::drop) return end;
    for (std::size_t next = end; next < plan.edits.size(); ++next) {
      if (plan.edits[next].fate == LayerFate::keep) break;
      if (plan.edits[next].fate == LayerFate::squash) end = next + 1;
    }
    return end;
  }

  StackTrees& trees() {
    if (!trees_) trees_.emplace(operation_, image_);
    return *trees_;
  }

  Tree current() { return height_ ? trees().at(*height_) : tree_; }

  void drop(std::size_t unit) {
    const Unit& steps = story_.units[unit];
    steps_.insert(steps_.end(), steps.begin() + 1, steps.end());
    is_changed_ = true;
  }

  // Whether the layer stands on just what it was made on.
  bool is_in_place(std::size_t unit) const { return height_ && *height_ == first_ + unit; }

  // The layer done to the stack so far, without being written; false: a conflict is open.
  bool put_tree(std::size_t unit, std::optional<ImageLayer>& as_it_is) {
    const std::size_t position = first_ + unit;
    const ImageLayer& layer = image_.layers()[position];
    if (is_in_place(unit)) {
      as_it_is = layer;
      height_ = position + 1;
      return true;
    }
    const Tree below = current();
    const Tree before = trees().at(position);
    const Tree after = trees().at(position + 1);
    ReplayedLayer replayed = replay_unwritten(operation_, before, after, layer,
                                              trees().layer(position), below, choices_);
    const bool is_open = replayed.is_open();
    tell(position, std::move(replayed.paths));
    if (is_open) return false;
    as_it_is = replayed.layer;
    tree_ = std::move(replayed.tree);
    height_.reset();
    is_changed_ = true;
    return true;
  }

  void tell(std::size_t position, std::vector<MergedPath> paths) {
    std::erase_if(paths, [](const MergedPath& path) { return !is_worth_telling(path); });
    if (!paths.empty()) result_.verdicts.push_back({position, std::move(paths)});
  }

  bool put(std::span<const LayerEdit> group) {
    const auto members = std::ranges::count_if(
        group, [](const LayerEdit& edit) { return edit.fate != LayerFate::drop; });
    const bool is_combined = members > 1;
    const bool needs_below = is_combined || !is_in_place(group.front().layer);
    const Tree below = needs_below ? current() : Tree();
    std::optional<ImageLayer> as_it_is;
    std::size_t last_step = 0;
    for (const LayerEdit& edit : group) {
      if (edit.fate == LayerFate::drop) {
        drop(edit.layer);
        continue;
      }
      as_it_is.reset();
      if (!put_tree(edit.layer, as_it_is)) return false;
      last_step = steps_.size();
      add_steps(edit);
    }
    if (!is_combined) {
      steps_[last_step].layer = as_it_is ? as_it_is : written(below, Times::ignored);
      return true;
    }
    is_changed_ = true;
    steps_[last_step].layer = written(below, Times::kept);
    return true;
  }

  enum class Times : std::uint8_t { kept, ignored };

  std::optional<ImageLayer> written(const Tree& below, Times times) {
    const Tree wanted = current();
    const MediaFamily family = image_.family();
    const auto layer = times == Times::kept
                           ? write_exact_difference(operation_, below, wanted, family)
                           : write_difference(operation_, below, wanted, family);
    if (!layer) return std::nullopt;
    return layer->layer;
  }

  // Without their layers: those are known when the group is.
  void add_steps(const LayerEdit& edit) {
    for (StoryStep step : story_.units[edit.layer]) {
      if (step.layer && edit.instruction) {
        step.entry.created_by = *edit.instruction;
        step.entry.json["created_by"] = *edit.instruction;
        is_changed_ = true;
      }
      step.layer.reset();
      steps_.push_back(std::move(step));
    }
  }

  void finish() {
    if (!is_changed_) return;
    result_.image = with_story(image_, steps_);
    if (result_.image.layers().empty()) {
      throw Error(ErrorKind::conflict, "no layer would be left, and an image needs one",
                  "'imgops untag' removes a name");
    }
    result_.changed = !(result_.image.descriptor() == image_.descriptor());
    store_image(operation_.blobs, result_.image);
  }

  const Operation& operation_;
  const Image& image_;
  std::size_t first_;
  const MergeChoices& choices_;
  CutStory story_;
  std::optional<StackTrees> trees_;
  std::vector<StoryStep> steps_;
  // The stack so far shows what the lowest so many layers of the image do; absent: `tree_`.
  std::optional<std::size_t> height_;
  Tree tree_;
  bool is_changed_ = false;
  EditResult result_;
};

}  // namespace

bool EditResult::is_open() const noexcept {
  return std::ranges::any_of(verdicts, [](const LayerVerdicts& layer) {
    return std::ranges::any_of(layer.paths, &MergedPath::is_open);
  });
}

EditResult edit_layers(const Operation& operation, const Image& image, std::size_t first,
                       const EditPlan& plan, const MergeChoices& choices) {
  return of_image(operation, image,
                  [&] { return Editor(operation, image, first, choices).run(plan); });
}

RevertResult revert_layers(const Operation& operation, const Image& image,
                           std::span<const std::size_t> dropped, const MergeChoices& choices) {
  return of_image(operation, image, [&] {
    if (dropped.empty()) return RevertResult{{image, false, {}, {}}, {}};
    const std::size_t first = *std::ranges::min_element(dropped);
    const EditPlan plan = plan_without(dropped, first, image.layers().size());
    Editor editor(operation, image, first, choices);
    RevertResult result{editor.run(plan), {}};
    if (!result.edit.is_open()) result.returned = editor.returned_paths();
    return result;
  });
}

}  // namespace imgops
