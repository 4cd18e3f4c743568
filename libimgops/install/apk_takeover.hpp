// Files that an .apk has and another installed package too. Private to install_packages.
// Source: apk-tools 2: `replaces` names packages, by version too; where both packages replace each
// other the higher replaces_priority wins.
#pragma once

#include "libimgops/install/apk_database.hpp"
#include "libimgops/install/apk_description.hpp"
#include "libimgops/install/dpkg_takeover.hpp"

#include <map>
#include <set>
#include <string>

namespace imgops {

// Of one package about to be unpacked. Database and description outlive it.
class ApkTakeover {
 public:
  ApkTakeover(const ApkDatabase& database, const ApkDescription& description, std::string subject);

  // Of a file at `real_path` that the package's version before did not have. Throws
  // Error(conflict), naming the file and whose it is, where neither replaces the other: apk would
  // end with an error and a package that is broken.
  FileTaking judge(const std::string& real_path);

  // Packages that lost files, and their lines without these.
  std::map<const ApkPackage*, std::string> shortened() const;

 private:
  const ApkDatabase& database_;
  const ApkDescription& description_;
  std::string subject_;
  std::map<const ApkPackage*, std::set<std::string>> lost_;  // paths as the database has them
};

}  // namespace imgops
