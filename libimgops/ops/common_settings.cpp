#include "libimgops/ops/common_settings.hpp"

#include "libimgops/base/json.hpp"
#include "libimgops/image/image_edit.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

namespace imgops {
namespace {

const Json& config_of(const Json& configuration) {
  static const Json none = Json::object();
  const Json* const config = find_field(configuration, "config");
  return config != nullptr && config->is_object() ? *config : none;
}

// What both have: of objects the keys with equal values, of lists of variables the equal ones, of
// anything else all or nothing (null).
Json agreed(const Json& left, const Json& right) {
  if (left == right) return left;
  Json result;
  if (left.is_object() && right.is_object()) {
    result = Json::object();
    for (const auto& [key, value] : left.items()) {
      const auto other = right.find(key);
      if (other != right.end() && *other == value) result[key] = value;
    }
  }
  return result;
}

Json agreed_environment(const Json& left, const Json& right) {
  if (!left.is_array() || !right.is_array()) return left == right ? left : Json();
  Json result = Json::array();
  for (const Json& variable : left) {
    if (std::ranges::find(right, variable) != right.end()) result.push_back(variable);
  }
  return result;
}

Json agreed_settings(const Json& left, const Json& right) {
  Json result = Json::object();
  for (const auto& [key, value] : left.items()) {
    const auto other = right.find(key);
    if (other == right.end()) continue;
    Json both = key == "Env" ? agreed_environment(value, *other) : agreed(value, *other);
    if (both.is_null() && !value.is_null()) continue;
    result[key] = std::move(both);
  }
  return result;
}

bool is_of_layers(std::string_view key) {
  return key == "rootfs" || key == "history" || key == "config" || key == "created";
}

void keep_agreed(Json& configuration, std::span<const Image> images) {
  Json settings = config_of(configuration);
  std::vector<std::string> leaving;
  for (const Image& image : images) {
    const Json& other = image.configuration_json();
    settings = agreed_settings(settings, config_of(other));
    for (const auto& [key, value] : configuration.items()) {
      const auto found = other.find(key);
      const bool is_same = found != other.end() && *found == value;
      if (!is_same && !is_of_layers(key)) leaving.push_back(key);
    }
  }
  for (const std::string& key : leaving) configuration.erase(key);
  configuration["config"] = std::move(settings);
}

Image without_differing_annotations(const Image& image, std::span<const Image> images) {
  const Json* const annotations = find_field(image.manifest_json(), "annotations");
  if (annotations == nullptr) return image;
  std::map<std::string, std::optional<std::string>, std::less<>> leaving;
  for (const auto& [key, value] : annotations->items()) {
    const bool is_same = std::ranges::all_of(images, [&, name = key](const Image& other) {
      return other.annotation(name) == image.annotation(name);
    });
    if (!is_same) leaving[key] = std::nullopt;
  }
  return annotate(image, leaving);
}

}  // namespace

Image common_settings(std::span<const Image> images, std::size_t layer_count,
                      const std::string& created) {
  const Image shared = keep_layers(images.front(), layer_count);
  const Image agreed_on =
      edit_configuration(shared, [&](Json& configuration) { keep_agreed(configuration, images); });
  return with_created(without_differing_annotations(agreed_on, images), created);
}

}  // namespace imgops
