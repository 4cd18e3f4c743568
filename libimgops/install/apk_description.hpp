// What an .apk says of itself, and its fields in apk's database. Private to install_packages.
// Source: the package format v2 and the database of apk-tools 2.
#pragma once

#include "libimgops/layer/package_archive.hpp"

#include <map>
#include <string>
#include <string_view>

namespace imgops {

class ApkDescription {
 public:
  // Of .PKGINFO. Throws Error(corrupt), naming `subject`, for one without name, version and
  // architecture, with one of them twice, or with a name, version or size that can be none.
  ApkDescription(const PackageArchive& package, std::string_view subject);

  const std::string& name() const noexcept { return name_; }
  const std::string& version() const noexcept { return version_; }
  // The first value of a key, empty without one.
  std::string value(std::string_view key) const;
  // All values of a key with blanks between.
  std::string values(std::string_view key) const;

  // "Q1…": how the database calls this very build.
  std::string checksum() const;
  // The lines of the database before those of files.
  std::string fields() const;

 private:
  std::multimap<std::string, std::string, std::less<>> information_;
  std::string name_;
  std::string version_;
  std::string control_checksum_;
  std::uint64_t file_bytes_ = 0;
};

// "Q1…" of a raw SHA-1.
std::string apk_checksum(std::string_view sha1);

}  // namespace imgops
