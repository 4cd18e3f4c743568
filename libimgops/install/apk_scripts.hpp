// The archive of all packages' scripts beside apk's database. Private to install_packages.
// Source: apk-tools 2, lib/apk/db/scripts.tar: members NAME-VERSION.CHECKSUM.SCRIPT.
#pragma once

#include "libimgops/install/apk_description.hpp"
#include "libimgops/layer/package_archive.hpp"
#include "libimgops/packages/apk_installed.hpp"

#include <string>
#include <string_view>

namespace imgops {

// `archive` with the scripts of `package` in place of those of its version before. An empty one
// stays empty for a package without scripts. Throws Error(corrupt) for one that cannot be read.
std::string with_scripts_of(const PackageArchive& package, const ApkDescription& description,
                            const ApkPackage& old, std::string_view archive);

}  // namespace imgops
