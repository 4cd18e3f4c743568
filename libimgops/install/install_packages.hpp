// Packages laid over a tree as their package manager would: files, what vanishes, the database with
// its lists and checksums. No script is run. Source: command-line §8.4; dpkg(1), deb-postinst(5).
#pragma once

#include "libimgops/install/maintainer_scripts.hpp"
#include "libimgops/layer/package_archive.hpp"
#include "libimgops/ops/operation.hpp"
#include "libimgops/tree/tree.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

// A package as it lies on the user's disk, its files opened by the layer cache.
struct PackageFile {
  std::string name;  // for messages
  PackageArchive archive;
  std::shared_ptr<const LayerIndex> files;
};

// "amd64", "all", "x86_64": what the package says it is for. Throws Error(corrupt).
std::string architecture_of(const PackageFile& package);

struct InstalledPackages {
  Tree tree;
  std::vector<SkippedWork> skipped;  // one a package, in their order
  std::vector<std::string> notes;    // what else people should know, printable sentences
};

// `tree` with all of `packages`, which outlive the result. Each replaces a version that is
// installed, of the same architecture and not newer. Configuration files of a .deb go by dpkg's
// rule: what the image left as it was is replaced, what only the image changed stays. Those of an
// .apk by apk's: in a protected directory what the image changed stays, and the package's comes
// beside it as .apk-new, which is noted. Diversions, overrides of
// owners and path-exclude are obeyed; directories and links to directories in the image stay.
// Throws Error(conflict), naming package and path or dependency, for a package that is not
// installed, is older, for another architecture, or needs what is not there; for a configuration
// file that both changed; for a file of another package; and for what no patch may do
// (patch_refusals.hpp). Throws Error(corrupt) for a package that is not what it says.
InstalledPackages install_packages(const Operation& operation, const Tree& tree,
                                   std::span<const PackageFile> packages, std::size_t layer_number);

}  // namespace imgops
