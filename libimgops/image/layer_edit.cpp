#include "libimgops/image/layer_edit.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/image/image_draft.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace imgops {
namespace {

// An image while its layers and history are being moved about together.
struct Story {
  std::vector<ImageLayer> layers;
  std::vector<StoryLine> lines;
};

Story open_story(const Image& image) {
  return {{image.layers().begin(), image.layers().end()}, story_of(image)};
}

Image close_story(const Image& image, const Story& story) {
  std::vector<HistoryEntry> history;
  for (const StoryLine& line : story.lines) history.push_back(line.entry);
  ImageDraft draft = draft_of(image);
  set_layers(draft, story.layers);
  set_history(draft, history);
  return finish(draft, image);
}

void check_position(const Image& image, std::size_t position, std::size_t end) {
  if (position < end) return;
  throw Error(ErrorKind::invalid_argument, "layer " + std::to_string(position + 1) +
                                               ": the image has " +
                                               std::to_string(image.layers().size()));
}

// Whether the layers below `position` have their lines before `line`, and no others have.
bool fits(const Story& story, std::size_t position, std::size_t line) {
  if (line > story.lines.size()) return false;
  for (std::size_t at = 0; at < story.lines.size(); ++at) {
    const auto& layer = story.lines[at].layer;
    if (layer && (*layer < position) != (at < line)) return false;
  }
  return true;
}

}  // namespace

Image exchange_lowest_layers(const Image& image, std::span<const ImageLayer> layers) {
  if (!layers.empty()) check_position(image, layers.size() - 1, image.layers().size());
  ImageDraft draft = draft_of(image);
  std::vector<ImageLayer> all(image.layers().begin(), image.layers().end());
  std::copy(layers.begin(), layers.end(), all.begin());
  set_layers(draft, all);
  return finish(draft, image);
}

Image insert_layer(const Image& image, std::size_t position, const ImageLayer& layer,
                   std::size_t line, HistoryEntry entry) {
  check_position(image, position, image.layers().size() + 1);
  Story story = open_story(image);
  if (!fits(story, position, line)) {
    throw Error(ErrorKind::invalid_argument,
                "history entry " + std::to_string(line + 1) + ": not where the layer goes");
  }
  entry.empty_layer = false;
  entry.json.erase("empty_layer");
  story.layers.insert(story.layers.begin() + static_cast<std::ptrdiff_t>(position), layer);
  story.lines.insert(story.lines.begin() + static_cast<std::ptrdiff_t>(line),
                     StoryLine{std::move(entry), position});
  return close_story(image, story);
}

Image remove_layer(const Image& image, std::size_t position) {
  check_position(image, position, image.layers().size());
  Story story = open_story(image);
  story.layers.erase(story.layers.begin() + static_cast<std::ptrdiff_t>(position));
  std::erase_if(story.lines, [position](const StoryLine& line) { return line.layer == position; });
  return close_story(image, story);
}

}  // namespace imgops
