// What a package would have run when it was installed, and what such scripts usually do. Nothing is
// executed: this is for people who read the list. Source: deb-triggers(5), Debian policy §6.
#pragma once

#include "libimgops/layer/package_archive.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace imgops {

struct SkippedScript {
  std::string name;                // "postinst", ".post-upgrade"
  std::vector<std::string> usual;  // "runs ldconfig", by the words in it; may be empty
};

struct SkippedTrigger {
  std::string name;   // "ldconfig", "/usr/share/man"
  std::string usual;  // "refreshes the cache of shared libraries"; may be empty
};

struct SkippedWork {
  std::string package;
  std::string old_version;
  std::string new_version;
  std::vector<SkippedScript> scripts;    // by name
  std::vector<SkippedTrigger> triggers;  // by name, unique
};

std::vector<SkippedScript> scripts_of(const PackageArchive& package);

// What a trigger of that name, or of files below that path, usually does; empty when unknown.
std::string_view usual_work_of_trigger(std::string_view name);

}  // namespace imgops
