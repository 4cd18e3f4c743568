// Both settings are flattened to a map of keys: environment by name, labels, ports and volumes by
// key, everything else by field. Then the maps are compared.
#include "tools/imgops/config_diff.hpp"

#include <map>
#include <set>

namespace imgops::cli {
namespace {

using Settings = std::map<std::string, Json>;

void add_environment(Settings& settings, const Json& list) {
  for (const Json& item : list) {
    if (!item.is_string()) continue;
    const auto text = item.get<std::string>();
    const std::size_t equals = text.find('=');
    const std::string name = "Env." + text.substr(0, equals);
    settings[name] = equals == std::string::npos ? "" : text.substr(equals + 1);
  }
}

void add_setting(Settings& settings, const std::string& key, const Json& value) {
  const bool is_blank = value.is_null() || value == Json("") ||
                        (value.is_array() && value.empty()) || value == Json(false);
  if (is_blank) return;
  if (key == "Env" && value.is_array()) {
    add_environment(settings, value);
  } else if (value.is_object() && !value.empty()) {
    for (const auto& [name, item] : value.items()) settings[key + "." + name] = item;
  } else if (!value.is_object()) {
    settings[key] = value;
  }
}

Settings settings_of(const Image& image) {
  Settings settings;
  settings["Platform"] = image.platform().to_string();
  const Json* const config = find_field(image.configuration_json(), "config");
  if (config == nullptr || !config->is_object()) return settings;
  for (const auto& [key, value] : config->items()) add_setting(settings, key, value);
  return settings;
}

std::optional<Json> value_of(const Settings& settings, const std::string& key) {
  const auto found = settings.find(key);
  if (found == settings.end()) return std::nullopt;
  return found->second;
}

}  // namespace

std::vector<ConfigChange> compare_settings(const Image& before, const Image& after) {
  const Settings left = settings_of(before);
  const Settings right = settings_of(after);
  std::set<std::string> keys;
  for (const auto& entry : left) keys.insert(entry.first);
  for (const auto& entry : right) keys.insert(entry.first);
  std::vector<ConfigChange> changes;
  for (const std::string& key : keys) {
    ConfigChange change{key, value_of(left, key), value_of(right, key)};
    if (change.before != change.after) changes.push_back(std::move(change));
  }
  return changes;
}

}  // namespace imgops::cli
