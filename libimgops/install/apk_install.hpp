// One .apk laid over a tree, planned as a .deb is. Private to install_packages.
// Source: the package format and database of apk-tools 2.
#pragma once

#include "libimgops/install/dpkg_install.hpp"

#include <string>

namespace imgops {

// Throws as install_packages(), but looks at no dependency.
DpkgInstall plan_apk_install(const Tree& tree, const PackageFile& package, ContentReader& contents);

std::string apk_architecture(const PackageFile& package);

}  // namespace imgops
