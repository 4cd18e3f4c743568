// What an archive says about one file.
#pragma once

#include "libimgops/base/timestamp.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace imgops {

enum class FileType : std::uint8_t {
  regular,
  directory,
  symlink,
  character_device,
  block_device,
  fifo
};

struct DeviceNumber {
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  friend auto operator<=>(const DeviceNumber&, const DeviceNumber&) = default;
};

// Name and value are raw bytes; the name is whole ("user.key"), as after "SCHILY.xattr.".
struct ExtendedAttribute {
  std::string name;
  std::string value;
  friend auto operator<=>(const ExtendedAttribute&, const ExtendedAttribute&) = default;
};
using ExtendedAttributes = std::vector<ExtendedAttribute>;  // by name, names unique

struct FileAttributes {
  FileType type = FileType::regular;
  std::uint16_t mode = 0;  // 07777
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  Timestamp mtime;
  DeviceNumber device;        // of devices, else 0:0
  std::string link_target;    // of symlinks, as stored, else empty
  ExtendedAttributes xattrs;  // only what a view keeps (M05–M07 are left out)
  friend bool operator==(const FileAttributes&, const FileAttributes&) = default;
};

}  // namespace imgops
