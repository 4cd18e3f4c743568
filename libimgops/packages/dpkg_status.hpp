// The package database of dpkg: var/lib/dpkg/status, and a file a package in status.d.
// Source: dpkg(1), deb-control(5); command-line §8.3.
#pragma once

#include "libimgops/base/verdict.hpp"
#include "libimgops/packages/control_file.hpp"
#include "libimgops/packages/merged_text.hpp"

#include <string>
#include <vector>

namespace imgops {

// What other packages can rely on. Lists are as the database has them (dependency.hpp reads them).
struct InstalledPackage {
  std::string name;
  std::string architecture;
  std::string version;
  std::string multi_arch;  // "same", "foreign", "allowed" or empty
  std::string depends;     // with Pre-Depends
  std::string conflicts;   // with Breaks
  std::string provides;
};

// Packages that are unpacked and configured (all of status.d, which has no Status), in the file's
// order.
std::vector<InstalledPackage> installed_packages(const ControlFile& status);

// By package and architecture, then by field. The fields that describe a version go together: when
// a side changed the version, the other may have changed only what it wants of the package (hold).
// Gives up, naming packages and versions, when one was changed two ways, when one side removed what
// the other changed, or when a package that cannot be there twice would be; with a policy, that
// side's paragraph is taken for the first two.
MergedText merge_dpkg_status(const ThreeVersions& versions, MergePolicy policy);

}  // namespace imgops
