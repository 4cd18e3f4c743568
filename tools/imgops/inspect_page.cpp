#include "tools/imgops/inspect_page.hpp"

#include "libimgops/base/bytes.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/table.hpp"

#include <fmt/format.h>

namespace imgops::cli {
namespace {

const Json* settings_of(const Image& image) {
  return find_field(image.configuration_json(), "config");
}

Json setting(const Image& image, std::string_view key, Json otherwise) {
  const Json* const settings = settings_of(image);
  const Json* const value =
      settings != nullptr && settings->is_object() ? find_field(*settings, key) : nullptr;
  return value == nullptr ? otherwise : *value;
}

std::string shown_value(const Json& value) {
  return printable(value.is_string() ? value.get<std::string>() : print_json(value));
}

void add_line(std::string& text, std::string_view label, std::string_view value) {
  if (!value.empty()) text += fmt::format("{:<14} {}\n", label, value);
}

std::string shown_settings(const Image& image) {
  std::string text;
  const Json* const settings = settings_of(image);
  if (settings == nullptr || !settings->is_object()) return text;
  for (const auto& [key, value] : settings->items()) {
    const bool is_list = (value.is_array() || value.is_object()) && !value.empty() &&
                         (key == "Env" || key == "Labels");
    if (value.is_null() || (value.is_string() && value.get<std::string>().empty())) continue;
    if (!is_list) {
      add_line(text, printable(key), shown_value(value));
      continue;
    }
    for (const auto& [name, item] : value.items()) {
      const std::string prefix = value.is_object() ? printable(name) + "=" : "";
      add_line(text, printable(key), prefix + shown_value(item));
    }
  }
  return text;
}

}  // namespace

std::string layers_text(const Context& context, const Image& image) {
  Table table({{"REV"}, {"DIGEST"}, {"DIFF_ID"}, {"SIZE", Align::right}, {"TYPE"}});
  const auto layers = image.layers();
  for (std::size_t at = 0; at < layers.size(); ++at) {
    const Descriptor& descriptor = layers[at].descriptor;
    table.add({layer_revision(at, layers.size()), descriptor.digest().to_string(),
               layers[at].diff_id.digest.to_string(), shown_size(context, descriptor.size_bytes()),
               printable(descriptor.media_type())});
  }
  return table.text();
}

Json layers_json(const Image& image) {
  Json layers = Json::array();
  for (const ImageLayer& layer : image.layers()) {
    Json json = Json::object();
    json["MIMEType"] = layer.descriptor.media_type();
    json["Digest"] = layer.descriptor.digest().to_string();
    json["Size"] = layer.descriptor.size_bytes();
    json["DiffID"] = layer.diff_id.digest.to_string();
    layers.push_back(std::move(json));
  }
  return layers;
}

std::string inspect_text(const Context& context, const SelectedImage& selected) {
  const Image& image = selected.image();
  std::string text;
  std::uint64_t bytes = 0;
  for (const ImageLayer& layer : image.layers()) bytes += layer.descriptor.size_bytes();
  add_line(text, "Name", printable(selected.revision.text));
  add_line(text, "Digest", image.descriptor().digest().to_string());
  add_line(text, "Image id", image.configuration_descriptor().digest().to_string());
  add_line(text, "Media type", printable(image.descriptor().media_type()));
  add_line(text, "Platform", printable(image.platform().to_string()));
  add_line(text, "Created", printable(image.created()));
  add_line(text, "Layers",
           fmt::format("{}, {} stored", image.layers().size(), shown_size(context, bytes)));
  for (const auto key : {annotation_base_name, annotation_base_digest}) {
    if (const auto value = image.annotation(key)) {
      add_line(text, key == annotation_base_name ? "Base name" : "Base digest", printable(*value));
    }
  }
  return text + shown_settings(image) + "\n" + layers_text(context, image);
}

Json inspect_json(const SelectedImage& selected) {
  const Image& image = selected.image();
  Json json = Json::object();
  json["Name"] = selected.revision.text;
  json["Digest"] = image.descriptor().digest().to_string();
  json["RepoTags"] = Json::array();
  if (selected.place != nullptr) {
    for (const NamedDescriptor& named : selected.place->names())
      json["RepoTags"].push_back(named.name);
  }
  json["Created"] = image.created();
  const Json* const docker = find_field(image.configuration_json(), "docker_version");
  json["DockerVersion"] = docker == nullptr ? Json("") : *docker;
  json["Labels"] = setting(image, "Labels", nullptr);
  json["Architecture"] = image.platform().architecture;
  json["Os"] = image.platform().os;
  if (!image.platform().variant.empty()) json["Variant"] = image.platform().variant;
  Json digests = Json::array();
  for (const ImageLayer& layer : image.layers()) {
    digests.push_back(layer.descriptor.digest().to_string());
  }
  json["Layers"] = digests;
  json["LayersData"] = layers_json(image);
  json["Env"] = setting(image, "Env", nullptr);
  return json;
}

}  // namespace imgops::cli
