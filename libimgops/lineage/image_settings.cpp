#include "libimgops/lineage/image_settings.hpp"

#include "libimgops/image/image_edit.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace imgops {
namespace {

constexpr std::array<std::string_view, 3> texts = {"User", "WorkingDir", "StopSignal"};
constexpr std::array<std::string_view, 4> lists = {"Cmd", "Entrypoint", "Shell", "OnBuild"};
constexpr std::array<std::string_view, 3> maps = {"ExposedPorts", "Volumes", "Labels"};

void read_environment(const Json& config, Settings& settings) {
  const Json* const list = find_field(config, "Env");
  if (list == nullptr || !list->is_array()) return;
  for (const Json& item : *list) {
    if (!item.is_string()) continue;
    const auto& text = item.get_ref<const std::string&>();
    const std::size_t equals = text.find('=');
    settings.set({"Env", text.substr(0, equals),
                  equals == std::string::npos ? "" : text.substr(equals + 1)});
  }
}

void read_values(const Json& config, Settings& settings) {
  for (const std::string_view group : texts) {
    const Json* const value = find_field(config, group);
    if (value != nullptr && value->is_string() && *value != "") {
      settings.set({std::string(group), "", *value});
    }
  }
  for (const std::string_view group : lists) {
    const Json* const value = find_field(config, group);
    if (value != nullptr && value->is_array() && !value->empty()) {
      settings.set({std::string(group), "", *value});
    }
  }
  for (const std::string_view group : maps) {
    const Json* const value = find_field(config, group);
    if (value == nullptr || !value->is_object()) continue;
    for (const auto& [key, item] : value->items()) {
      settings.set({std::string(group), key, item.is_null() ? Json::object() : item});
    }
  }
  const Json* const check = find_field(config, "Healthcheck");
  if (check != nullptr && check->is_object() && !check->empty()) {
    settings.set({"Healthcheck", "", *check});
  }
}

// The settings as the groups of a configuration: what is not here is not set.
Json grouped(const Settings& settings) {
  Json groups = Json::object();
  for (const Setting* const setting : settings.in_order()) {
    Json& group = groups[setting->group];
    if (setting->group == "Env") {
      group.push_back(setting->key + "=" + setting->value.get<std::string>());
    } else if (setting->key.empty()) {
      group = setting->value;
    } else {
      group[setting->key] = setting->value;
    }
  }
  return groups;
}

// In place, so that keys keep their order; a key that goes takes its blank value with it.
void put_group(Json& object, std::string_view group, const Json& groups) {
  const std::string key(group);
  if (const Json* const value = find_field(groups, group)) {
    object[key] = *value;
  } else {
    object.erase(key);
  }
}

}  // namespace

Settings settings_of(const Image& image) {
  Settings settings;
  const Json& configuration = image.configuration_json();
  const Json* const author = find_field(configuration, "author");
  if (author != nullptr && author->is_string() && *author != "") {
    settings.set({"author", "", *author});
  }
  const Json* const config = find_field(configuration, "config");
  if (config == nullptr || !config->is_object()) return settings;
  read_environment(*config, settings);
  read_values(*config, settings);
  return settings;
}

Image with_settings(const Image& image, const Settings& settings) {
  const Json groups = grouped(settings);
  return edit_configuration(image, [&groups](Json& configuration) {
    put_group(configuration, "author", groups);
    for (const char* const key : {"container", "container_config"}) configuration.erase(key);
    Json& config = configuration["config"];
    if (!config.is_object()) config = Json::object();
    config.erase("Image");  // the classic builder's name for the step before
    put_group(config, "Env", groups);
    for (const std::string_view group : texts) put_group(config, group, groups);
    for (const std::string_view group : lists) put_group(config, group, groups);
    for (const std::string_view group : maps) put_group(config, group, groups);
    put_group(config, "Healthcheck", groups);
  });
}

}  // namespace imgops
