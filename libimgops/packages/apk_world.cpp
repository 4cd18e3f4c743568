#include "libimgops/packages/apk_world.hpp"

#include "libimgops/packages/dependency.hpp"
#include "libimgops/packages/line_lists.hpp"

#include <span>

namespace imgops {
namespace {

bool is_met(std::string_view wish, const ApkPackage& package) {
  if (wish.starts_with("><")) return wish.substr(2) == package.checksum;
  ApkPackage itself;
  itself.name = package.name;
  itself.version = package.version;
  const auto wishes = parse_apk_dependencies(std::string(package.name) + std::string(wish));
  return !PackageSet(std::span<const ApkPackage>(&itself, 1)).matching(wishes.front(), {}).empty();
}

}  // namespace

std::optional<std::string> unmet_wish(std::string_view world, const ApkPackage& package) {
  for (const std::string_view line : split_lines(world)) {
    for (const std::string_view word : split_fields(line, ' ')) {
      if (word.substr(0, word.find_first_of("@<>=~")) != package.name) continue;
      const std::size_t sign = word.find_first_of("<>=~");
      if (sign == std::string_view::npos || is_met(word.substr(sign), package)) continue;
      return std::string(word);
    }
  }
  return std::nullopt;
}

}  // namespace imgops
