// A directory of this machine as a root of its own: names below it are opened so that no link,
// found there or put there meanwhile, leads out. Source: security §3.1, §3.6.
#pragma once

#include "libimgops/base/file.hpp"

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace imgops {

// What a name means right now: device and inode.
struct FileId {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  friend bool operator==(const FileId&, const FileId&) = default;
};
// Of an open descriptor; throws Error(input_output).
FileId file_id(int descriptor, std::string_view path);

// Throws for errno after work on `path` below a root: Error(conflict) where only somebody else's
// hand or a name in the way explains it, else Error(input_output).
[[noreturn]] void throw_file_error(std::string_view path);

class RootedDirectory {
 public:
  enum class Resolver : std::uint8_t {
    kernel,     // openat2; where there is none, components
    components  // one by one, links refused
  };
  // `path` is the user's own and links in it are followed. Throws Error(not_found) when there is no
  // such directory, Error(input_output).
  explicit RootedDirectory(const std::filesystem::path& path, Resolver resolver = Resolver::kernel);

  int descriptor() const noexcept { return root_.get(); }

  // The directory `path`, relative and without "..", for reading; "" is the root. Symlinks on the
  // way resolve inside the root. Throws Error(conflict) when it is not there any more, is no
  // directory, or changes too often to be opened.
  FileDescriptor open(std::string_view path) const;

 private:
  FileDescriptor root_;
  Resolver resolver_;
};

}  // namespace imgops
