#include "libimgops/dockerfile/settings.hpp"

#include <algorithm>

namespace imgops {

bool is_same_value(const Setting* left, const Setting* right) {
  if (left == nullptr || right == nullptr) return left == right;
  if (left->value.is_null() || right->value.is_null()) {
    return left->value.is_null() && right->value.is_null() && left->step == right->step;
  }
  // The order of keys in an object says nothing.
  return nlohmann::json(left->value) == nlohmann::json(right->value);
}

const Setting* Settings::find(std::string_view group, std::string_view key) const {
  const auto found = settings_.find({std::string(group), std::string(key)});
  return found == settings_.end() ? nullptr : &found->second.setting;
}

void Settings::set(Setting setting) {
  const auto found = settings_.find({setting.group, setting.key});
  if (found != settings_.end()) {
    found->second.setting = std::move(setting);
    return;
  }
  std::pair name(setting.group, setting.key);
  settings_.emplace(std::move(name), Placed{std::move(setting), next_place_++});
}

void Settings::remove(std::string_view group, std::string_view key) {
  settings_.erase({std::string(group), std::string(key)});
}

std::vector<const Setting*> Settings::in_order() const {
  std::vector<const Placed*> placed;
  for (const auto& [name, setting] : settings_) placed.push_back(&setting);
  std::ranges::sort(placed, {}, &Placed::place);
  std::vector<const Setting*> result;
  for (const Placed* const entry : placed) result.push_back(&entry->setting);
  return result;
}

}  // namespace imgops
