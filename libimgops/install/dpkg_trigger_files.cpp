#include "libimgops/install/dpkg_trigger_files.hpp"

#include "libimgops/base/path.hpp"
#include "libimgops/packages/line_lists.hpp"

#include <algorithm>
#include <utility>

namespace imgops {

TriggerFiles change_triggers(const DpkgDatabase& database, const TriggerPackage& package,
                             const TriggerRequests& old, const TriggerRequests& now) {
  TriggerFiles files;
  const auto put = [&](const std::string& path, const std::string& before, std::string after) {
    if (after != before) files.changed.emplace(path, std::move(after));
  };
  const std::string path = join(dpkg_triggers_directory, "File");
  const std::string before = database.text(path).value_or("");
  files.path_interests = with_path_interests(before, package, old.interests, now.interests);
  put(path, before, files.path_interests);
  for (const auto* const interests : {&old.interests, &now.interests}) {
    for (const TriggerInterest& interest : *interests) {
      if (interest.is_path()) continue;
      const std::string own = join(dpkg_triggers_directory, interest.name);
      const std::string text = database.text(own).value_or("");
      put(own, text, with_interest(text, package, interest.name, now.interests));
    }
  }
  return files;
}

std::set<std::string> triggers_set_off(std::string_view path_interests,
                                       std::span<const std::string> changed_paths) {
  std::set<std::string> names;
  for (const std::string_view line : split_lines(path_interests)) {
    const std::string_view path = line.substr(0, line.find(' '));
    const bool is_concerned =
        !path.empty() && std::ranges::any_of(changed_paths, [path](std::string_view changed) {
          return changed.starts_with(path) &&
                 (changed.size() == path.size() || changed[path.size()] == '/');
        });
    if (is_concerned) names.insert(std::string(path));
  }
  return names;
}

}  // namespace imgops
