// What packages ask to be told of, and where dpkg keeps it: a package's `triggers` document, the
// file triggers/File, and one file triggers/NAME a trigger that is no path. Source:
// deb-triggers(5); the forms of dpkg 1.21.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

enum class TriggerWait : std::uint8_t { awaited, not_awaited };

struct TriggerInterest {
  std::string name;  // "/usr/share/man", a path; or "ldconfig"
  TriggerWait wait = TriggerWait::awaited;
  bool is_path() const noexcept { return name.starts_with('/'); }
};

struct TriggerRequests {
  std::vector<TriggerInterest> interests;  // in the document's order; names are unique
  std::vector<std::string> activated;      // sorted, unique
};

// Of a `triggers` document. Throws Error(corrupt) for a line that dpkg would not take, and for
// names that cannot be those of files: triggers become files of the image.
TriggerRequests parse_triggers(std::string_view document);

// Who is interested: a package of one architecture.
struct TriggerPackage {
  std::string name;         // "libc-bin"
  std::string in_database;  // as dpkg writes it, "libc6:amd64" where several may be installed
};

// triggers/File without interests of the package in `old`, and with those in `now` at the end,
// which is where dpkg puts them; names that are no paths are passed over. Empty: there is no such
// file.
std::string with_path_interests(std::string_view file, const TriggerPackage& package,
                                std::span<const TriggerInterest> old,
                                std::span<const TriggerInterest> now);

// triggers/NAME without a line of the package, and, when `now` has the interest NAME, with one at
// the end. Empty: there is no such file.
std::string with_interest(std::string_view file, const TriggerPackage& package,
                          std::string_view name, std::span<const TriggerInterest> now);

}  // namespace imgops
