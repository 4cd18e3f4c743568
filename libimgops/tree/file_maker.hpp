// New names in a directory that is open: what stands there already is removed, never written
// through. Source: security §3.2.
#pragma once

#include "libimgops/base/file.hpp"
#include "libimgops/layer/layer_entry.hpp"
#include "libimgops/tree/rooted_directory.hpp"

#include <cstdint>
#include <string>

namespace imgops {

// All functions below throw Error(conflict) when a directory stands where another type is to be, or
// when the name means something else than what was just made; Error(input_output) otherwise.
struct Place {
  int parent = -1;   // descriptor of the directory
  std::string name;  // one component
  std::string path;  // for messages
};

// Empty and open for writing, mode 0600.
FileDescriptor make_file(const Place& place);
// One that make_file() made and that must be `expected`: open for writing as it was left.
FileDescriptor reopen_file(const Place& place, const FileId& expected);
// `target` as it is. Opened with O_PATH.
FileDescriptor make_symlink(const Place& place, std::string_view target);
// A device or fifo, opened with O_PATH; none when we have not the right to make it.
FileDescriptor make_special_file(const Place& place, const Inode& inode);

enum class DirectoryOrigin : std::uint8_t { made, found };
struct OpenDirectory {
  FileDescriptor descriptor;
  FileId id;
  DirectoryOrigin origin = DirectoryOrigin::made;
};
// One that is there is taken as it is.
OpenDirectory make_directory(const Place& place);

enum class LinkResult : std::uint8_t { linked, impossible };
// `to` becomes another name of `from`, which must be `expected`. Impossible: the file system has no
// links, no more links, or is another one.
LinkResult make_hard_link(const Place& from, const Place& to, const FileId& expected);

}  // namespace imgops
