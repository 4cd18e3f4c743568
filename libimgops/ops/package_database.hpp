// The packages that a tree's databases know, and what they ask of each other.
#pragma once

#include "libimgops/layer/layer_cache.hpp"
#include "libimgops/packages/dependency.hpp"
#include "libimgops/tree/tree.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace imgops {

struct KnownPackage {
  std::string version;
  std::string architecture;
  std::vector<Dependency> needs;  // without those that cannot be read
  std::vector<Dependency> bears_not;
};

struct KnownPackages {
  std::map<std::string, KnownPackage> packages;  // by name; "libc6:i386" for a second architecture
  PackageSet set;
};

enum class PackageManager : std::uint8_t { dpkg, apk };

// Nullopt without a database. Throws Error(corrupt) for one that cannot be read, Error(unsupported)
// for one of more than 64 MiB.
std::optional<KnownPackages> read_packages(const Tree& tree, PackageManager manager,
                                           ContentReader& contents);

}  // namespace imgops
