// The control document of a .deb, held to what dpkg can read. Private to install_packages.
// Source: deb-control(5).
#pragma once

#include "libimgops/packages/control_file.hpp"

#include <string>
#include <string_view>

namespace imgops {

// Its one paragraph. Throws Error(corrupt), naming `subject`, for what is no paragraph or several,
// without a name, version and architecture, and for relations to other packages that cannot be
// read.
Paragraph read_dpkg_control(std::string_view document, const std::string& subject);

}  // namespace imgops
