// Every edit of layers goes by the image's story (image_draft.hpp), in which each layer has its
// entry: lines are kept, marked or left out, and what remains is written back as history and layers
// of one length.
#include "libimgops/image/image_edit.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/hasher.hpp"
#include "libimgops/base/timestamp.hpp"
#include "libimgops/image/document.hpp"
#include "libimgops/image/image_draft.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace imgops {
namespace {

constexpr std::string_view redacted = "<redacted>";

[[noreturn]] void throw_bad_argument(const std::string& message) {
  throw Error(ErrorKind::invalid_argument, message);
}

void check_range(const Image& image, LayerRange range) {
  if (range.first <= range.end && range.end <= image.layers().size()) return;
  throw_bad_argument(fmt::format("layers {} to {}: the image has {}", range.first + 1, range.end,
                                 image.layers().size()));
}

HistoryEntry with_layer(HistoryEntry entry, const ImageLayer* layer) {
  if (layer == nullptr) return entry.as_empty();
  entry.empty_layer = false;
  entry.json.erase("empty_layer");
  return entry;
}

HistoryEntry as_redacted(HistoryEntry entry) {
  entry.created_by = redacted;
  entry.json["created_by"] = redacted;
  if (!entry.comment.empty()) {
    entry.comment = redacted;
    entry.json["comment"] = redacted;
  }
  return entry;
}

// The line of layer number `layer`, or the end of the story when there is no such layer.
std::size_t line_of(std::span<const StoryLine> story, std::size_t layer) {
  const auto found = std::ranges::find(story, std::optional(layer), &StoryLine::layer);
  return static_cast<std::size_t>(found - story.begin());
}

// The history with lines [first, end) of the story, which begin and end with replaced layers,
// told as `mode` wants, and `entry` after them.
std::vector<HistoryEntry> replace_lines(std::span<const StoryLine> story, std::size_t first,
                                        std::size_t end, HistoryEntry entry, HistoryMode mode) {
  std::vector<HistoryEntry> history;
  for (std::size_t line = 0; line < story.size(); ++line) {
    if (line == end) history.push_back(entry);
    const HistoryEntry& old = story[line].entry;
    if (line < first || line >= end) {
      history.push_back(old);
    } else if (mode != HistoryMode::one) {
      const bool redact = mode == HistoryMode::redact && story[line].layer;
      history.push_back(redact ? as_redacted(old.as_empty()) : old.as_empty());
    }
  }
  if (end == story.size()) history.push_back(std::move(entry));
  return history;
}

std::vector<ImageLayer> copy_layers(const Image& image) {
  return {image.layers().begin(), image.layers().end()};
}

Json minimal_configuration(const Platform& platform, const Json& settings) {
  Json configuration = platform.to_json();
  configuration["config"] = settings.is_null() ? Json::object() : settings;
  configuration["rootfs"]["type"] = "layers";
  configuration["rootfs"]["diff_ids"] = Json::array();
  configuration["history"] = Json::array();
  return configuration;
}

bool has_mixed_types(const Image& image) {
  return std::ranges::any_of(image.diagnostics(), [](const Diagnostic& diagnostic) {
    return diagnostic.code == DiagnosticCode::mixed_types;
  });
}

}  // namespace

Image replace_layers(const Image& image, LayerRange range, const ImageLayer* layer,
                     HistoryEntry entry, HistoryMode mode) {
  check_range(image, range);
  const std::vector<StoryLine> story = story_of(image);
  const std::size_t first = line_of(story, range.first);
  const std::size_t end = range.first == range.end ? first : line_of(story, range.end - 1) + 1;
  std::vector<ImageLayer> layers = copy_layers(image);
  const auto place = layers.erase(layers.begin() + static_cast<std::ptrdiff_t>(range.first),
                                  layers.begin() + static_cast<std::ptrdiff_t>(range.end));
  if (layer != nullptr) layers.insert(place, *layer);
  ImageDraft draft = draft_of(image);
  set_layers(draft, layers);
  set_history(draft, replace_lines(story, first, end, with_layer(std::move(entry), layer), mode));
  return finish(draft, image);
}

Image append_layer(const Image& image, const ImageLayer& layer, HistoryEntry entry) {
  const std::size_t top = image.layers().size();
  return replace_layers(image, {top, top}, &layer, std::move(entry));
}

Image keep_steps(const Image& image, std::size_t step_count) {
  const std::vector<StoryLine> story = story_of(image);
  if (step_count == story.size()) return image;
  if (step_count > story.size()) {
    throw_bad_argument(fmt::format("step {}: the image has {} steps", step_count, story.size()));
  }
  std::vector<ImageLayer> layers;
  std::vector<HistoryEntry> history;
  for (std::size_t line = 0; line < step_count; ++line) {
    history.push_back(story[line].entry);
    if (story[line].layer) layers.push_back(image.layers()[*story[line].layer]);
  }
  ImageDraft draft = draft_of(image);
  set_layers(draft, layers);
  set_history(draft, history);
  return finish(draft, image);
}

Image keep_layers(const Image& image, std::size_t count) {
  if (count > image.layers().size()) {
    throw_bad_argument(fmt::format("{} layers: the image has {}", count, image.layers().size()));
  }
  return keep_steps(image, line_of(story_of(image), count));
}

Image restore_base_layers(const Image& image, const Image& original) {
  ImageDraft draft = draft_of(image);
  for (std::size_t index = 0; index < shared_layer_count(image, original); ++index) {
    draft.manifest["layers"][index] = original.layers()[index].descriptor.json();
  }
  return finish(draft, image);
}

Image annotate(const Image& image,
               const std::map<std::string, std::optional<std::string>, std::less<>>& annotations) {
  ImageDraft draft = draft_of(image);
  for (const auto& [key, value] : annotations) set_annotation(draft.manifest, key, value);
  return finish(draft, image);
}

Image with_created(const Image& image, std::string_view created) {
  if (created.empty()) return image;
  if (!parse_rfc3339(created)) {
    throw_bad_argument("time \"" + printable(created) + "\": not a time of RFC 3339");
  }
  ImageDraft draft = draft_of(image);
  draft.configuration["created"] = created;
  return finish(draft, image);
}

Image edit_configuration(const Image& image, const std::function<void(Json&)>& edit) {
  ImageDraft draft = draft_of(image);
  edit(draft.configuration);
  return finish(draft, image);
}

Image empty_image(const Platform& platform, MediaFamily family, const Json& configuration) {
  std::string configuration_text = print_json(minimal_configuration(platform, configuration));
  const Descriptor descriptor(media_type_text({family, MediaKind::configuration}),
                              digest_of(as_bytes(configuration_text)), configuration_text.size());
  Json manifest = Json::object();
  manifest["schemaVersion"] = 2;
  manifest["mediaType"] = media_type_text({family, MediaKind::manifest});
  manifest["config"] = descriptor.json();
  manifest["layers"] = Json::array();
  return Image::parse(print_json(manifest), std::move(configuration_text), "empty image");
}

Image convert_family(const Image& image, MediaFamily family) {
  if (image.family() == family && !has_mixed_types(image)) return image;
  ImageDraft draft = draft_of(image);
  draft.family = family;
  return publish(std::move(draft), image);
}

}  // namespace imgops
