#include "libimgops/install/apk_takeover.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/packages/dependency.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace imgops {
namespace {

// How strongly a package with these fields replaces one of that name and version: its
// replaces_priority, and -1 where it does not.
std::int64_t strength(std::string_view replaces, std::string_view priority, ApkPackage other) {
  other.provides = {};
  const PackageSet set(std::span<const ApkPackage>(&other, 1));
  const bool is_meant = std::ranges::any_of(
      parse_apk_dependencies(replaces),
      [&](const Dependency& dependency) { return !set.matching(dependency, {}).empty(); });
  if (!is_meant) return -1;
  std::uint32_t value = 0;
  std::from_chars(priority.data(), priority.data() + priority.size(), value);
  return value;
}

}  // namespace

ApkTakeover::ApkTakeover(const ApkDatabase& database, const ApkDescription& description,
                         std::string subject)
    : database_(database), description_(description), subject_(std::move(subject)) {}

FileTaking ApkTakeover::judge(const std::string& real_path) {
  const ApkOwner* const owner = database_.owner_of(real_path);
  if (owner == nullptr || owner->package->name == description_.name()) return FileTaking::own;
  ApkPackage itself;
  itself.name = description_.name();
  itself.version = description_.version();
  const std::int64_t theirs = strength(owner->package->replaces, owner->package->priority, itself);
  const std::int64_t ours = strength(description_.values("replaces"),
                                     description_.value("replaces_priority"), *owner->package);
  if (theirs > ours) return FileTaking::left_to_other;
  if (ours < 0) {
    throw Error(ErrorKind::conflict, subject_ + ": /" + printable(real_path) + ": is of package " +
                                         printable(owner->package->name) + " " +
                                         printable(owner->package->version) +
                                         ", which the package does not replace");
  }
  lost_[owner->package].insert(owner->file.path);
  return FileTaking::own;
}

std::map<const ApkPackage*, std::string> ApkTakeover::shortened() const {
  std::map<const ApkPackage*, std::string> shortened;
  for (const auto& [package, paths] : lost_) {
    shortened.emplace(package, without_apk_files(package->text, paths));
  }
  return shortened;
}

}  // namespace imgops
