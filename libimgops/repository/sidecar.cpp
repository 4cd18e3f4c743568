#include "libimgops/repository/sidecar.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/file.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace imgops {
namespace {

SidecarState judge_directory(const std::filesystem::path& directory) {
  struct stat status {};
  if (::lstat(directory.c_str(), &status) != 0) {
    if (errno == ENOENT) return SidecarState::absent;
    return SidecarState::foreign;
  }
  const bool trusted = status.st_uid == ::geteuid() || status.st_uid == 0;
  return trusted && S_ISDIR(status.st_mode) ? SidecarState::usable : SidecarState::foreign;
}

}  // namespace

SidecarState judge_sidecar(const std::filesystem::path& state_directory) {
  const SidecarState state = judge_directory(state_directory);
  if (state != SidecarState::usable) return state;
  for (const auto& part : {journal_directory(state_directory), log_directory(state_directory),
                           lease_directory(state_directory)}) {
    if (judge_directory(part) == SidecarState::foreign) return SidecarState::foreign;
  }
  return SidecarState::usable;
}

void prepare_sidecar(const std::filesystem::path& state_directory) {
  if (judge_sidecar(state_directory) == SidecarState::foreign) {
    throw Error(ErrorKind::conflict,
                printable(state_directory.string()) +
                    ": belongs to another user or holds links instead of directories",
                "make it yours with chown, or copy the layout without it");
  }
  make_directories(journal_directory(state_directory));
  make_directories(log_directory(state_directory));
  make_directories(lease_directory(state_directory));
}

bool is_writable_directory(const std::filesystem::path& directory) {
  return ::faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, AT_EACCESS) == 0;
}

}  // namespace imgops
