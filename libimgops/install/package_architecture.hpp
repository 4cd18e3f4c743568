// Which machines a package is for, as dpkg and apk call them, against the platform of an image.
// Source: Debian's ports and dpkg's cputable; Alpine's architectures; the values of GOARCH and
// GOARM, which OCI's platforms take.
#pragma once

#include "libimgops/image/platform.hpp"
#include "libimgops/layer/package_archive.hpp"

#include <string_view>

namespace imgops {

// Whether packages of that architecture run on the platform. The two managers mean different
// machines by one name: Debian's armhf is arm/v7, Alpine's arm/v6. A platform without a variant is
// taken for any; a name that neither manager changes is compared as it is.
bool is_for(PackageFormat format, std::string_view architecture, const Platform& platform);

}  // namespace imgops
