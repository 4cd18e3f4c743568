// Owner, mode and checksum of a file as apk's database has them. Private to install_packages.
#pragma once

#include "libimgops/layer/layer_cache.hpp"
#include "libimgops/layer/layer_entry.hpp"
#include "libimgops/packages/apk_files.hpp"

#include <string>

namespace imgops {

ApkRights rights_of(const Inode& inode);

// "Q1…" of a file's bytes or a link's target; empty for anything else.
std::string apk_checksum_of(const Inode& inode, ContentReader& contents);

}  // namespace imgops
