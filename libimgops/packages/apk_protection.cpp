#include "libimgops/packages/apk_protection.hpp"

#include "libimgops/base/glob.hpp"
#include "libimgops/packages/line_lists.hpp"

#include <span>
#include <string_view>
#include <utility>

namespace imgops {
namespace {

constexpr std::string_view marks = "+-@!";

std::vector<std::string_view> components_of(std::string_view path) {
  std::vector<std::string_view> components;
  for (const std::string_view component : split_fields(path, '/')) {
    if (!component.empty()) components.push_back(component);
  }
  return components;
}

}  // namespace

ApkProtection::ApkProtection() {
  add("+etc\n@etc/init.d\n!etc/apk\n");
}

void ApkProtection::add(std::string_view rules) {
  for (std::string_view line : split_lines(rules)) {
    if (line.empty() || line.starts_with('#')) continue;
    Rule rule{!line.starts_with('-'), {}};
    if (marks.find(line.front()) != std::string_view::npos) line.remove_prefix(1);
    for (const std::string_view component : components_of(line)) {
      rule.components.emplace_back(component);
    }
    if (!rule.components.empty()) rules_.push_back(std::move(rule));
  }
}

bool ApkProtection::covers(std::string_view directory) const {
  const std::vector<std::string_view> components = components_of(directory);
  bool is_covered = false;
  for (std::size_t depth = 1; depth <= components.size(); ++depth) {
    for (const Rule& rule : rules_) {
      if (rule.components.size() != depth) continue;
      bool is_meant = true;
      for (std::size_t at = 0; at < depth && is_meant; ++at) {
        is_meant = matches_glob(rule.components[at], components[at]);
      }
      if (is_meant) is_covered = rule.protects;
    }
  }
  return is_covered;
}

}  // namespace imgops
