// What packages ask of each other, and whether a set of installed ones gives it.
// Source: deb-control(5), Debian policy §7; the dependency lines of apk-tools 2.
#pragma once

#include "libimgops/packages/apk_installed.hpp"
#include "libimgops/packages/dpkg_status.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

enum class VersionRelation : std::uint8_t { any, earlier, not_later, equal, not_earlier, later };

// "libc6:any (>= 2.36)"
struct PackageRelation {
  std::string name;
  std::string architecture;  // behind the colon: "any", "native", "amd64"; mostly empty
  VersionRelation relation = VersionRelation::any;
  std::string version;  // empty with `any`
};

// Any one of the alternatives will do.
struct Dependency {
  std::vector<PackageRelation> alternatives;  // never empty
  std::string text;                           // "default-mta | mail-transport-agent"
};

// The dependencies between the commas of a field. Restrictions in brackets are passed over. Throws
// Error(corrupt).
std::vector<Dependency> parse_dependencies(std::string_view field);

// Whether a package of dpkg's of that version is meant.
bool admits(const PackageRelation& relation, std::string_view version) noexcept;

// One of apk's: "so:libc.musl-x86_64.so.1", "busybox>=1.36". A conflict ("!name") is not among
// them; `conflicts` of the second gives those, without the mark. Never fails.
std::vector<Dependency> parse_apk_dependencies(std::string_view line);
std::vector<Dependency> parse_apk_conflicts(std::string_view line);

enum class VersionOrder : std::uint8_t { dpkg, apk };

// Installed packages by what they are and provide.
class PackageSet {
 public:
  // `architectures` is dpkg's list of them, the machine's own first; may be empty. Which is the own
  // one the package dpkg says before it, and where neither does and there are several, "all" goes
  // with any. Throws Error(corrupt) for a Provides that cannot be read, and for a name that more
  // than 200 packages provide.
  explicit PackageSet(std::span<const InstalledPackage> packages,
                      std::string_view architectures = {});
  explicit PackageSet(std::span<const ApkPackage> packages);

  // Whether a package of `architecture` that needs it has it.
  bool meets(const Dependency& dependency, std::string_view architecture) const;
  // Names of installed packages, other than `except`, that one alternative means; sorted.
  std::vector<std::string> matching(const Dependency& dependency, std::string_view except) const;

 private:
  struct Offer {
    std::string package;       // who offers
    std::string architecture;  // of that package
    std::string multi_arch;
    std::string version;  // empty: a virtual package without version
  };
  void add(const std::string& name, const Offer& offer);
  bool is_match(const Offer& offer, const PackageRelation& relation) const;

  bool is_for(const Offer& offer, const PackageRelation& relation,
              std::string_view architecture) const;

  VersionOrder order_;
  std::string native_;  // architecture that "all" stands for; empty: unknown
  std::map<std::string, std::vector<Offer>, std::less<>> offers_;  // by name
};

}  // namespace imgops
