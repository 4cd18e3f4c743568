// What apk knows of an image, read from a tree: its database, who has which file and directory, and
// what it protects. Private to install_packages. Source: apk-tools 2, lib/apk/db.
#pragma once

#include "libimgops/layer/layer_cache.hpp"
#include "libimgops/packages/apk_files.hpp"
#include "libimgops/packages/apk_installed.hpp"
#include "libimgops/packages/apk_protection.hpp"
#include "libimgops/tree/tree.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

// A file and the package that has it. A path has one owner.
struct ApkOwner {
  const ApkPackage* package = nullptr;
  ApkFile file;
};

// Read whole when it is made. The tree and the reader outlive it; not to be copied.
class ApkDatabase {
 public:
  // Throws Error(corrupt) for a database that cannot be read; an image without one has no packages.
  ApkDatabase(const Tree& tree, ContentReader& contents);
  ApkDatabase(const ApkDatabase&) = delete;
  ApkDatabase& operator=(const ApkDatabase&) = delete;

  const std::vector<ApkPackage>& packages() const noexcept { return packages_; }
  const ApkPackage* find(std::string_view name) const;  // null when it is not installed
  // Null where no package has the file, wherever links lead.
  const ApkOwner* owner_of(std::string_view real_path) const;
  // Directories, and those above them, of packages other than `except`; real paths.
  std::set<std::string, std::less<>> directories_of_others(std::string_view except) const;
  ApkProtection protection() const;

  // "lib/apk/db/NAME", canonical.
  std::string path_of(std::string_view name) const;
  // Of the file at `path`, or nullopt; links are followed.
  std::optional<std::string> text(std::string_view path) const;
  // The file "installed" with other lines for these packages.
  std::string with(const std::map<const ApkPackage*, std::string>& changed) const;

  // Where a directory of a package really is.
  std::string real_directory(std::string_view path) const;

 private:
  const Tree& tree_;
  ContentReader& contents_;
  std::string directory_;
  std::string installed_;
  std::vector<ApkPackage> packages_;                     // views into installed_
  std::map<std::string, ApkOwner, std::less<>> owners_;  // by real path
};

}  // namespace imgops
