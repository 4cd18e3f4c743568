// Files that a package has and another one too: the field Replaces decides. Private to
// install_packages. Source: Debian policy §7.6; dpkg 1.21, which moves a file by taking its line
// out of the list of the package that loses it.
#pragma once

#include "libimgops/install/dpkg_database.hpp"
#include "libimgops/packages/control_file.hpp"
#include "libimgops/packages/dependency.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

enum class FileTaking : std::uint8_t {
  own,           // nobody else has it, or loses it to this package
  left_to_other  // an installed package replaces this one: its file stays, and this one has none
};

struct ShortenedList {
  std::string path;  // canonical: var/lib/dpkg/info/NAME.list, …/status.d/NAME.md5sums
  std::string text;
};

// Of one package about to be unpacked. The database outlives it.
class DpkgTakeover {
 public:
  // `control` is the package's own.
  DpkgTakeover(const DpkgDatabase& database, const Paragraph& control, std::string subject);

  // Of a file at `real_path` that the package's version before did not have. Throws
  // Error(conflict), naming the file and whose it is, where no Replaces allows it, and for a
  // configuration file, whose checksum would have to move as well.
  FileTaking judge(const std::string& real_path, bool is_conffile);

  // The same package of the same version for another machine has the very same file, or none;
  // `own` is the package's own list. Throws Error(conflict), naming the file, where it has another.
  void check_shared_file(const LayerEntry& entry, const std::string& real_path,
                         std::string_view own, ContentReader& contents) const;

  // Lists of the packages that lost files. Throws Error(conflict) for a package with nothing left,
  // which dpkg takes for gone.
  std::vector<ShortenedList> lists() const;

 private:
  [[noreturn]] void refuse(const std::string& what) const;
  std::string sharer_of(const std::string& real_path, std::string_view own) const;

  const DpkgDatabase& database_;
  const Paragraph& control_;
  std::string subject_;
  std::vector<Dependency> replaces_;
  std::map<std::string, std::set<std::string>> lost_;  // list -> real paths
};

}  // namespace imgops
