// Links and special files cannot be made and opened in one step. So what was opened afterwards is
// looked at: right type, one name, ours; a hard link to a stranger's file, put there in between,
// has two names, and its owner would be changed otherwise (T07, T08).
#include "libimgops/tree/file_maker.hpp"

#include "libimgops/base/error.hpp"

#include <cerrno>
#include <functional>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace imgops {
namespace {

constexpr int most_attempts = 16;

[[noreturn]] void throw_changed(const Place& place) {
  throw Error(ErrorKind::conflict, printable(place.path) + ": changed while being written");
}

// Calls `make`, which returns -1 and sets errno, until nothing is in the way. The last errno
// otherwise.
int make_name(const Place& place, const std::function<int()>& make) {
  for (int attempt = 0;; ++attempt) {
    const int result = make();
    if (result >= 0 || errno != EEXIST || attempt == most_attempts) return result;
    if (::unlinkat(place.parent, place.name.c_str(), 0) != 0 && errno != ENOENT) {
      if (errno == EISDIR) {
        throw Error(ErrorKind::conflict, printable(place.path) + ": is a directory already");
      }
      return -1;
    }
  }
}

FileDescriptor open_made(const Place& place, mode_t type) {
  FileDescriptor descriptor(
      ::openat(place.parent, place.name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!descriptor) throw_file_error(place.path);
  struct stat status {};
  if (::fstat(descriptor.get(), &status) != 0) throw_file_error(place.path);
  if ((status.st_mode & S_IFMT) != type || status.st_nlink != 1 || status.st_uid != ::geteuid()) {
    throw_changed(place);
  }
  return descriptor;
}

mode_t type_bits(FileType type) {
  switch (type) {
    case FileType::character_device:
      return S_IFCHR;
    case FileType::block_device:
      return S_IFBLK;
    default:
      return S_IFIFO;
  }
}

}  // namespace

FileDescriptor make_file(const Place& place) {
  constexpr int flags = O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC;
  const int descriptor =
      make_name(place, [&] { return ::openat(place.parent, place.name.c_str(), flags, 0600); });
  if (descriptor < 0) throw_file_error(place.path);
  return FileDescriptor(descriptor);
}

FileDescriptor reopen_file(const Place& place, const FileId& expected) {
  // What took its place meanwhile, a fifo say, must not keep us waiting.
  constexpr int flags = O_NOFOLLOW | O_NONBLOCK | O_WRONLY | O_CLOEXEC;
  FileDescriptor descriptor(::openat(place.parent, place.name.c_str(), flags));
  if (!descriptor) throw_file_error(place.path);
  if (file_id(descriptor.get(), place.path) == expected) return descriptor;
  throw Error(ErrorKind::conflict, printable(place.path) + ": another file took its place");
}

FileDescriptor make_symlink(const Place& place, std::string_view target) {
  const std::string text(target);
  const int result =
      make_name(place, [&] { return ::symlinkat(text.c_str(), place.parent, place.name.c_str()); });
  if (result != 0) throw_file_error(place.path);
  return open_made(place, S_IFLNK);
}

FileDescriptor make_special_file(const Place& place, const Inode& inode) {
  const mode_t type = type_bits(inode.type());
  const dev_t device = makedev(inode.device().major, inode.device().minor);
  const int result = make_name(
      place, [&] { return ::mknodat(place.parent, place.name.c_str(), type | 0600, device); });
  if (result == 0) return open_made(place, type);
  if (errno == EPERM && type != S_IFIFO) return {};
  throw_file_error(place.path);
}

OpenDirectory make_directory(const Place& place) {
  OpenDirectory result;
  const int made = make_name(place, [&] {
    if (::mkdirat(place.parent, place.name.c_str(), 0700) == 0) return 0;
    struct stat status {};
    const int code = errno;
    const bool is_directory =
        code == EEXIST &&
        ::fstatat(place.parent, place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISDIR(status.st_mode);
    if (is_directory) result.origin = DirectoryOrigin::found;
    errno = code;
    return is_directory ? 0 : -1;
  });
  if (made != 0) throw_file_error(place.path);
  result.descriptor = FileDescriptor(
      ::openat(place.parent, place.name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!result.descriptor) throw_file_error(place.path);
  result.id = file_id(result.descriptor.get(), place.path);
  return result;
}

LinkResult make_hard_link(const Place& from, const Place& to, const FileId& expected) {
  const int result = make_name(
      to, [&] { return ::linkat(from.parent, from.name.c_str(), to.parent, to.name.c_str(), 0); });
  if (result != 0) {
    const bool impossible =
        errno == EXDEV || errno == EMLINK || errno == EPERM || errno == EOPNOTSUPP;
    if (impossible) return LinkResult::impossible;
    throw_file_error(to.path);
  }
  struct stat status {};
  if (::fstatat(to.parent, to.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    throw_file_error(to.path);
  }
  if (FileId{status.st_dev, status.st_ino} == expected) return LinkResult::linked;
  ::unlinkat(to.parent, to.name.c_str(), 0);
  throw_changed(to);
}

}  // namespace imgops
