#include "libimgops/image/layer_edit.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/image/story.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace imgops {
namespace {

void check_position(const Image& image, std::size_t position, std::size_t end) {
  if (position < end) return;
  throw Error(ErrorKind::invalid_argument, "layer " + std::to_string(position + 1) +
                                               ": the image has " +
                                               std::to_string(image.layers().size()));
}

// The steps with a layer, from the bottom.
std::vector<StoryStep*> steps_with_layer(std::vector<StoryStep>& steps) {
  std::vector<StoryStep*> result;
  for (StoryStep& step : steps) {
    if (step.layer) result.push_back(&step);
  }
  return result;
}

}  // namespace

Image exchange_lowest_layers(const Image& image, std::span<const ImageLayer> layers) {
  if (!layers.empty()) check_position(image, layers.size() - 1, image.layers().size());
  std::vector<StoryStep> steps = story_steps(image);
  const std::vector<StoryStep*> with_layer = steps_with_layer(steps);
  for (std::size_t number = 0; number < layers.size(); ++number) {
    with_layer[number]->layer = layers[number];
  }
  return with_story(image, steps);
}

Image insert_layer(const Image& image, std::size_t position, const ImageLayer& layer,
                   std::size_t line, HistoryEntry entry) {
  check_position(image, position, image.layers().size() + 1);
  std::vector<StoryStep> steps = story_steps(image);
  const auto place = steps.begin() + static_cast<std::ptrdiff_t>(std::min(line, steps.size()));
  const auto below = std::count_if(steps.begin(), place,
                                   [](const StoryStep& step) { return step.layer.has_value(); });
  if (line > steps.size() || static_cast<std::size_t>(below) != position) {
    throw Error(ErrorKind::invalid_argument,
                "history entry " + std::to_string(line + 1) + ": not where the layer goes");
  }
  steps.insert(place, StoryStep{std::move(entry), layer});
  return with_story(image, steps);
}

Image remove_layer(const Image& image, std::size_t position) {
  check_position(image, position, image.layers().size());
  std::vector<StoryStep> steps = story_steps(image);
  const StoryStep* const step = steps_with_layer(steps)[position];
  steps.erase(steps.begin() + (step - steps.data()));
  return with_story(image, steps);
}

}  // namespace imgops
