#include "libimgops/image/exchange_layers.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/image/image_draft.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

namespace imgops {
namespace {

// Of annotations that say where in the blob something lies.
constexpr std::array<std::string_view, 2> table_prefixes = {"io.github.containers.zstd-chunked.",
                                                            "containerd.io/snapshot/stargz/"};

bool is_same(const ImageLayer& left, const ImageLayer& right) {
  return left.diff_id == right.diff_id && left.descriptor.json() == right.descriptor.json();
}

bool describes_table(std::string_view annotation) {
  return std::ranges::any_of(table_prefixes, [annotation](std::string_view prefix) {
    return annotation.starts_with(prefix);
  });
}

void drop_tables(Json& descriptor) {
  const Json* const annotations = find_field(descriptor, "annotations");
  if (annotations == nullptr) return;
  Json kept = Json::object();
  for (const auto& [key, value] : annotations->items()) {
    if (!describes_table(key)) kept[key] = value;
  }
  if (kept.empty()) {
    descriptor.erase("annotations");
  } else {
    descriptor["annotations"] = std::move(kept);
  }
}

void mask_texts(Json& value, const std::function<std::string(const std::string&)>& mask) {
  if (value.is_string()) value = mask(value.get_ref<const std::string&>());
  if (!value.is_structured()) return;
  for (Json& item : value) mask_texts(item, mask);
}

}  // namespace

Image exchange_layers(const Image& image, std::span<const ImageLayer> layers) {
  if (layers.size() != image.layers().size()) {
    throw Error(ErrorKind::invalid_argument, "exchange of layers: not as many as before");
  }
  if (std::ranges::equal(layers, image.layers(), is_same)) return image;
  ImageDraft draft = draft_of(image);
  set_layers(draft, layers);
  if (!pair_history(image.history(), layers.size()).consistent) {
    std::vector<HistoryEntry> history;
    for (StoryLine& line : story_of(image)) history.push_back(std::move(line.entry));
    set_history(draft, history);
  }
  return finish(draft, image);
}

Descriptor describe_anew(const Descriptor& old, MediaFamily family, Compression compression,
                         const Digest& digest, std::uint64_t size_bytes) {
  Json json = old.json();
  json["mediaType"] = media_type_text({family, MediaKind::layer, compression, false});
  json["digest"] = digest.to_string();
  json["size"] = size_bytes;
  for (const char* const key : {"urls", "data"}) json.erase(key);
  drop_tables(json);
  return Descriptor::parse(json, "layer");
}

Image mask_history(const Image& image, const std::function<std::string(const std::string&)>& mask) {
  ImageDraft draft = draft_of(image);
  if (draft.configuration.contains("history")) {
    for (Json& entry : draft.configuration["history"]) {
      for (const char* const key : {"created_by", "comment", "author"}) {
        if (find_field(entry, key) != nullptr) mask_texts(entry[key], mask);
      }
    }
  }
  if (find_field(draft.configuration, "container_config") != nullptr) {
    Json& step = draft.configuration["container_config"];
    if (step.is_object() && find_field(step, "Cmd") != nullptr) mask_texts(step["Cmd"], mask);
  }
  return finish(draft, image);
}

}  // namespace imgops
