#include "tools/imgops/unused_resolutions.hpp"

#include "libimgops/base/bytes.hpp"
#include "tools/imgops/document.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

namespace imgops::cli {
namespace {

std::string shown_setting(const std::string& key) {
  return fmt::format("config:{}", printable(key));
}

}  // namespace

UnusedResolutions::UnusedResolutions(const MergeChoices& choices) {
  for (const auto& [path, resolution] : choices.paths) unused_.push_back(shown_path(path));
  for (const auto& [key, policy] : choices.settings) unused_.push_back(shown_setting(key));
}

void UnusedResolutions::add_merge(std::span<const MergedPath> paths,
                                  std::span<const SettingVerdict> settings) {
  is_judged_ = true;
  std::set<std::string> conflicts;
  for (const MergedPath& path : paths) {
    if (path.verdict == Verdict::conflict) conflicts.insert(shown_path(path.path));
  }
  for (const SettingVerdict& setting : settings) {
    if (setting.verdict == Verdict::conflict) conflicts.insert(shown_setting(setting.key));
  }
  std::erase_if(unused_, [&](const std::string& text) { return conflicts.contains(text); });
}

void UnusedResolutions::tell(Context& context) const {
  if (!is_judged_ || unused_.empty()) return;
  context.observer().warn(fmt::format("--resolve {}: no conflict there", fmt::join(unused_, ", ")));
}

}  // namespace imgops::cli
