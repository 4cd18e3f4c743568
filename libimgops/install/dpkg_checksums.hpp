// Checksums as dpkg writes them. Private to install_packages. Source: deb-md5sums(5).
#pragma once

#include "libimgops/layer/layer_cache.hpp"
#include "libimgops/layer/layer_entry.hpp"

#include <string>

namespace imgops {

// md5 in hexadecimal.
std::string dpkg_checksum(const Content& content, ContentReader& contents);

// The document md5sums that dpkg makes for a package without one: all plain files, hard links and
// configuration files with them.
std::string dpkg_checksums(const LayerIndex& files, ContentReader& contents);

}  // namespace imgops
