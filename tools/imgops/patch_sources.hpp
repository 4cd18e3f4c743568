// What `patch` is given: files to lay over the base, told apart by their form, or an image that is
// patched already. Source: command-line §8.4 "Sources".
#pragma once

#include "libimgops/install/install_packages.hpp"
#include "libimgops/ops/patch_base.hpp"
#include "tools/imgops/append_sources.hpp"
#include "tools/imgops/write_result.hpp"

#include <optional>
#include <string>
#include <vector>

namespace imgops::cli {

struct PatchMaterial {
  std::vector<PatchSource> files;     // directories, archives, files with a destination
  std::vector<PackageFile> packages;  // .deb and .apk, by what is in them
  std::optional<std::string> image;   // the patched image, as written
};

// The sources of the command line: --to IMAGE, or a word that is no file and names an image, alone;
// anything else is read. Throws Error(invalid_argument) for none, or for an image beside others.
PatchMaterial patch_material(Context& context, const Options& options, ResultWriter& writer);

}  // namespace imgops::cli
