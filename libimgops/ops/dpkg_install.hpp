// One .deb laid over a tree, planned: layers to apply one after the other, and its paragraph of the
// database. Private to install_packages.
#pragma once

#include "libimgops/layer/layer_cache.hpp"
#include "libimgops/ops/install_packages.hpp"
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

// What the image does with a configuration file of a package.
enum class ConffileFate : std::uint8_t {
  install,  // new, or as the old version had it
  keep,     // the image changed it, the package did not; or the image removed it
  same      // it is the new one already
};
struct ConffileSums {
  std::string old_package;  // md5 as the database has it; empty: it was none before
  std::string image;        // of the file in the image; empty: it is not there
  std::string new_package;
};
// dpkg's table. Throws Error(conflict), naming `subject`, where dpkg would ask.
ConffileFate judge_conffile(const ConffileSums& sums, const std::string& subject);

}  // namespace imgops
