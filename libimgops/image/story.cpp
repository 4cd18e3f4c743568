#include "libimgops/image/story.hpp"

#include "libimgops/image/image_draft.hpp"

namespace imgops {
namespace {

HistoryEntry marked(const StoryStep& step) {
  if (!step.layer) return step.entry.empty_layer ? step.entry : step.entry.as_empty();
  HistoryEntry entry = step.entry;
  if (!entry.empty_layer) return entry;
  entry.empty_layer = false;
  entry.json.erase("empty_layer");
  return entry;
}

}  // namespace

std::vector<StoryStep> story_steps(const Image& image) {
  std::vector<StoryStep> steps;
  for (const StoryLine& line : story_of(image)) {
    StoryStep& step = steps.emplace_back();
    step.entry = line.entry;
    if (line.layer) step.layer = image.layers()[*line.layer];
  }
  return steps;
}

Image with_story(const Image& image, std::span<const StoryStep> steps) {
  std::vector<ImageLayer> layers;
  std::vector<HistoryEntry> history;
  for (const StoryStep& step : steps) {
    if (step.layer) layers.push_back(*step.layer);
    history.push_back(marked(step));
  }
  ImageDraft draft = draft_of(image);
  set_layers(draft, layers);
  set_history(draft, history);
  return finish(draft, image);
}

}  // namespace imgops
