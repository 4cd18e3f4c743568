// One .deb laid over a tree, planned: layers to apply one after the other, and its paragraph of the
// database. Private to install_packages.
#pragma once

#include "libimgops/install/install_packages.hpp"
#include "libimgops/layer/layer_cache.hpp"
#include "libimgops/tree/tree.hpp"

#include <memory>
#include <string>
#include <vector>

namespace imgops {

struct DpkgInstall {
  std::vector<std::shared_ptr<const LayerIndex>> layers;  // what vanishes, files, database
  SkippedWork skipped;
  std::vector<std::string> notes;  // sentences for people, printable
};

// Throws as install_packages(), but looks at no dependency.
DpkgInstall plan_dpkg_install(const Tree& tree, const PackageFile& package,
                              ContentReader& contents);

}  // namespace imgops
