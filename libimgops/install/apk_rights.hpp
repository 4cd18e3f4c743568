// Owner, mode and checksum of a file as apk's database has them. Private to install_packages.
#pragma once

#include "libimgops/layer/layer_cache.hpp"
#include "libimgops/layer/layer_entry.hpp"
#include "libimgops/packages/apk_files.hpp"

#include <string>
#include <string_view>

namespace imgops {

ApkRights rights_of(const Inode& inode);

// "Q1…" of a file's bytes or a link's target; empty for anything else.
std::string apk_checksum_of(const Inode& inode, ContentReader& contents);

// Whether a file has the checksum that the database has of it: "Q1…", or "Q2…" of apk-tools 3,
// which is the beginning of a SHA-256. False for an empty one.
bool has_apk_checksum(const Inode& inode, std::string_view recorded, ContentReader& contents);

}  // namespace imgops
