// The kernel resolves with RESOLVE_IN_ROOT: ".." and absolute links stop at the root. EAGAIN tells
// of a rename beside a "..", so it is tried again. Without openat2 (before Linux 5.6, or forbidden
// by an old seccomp profile) every component is opened without following, and a link is a conflict:
// while extracting, parents are directories we made or found, so a link there is somebody else's
// hand.
#include "libimgops/tree/rooted_directory.hpp"

#include "libimgops/base/error.hpp"

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace imgops {
namespace {

constexpr int directory_flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
constexpr int most_attempts = 16;

FileDescriptor open_by_kernel(int root, const std::string& path) {
  struct open_how how {};
  how.flags = directory_flags;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    const long result = ::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how);
    if (result >= 0) return FileDescriptor(static_cast<int>(result));
    if (errno != EAGAIN && errno != EINTR) break;
  }
  return {};
}

FileDescriptor open_by_components(int root, std::string_view path) {
  FileDescriptor current(::openat(root, ".", directory_flags));
  while (current && !path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string component(path.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    if (component.empty() || component == ".") continue;
    if (component == "..") {
      errno = ELOOP;
      return {};
    }
    const int flags = path.empty() ? directory_flags : O_PATH | O_DIRECTORY | O_CLOEXEC;
    current = FileDescriptor(::openat(current.get(), component.c_str(), flags | O_NOFOLLOW));
  }
  return current;
}

}  // namespace

FileId file_id(int descriptor, std::string_view path) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) throw_system_error(path);
  return {static_cast<std::uint64_t>(status.st_dev), static_cast<std::uint64_t>(status.st_ino)};
}

void throw_file_error(std::string_view path) {
  const int code = errno;
  switch (code) {
    case EAGAIN:
    case EEXIST:
    case EISDIR:
    case ELOOP:
    case ENOENT:
    case ENOTDIR:
    case ENOTEMPTY:
    case EXDEV:
      throw Error(ErrorKind::conflict,
                  printable(path) + ": " + std::system_category().message(code),
                  "something else is in the way or changes the destination");
    default:
      break;
  }
  errno = code;
  throw_system_error(path);
}

RootedDirectory::RootedDirectory(const std::filesystem::path& path, Resolver resolver)
    : root_(::open(path.c_str(), directory_flags)), resolver_(resolver) {
  if (root_) return;
  if (errno == ENOENT || errno == ENOTDIR) {
    throw Error(ErrorKind::not_found, printable(path.string()) + ": no such directory");
  }
  throw_system_error(path.string());
}

FileDescriptor RootedDirectory::open(std::string_view path) const {
  FileDescriptor result;
  bool done = false;
  if (resolver_ == Resolver::kernel) {
    result = open_by_kernel(root_.get(), path.empty() ? "." : std::string(path));
    done = result || (errno != ENOSYS && errno != EPERM && errno != ENAMETOOLONG);
  }
  if (!done) result = open_by_components(root_.get(), path);
  if (!result) throw_file_error(path);
  return result;
}

}  // namespace imgops
