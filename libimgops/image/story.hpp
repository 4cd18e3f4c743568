// An image's story taken apart and put together again: the steps of its history, each with the
// layer it made, as one list that can be cut, reordered and extended. Source: semantics J06.
#pragma once

#include "libimgops/image/image.hpp"

#include <optional>
#include <span>
#include <vector>

namespace imgops {

struct StoryStep {
  HistoryEntry entry;               // marked empty exactly when there is no layer
  std::optional<ImageLayer> layer;  // what the step made
};

// Oldest first; every layer of the image once, with an entry made for it where the history has
// none.
std::vector<StoryStep> story_steps(const Image& image);

// `image` with this story: layers, diff_ids and history; settings, annotations and unknown keys
// stay, and entries are marked as they have layers. Layers get types of the image's family. The
// image itself when nothing changes.
Image with_story(const Image& image, std::span<const StoryStep> steps);

}  // namespace imgops
