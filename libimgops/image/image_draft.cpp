#include "libimgops/image/image_draft.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/hasher.hpp"

#include <string>
#include <utility>

namespace imgops {
namespace {

constexpr std::string_view subject = "edited image";

// Types without a name in `family`, and types unknown to us, stay.
void set_family(Json& descriptor, MediaFamily family) {
  auto type = parse_media_type(descriptor.at("mediaType").get_ref<const std::string&>());
  if (!type) return;
  type->family = family;
  descriptor["mediaType"] = media_type_text(*type);
}

void set_family(ImageDraft& draft) {
  // OCI manifests may go without a type of their own; Docker's may not.
  const bool has_type = find_field(draft.manifest, "mediaType") != nullptr;
  if (has_type || draft.family == MediaFamily::docker) {
    draft.manifest["mediaType"] = media_type_text({draft.family, MediaKind::manifest});
  }
  set_family(draft.manifest["config"], draft.family);
  if (find_field(draft.manifest, "layers") == nullptr) return;
  for (Json& layer : draft.manifest["layers"]) set_family(layer, draft.family);
}

void set_configuration_blob(Json& descriptor, const std::string& text) {
  descriptor["digest"] = digest_of(as_bytes(text)).to_string();
  descriptor["size"] = text.size();
  descriptor.erase("data");  // a copy of the old content (OCI image-spec v1.1, descriptor.md)
}

}  // namespace

ImageDraft draft_of(const Image& image) {
  return {image.manifest_json(), image.configuration_json(), image.family()};
}

void set_layers(ImageDraft& draft, std::span<const ImageLayer> layers) {
  Json descriptors = Json::array();
  Json diff_ids = Json::array();
  for (const ImageLayer& layer : layers) {
    descriptors.push_back(layer.descriptor.json());
    diff_ids.push_back(layer.diff_id.digest.to_string());
  }
  draft.manifest["layers"] = std::move(descriptors);
  Json& root = draft.configuration["rootfs"];
  root["type"] = "layers";
  root["diff_ids"] = std::move(diff_ids);
}

void set_history(ImageDraft& draft, std::span<const HistoryEntry> history) {
  Json entries = Json::array();
  for (const HistoryEntry& entry : history) entries.push_back(entry.json);
  draft.configuration["history"] = std::move(entries);
}

Image finish(const ImageDraft& draft, const Image& original) {
  const bool untouched = draft.family == original.family() &&
                         draft.manifest == original.manifest_json() &&
                         draft.configuration == original.configuration_json();
  return untouched ? original : publish(draft, original);
}

Image publish(ImageDraft draft, const Image& original) {
  set_family(draft);
  std::string configuration_text = original.configuration_text();
  if (draft.configuration != original.configuration_json()) {
    configuration_text = print_json(draft.configuration);
    set_configuration_blob(draft.manifest["config"], configuration_text);
  }
  std::string manifest_text = original.manifest_text();
  if (draft.manifest != original.manifest_json()) manifest_text = print_json(draft.manifest);
  return Image::parse(std::move(manifest_text), std::move(configuration_text), subject,
                      media_type_text({draft.family, MediaKind::manifest}));
}

std::vector<StoryLine> story_of(const Image& image) {
  std::vector<StoryLine> story;
  for (const HistoryStep& step : pair_history(image.history(), image.layers().size()).steps) {
    if (!step.entry) {
      // umoci 0.4.7 crashes on an entry without a time: the image's own is the latest possible.
      story.push_back({HistoryEntry::make(image.created(), "", "", false), step.layer});
      continue;
    }
    const HistoryEntry& entry = image.history()[*step.entry];
    const bool surplus = !step.layer && !entry.empty_layer;
    story.push_back({surplus ? entry.as_empty() : entry, step.layer});
  }
  return story;
}

}  // namespace imgops
