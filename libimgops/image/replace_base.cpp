// Layers are told apart by position. Where in the history the image's own entries begin is harder:
// builders leave entries out, and some bases have none. The old base's own history settles it where
// what remains fits the remaining layers; else entries are counted.
#include "libimgops/image/replace_base.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/image/image_draft.hpp"
#include "libimgops/image/image_edit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace imgops {
namespace {

using Entries = std::span<const HistoryEntry>;

std::size_t full_count(Entries entries) {
  const auto count = std::ranges::count(entries, false, &HistoryEntry::empty_layer);
  return static_cast<std::size_t>(count);
}

bool is_same(Entries left, Entries right) {
  return std::ranges::equal(left, right, {}, &HistoryEntry::json, &HistoryEntry::json);
}

bool starts_with(Entries history, Entries beginning) {
  return history.size() >= beginning.size() && is_same(history.first(beginning.size()), beginning);
}

std::vector<HistoryEntry> whole_history(const Image& image) {
  std::vector<HistoryEntry> result;
  for (StoryLine& line : story_of(image)) result.push_back(std::move(line.entry));
  return result;
}

// By the history of the base itself, as it is or as an earlier edit of ours made it whole. More
// entries than layers above it mean that it is not what the image was made from.
std::optional<std::size_t> own_start_by_base(Entries history, std::size_t own_layers,
                                             const Image& base) {
  const std::vector<HistoryEntry> whole = whole_history(base);
  std::optional<std::size_t> loose;
  for (const Entries beginning : {Entries(whole), base.history()}) {
    if (!starts_with(history, beginning)) continue;
    const std::size_t above = full_count(history.subspan(beginning.size()));
    if (above == own_layers) return beginning.size();
    if (above < own_layers && !loose) loose = beginning.size();
  }
  return loose;
}

// By counting: entries that are missing are taken to be the base's, for a base without history is
// the usual reason; surplus ones lie on top, as pair_history() has it.
std::size_t own_start_by_count(Entries history, std::size_t layer_count, std::size_t own_layers) {
  const std::size_t full = full_count(history);
  if (full <= own_layers && full < layer_count) return 0;
  std::size_t left = full < layer_count ? full - own_layers : layer_count - own_layers;
  std::size_t start = 0;
  for (; left > 0; ++start) {
    if (!history[start].empty_layer) --left;
  }
  if (start == 0) return 0;
  while (start < history.size() && history[start].empty_layer) ++start;
  return start;
}

std::size_t own_start(const Image& image, std::size_t own_layers, const Image* old_base) {
  if (old_base != nullptr) {
    const auto start = own_start_by_base(image.history(), own_layers, *old_base);
    if (start) return *start;
  }
  return own_start_by_count(image.history(), image.layers().size(), own_layers);
}

// The entries from `start` on, with one for each of the image's own layers.
std::vector<HistoryEntry> own_history(const Image& image, std::size_t start,
                                      std::size_t own_layers) {
  const Entries entries = image.history().subspan(start);
  std::vector<HistoryEntry> result;
  for (const HistoryStep& step : pair_history(entries, own_layers).steps) {
    if (!step.entry) {
      // umoci 0.4.7 crashes on an entry without a time: the image's own is the latest possible.
      result.push_back(HistoryEntry::make(image.created(), "", "", false));
      continue;
    }
    const HistoryEntry& entry = entries[*step.entry];
    const bool is_surplus = !step.layer && !entry.empty_layer;
    result.push_back(is_surplus ? entry.as_empty() : entry);
  }
  return result;
}

bool stands_on(const Image& image, std::size_t layer_count, const Image& base) {
  return base.layers().size() == layer_count && shared_layer_count(image, base) == layer_count;
}

}  // namespace

Image replace_base(const Image& image, std::size_t old_base_layer_count, const Image& new_base,
                   const Image* old_base) {
  const std::size_t layer_count = image.layers().size();
  if (old_base_layer_count > layer_count) {
    throw Error(ErrorKind::invalid_argument, fmt::format("a base of {} layers: the image has {}",
                                                         old_base_layer_count, layer_count));
  }
  const std::size_t own_layers = layer_count - old_base_layer_count;
  const std::size_t start = own_start(image, own_layers, old_base);
  std::vector<HistoryEntry> history = whole_history(new_base);
  const Entries present = image.history().first(start);
  const bool has_its_history = is_same(present, new_base.history()) || is_same(present, history);
  if (stands_on(image, old_base_layer_count, new_base) && has_its_history) {
    return restore_base_layers(image, new_base);
  }
  std::vector<ImageLayer> layers(new_base.layers().begin(), new_base.layers().end());
  const auto own = image.layers().subspan(old_base_layer_count);
  layers.insert(layers.end(), own.begin(), own.end());
  for (HistoryEntry& entry : own_history(image, start, own_layers)) {
    history.push_back(std::move(entry));
  }
  ImageDraft draft = draft_of(image);
  set_layers(draft, layers);
  set_history(draft, history);
  return finish(draft, image);
}

}  // namespace imgops
