#include "libimgops/tree/final_name.hpp"

#include "libimgops/base/file.hpp"

#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <unistd.h>

namespace imgops {

Existing existing_type(const RootedDirectory& root, const std::string& name) {
  struct stat status {};
  if (::fstatat(root.descriptor(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return Existing::nothing;
    throw_system_error(name);
  }
  return S_ISDIR(status.st_mode) ? Existing::directory : Existing::other;
}

std::string temporary_name(const RootedDirectory& root) {
  for (int number = 0;; ++number) {
    std::string name = ".imgops-" + std::to_string(::getpid()) + "-" + std::to_string(number);
    if (existing_type(root, name) == Existing::nothing) return name;
  }
}

void rename_complete(const RootedDirectory& root, const std::string& from, const std::string& to,
                     FileType type, Existing existing) {
  const int at = root.descriptor();
  if (type != FileType::directory) {
    if (::renameat(at, from.c_str(), at, to.c_str()) != 0) throw_file_error(to);
    return;
  }
  if (existing == Existing::other && ::unlinkat(at, to.c_str(), 0) != 0) throw_file_error(to);
  int result = ::renameat2(at, from.c_str(), at, to.c_str(), RENAME_NOREPLACE);
  // File systems that do not know the flag: a directory replaces nothing but an empty one anyway.
  if (result != 0 && (errno == EINVAL || errno == ENOSYS)) {
    result = ::renameat(at, from.c_str(), at, to.c_str());
  }
  if (result != 0) throw_file_error(to);
}

}  // namespace imgops
