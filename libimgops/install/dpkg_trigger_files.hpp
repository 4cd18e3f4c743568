// The files below var/lib/dpkg/triggers, as a package that is unpacked changes them, and the
// triggers that it sets off. Private to install_packages. Source: deb-triggers(5).
#pragma once

#include "libimgops/install/dpkg_database.hpp"
#include "libimgops/packages/dpkg_triggers.hpp"

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace imgops {

struct TriggerFiles {
  std::map<std::string, std::string> changed;  // canonical path -> text; empty: the file goes
  std::string path_interests;                  // triggers/File as it is then
};

// With what the package's version before, `old`, and the new one ask for.
TriggerFiles change_triggers(const DpkgDatabase& database, const TriggerPackage& package,
                             const TriggerRequests& old, const TriggerRequests& now);

// The path triggers of triggers/File that changes at these absolute paths set off.
std::set<std::string> triggers_set_off(std::string_view path_interests,
                                       std::span<const std::string> changed_paths);

}  // namespace imgops
