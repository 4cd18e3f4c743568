// What an image's owner asked apk for: etc/apk/world. Source: apk-world(5); apk-tools 2.
#pragma once

#include "libimgops/packages/apk_installed.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace imgops {

// The first word of `world`, "library=1-r0" say, that names the package by name and asks for
// another version or, with "><", another build of it. Packages that provide the name are not asked.
std::optional<std::string> unmet_wish(std::string_view world, const ApkPackage& package);

}  // namespace imgops
