// The documents of an image while they are being edited. Private to the room.
// Source: semantics J06, J16, J17.
#pragma once

#include "libimgops/image/image.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace imgops {

// Free to be inconsistent until finish(), which is the only way out.
struct ImageDraft {
  Json manifest;
  Json configuration;
  MediaFamily family;
};
ImageDraft draft_of(const Image& image);

// Put in the place where the document has them, so that the order of keys stays.
void set_layers(ImageDraft& draft, std::span<const ImageLayer> layers);
void set_history(ImageDraft& draft, std::span<const HistoryEntry> history);

// `original` itself when nothing was changed, else publish().
Image finish(const ImageDraft& draft, const Image& original);
// The documents printed with all media types of one family, wherever that has a name for them.
// A document that is as in `original` keeps its bytes.
Image publish(ImageDraft draft, const Image& original);

// One line of an image's story made whole: every layer has an entry of its own that is not marked
// empty, every other entry is marked so.
struct StoryLine {
  HistoryEntry entry;
  std::optional<std::size_t> layer;  // position, bottom is 0
};
std::vector<StoryLine> story_of(const Image& image);  // oldest first, as pair_history()

}  // namespace imgops
