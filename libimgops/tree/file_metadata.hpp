// Owner, xattrs, mode and times of files just made, set on the file itself and never through a
// name. Source: security §3.3; semantics M14.
#pragma once

#include "libimgops/layer/layer_entry.hpp"

#include <cstdint>
#include <string_view>

namespace imgops {

// What could not be set: not running as root, or a file system that cannot.
struct LeftOut {
  std::uint64_t owners = 0;   // files that belong to us instead; setuid and setgid bits go with it
  std::uint64_t devices = 0;  // not made
  std::uint64_t xattrs = 0;   // single attributes
};

enum class Opened : std::uint8_t {
  as_file,  // for reading or writing
  as_path   // O_PATH: symlinks, devices, fifos
};

// In the order owner, xattrs, mode, times. `path` is for messages. Times of implied directories
// stay (P02). Throws Error(input_output).
void set_metadata(int descriptor, Opened opened, const Inode& inode, std::string_view path,
                  LeftOut& left_out);

}  // namespace imgops
