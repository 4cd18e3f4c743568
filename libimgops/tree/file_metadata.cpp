// Descriptors opened with O_PATH take chown and times by AT_EMPTY_PATH; for mode and xattrs the
// kernel wants a name, and /proc/self/fd/N is a name of exactly that file.
#include "libimgops/tree/file_metadata.hpp"

#include "libimgops/base/file.hpp"

#include <cerrno>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace imgops {
namespace {

constexpr mode_t privileged_bits = S_ISUID | S_ISGID;

std::string name_of(int descriptor) {
  return "/proc/self/fd/" + std::to_string(descriptor);
}

// Whether the file now has the owner it should have.
bool set_owner(int descriptor, const Inode& inode, std::string_view path) {
  if (::fchownat(descriptor, "", inode.uid(), inode.gid(), AT_EMPTY_PATH) == 0) return true;
  if (errno != EPERM && errno != EINVAL) throw_system_error(path);
  return false;
}

// Whether it could be set here: xattrs of the kernel want rights, and not every file system has
// them.
bool set_xattr(int descriptor, Opened opened, const ExtendedAttribute& xattr,
               std::string_view path) {
  const int result =
      opened == Opened::as_file
          ? ::fsetxattr(descriptor, xattr.name.c_str(), xattr.value.data(), xattr.value.size(), 0)
          : ::setxattr(name_of(descriptor).c_str(), xattr.name.c_str(), xattr.value.data(),
                       xattr.value.size(), 0);
  if (result == 0) return true;
  if (errno != EPERM && errno != EACCES && errno != ENOTSUP && errno != EINVAL) {
    throw_system_error(path);
  }
  return false;
}

void set_mode(int descriptor, Opened opened, mode_t mode, std::string_view path) {
  const int result = opened == Opened::as_file ? ::fchmod(descriptor, mode)
                                               : ::chmod(name_of(descriptor).c_str(), mode);
  if (result != 0) throw_system_error(path);
}

void set_time(int descriptor, Opened opened, const Timestamp& mtime, std::string_view path) {
  struct timespec times[2] = {};
  times[0].tv_nsec = UTIME_OMIT;
  times[1].tv_sec = static_cast<time_t>(mtime.seconds);
  times[1].tv_nsec = static_cast<long>(mtime.nanoseconds);
  int result = opened == Opened::as_file ? ::futimens(descriptor, times)
                                         : ::utimensat(descriptor, "", times, AT_EMPTY_PATH);
  if (result != 0 && errno == EINVAL) {  // kernels before 5.8
    result = ::utimensat(AT_FDCWD, name_of(descriptor).c_str(), times, 0);
  }
  if (result != 0) throw_system_error(path);
}

}  // namespace

void set_metadata(int descriptor, Opened opened, const Inode& inode, std::string_view path,
                  LeftOut& left_out) {
  mode_t mode = inode.mode() & 07777;
  if (!set_owner(descriptor, inode, path)) {
    ++left_out.owners;
    // A program must not run with the rights of somebody it was not meant for.
    if (inode.type() != FileType::directory) mode &= ~privileged_bits;
  }
  if (inode.xattrs() != nullptr) {
    for (const ExtendedAttribute& xattr : *inode.xattrs()) {
      if (!set_xattr(descriptor, opened, xattr, path)) ++left_out.xattrs;
    }
  }
  if (inode.type() != FileType::symlink) set_mode(descriptor, opened, mode, path);
  if (!inode.implied()) set_time(descriptor, opened, inode.mtime(), path);
}

}  // namespace imgops
