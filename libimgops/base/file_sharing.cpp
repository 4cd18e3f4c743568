// The part of file.hpp that needs no bytes. Files are known by open descriptors alone: a name may
// mean another file by now.
#include "libimgops/base/error.hpp"
#include "libimgops/base/file.hpp"

#include <algorithm>
#include <cerrno>
#include <string>

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace imgops {
namespace {

// So much is copied before anybody is asked whether to go on.
constexpr std::uint64_t copied_at_once_bytes = 64ULL << 20;

bool is_refusal(int code) {
  return code == EXDEV || code == ENOSYS || code == EOPNOTSUPP || code == EINVAL || code == EPERM ||
         code == ENOTTY || code == ETXTBSY;
}

// A name that is removed unless rename() took it.
class TemporaryLink {
 public:
  explicit TemporaryLink(std::filesystem::path path) : path_(std::move(path)) {}
  // Of two names of one file rename() leaves both.
  ~TemporaryLink() { ::unlink(path_.c_str()); }
  TemporaryLink(const TemporaryLink&) = delete;
  TemporaryLink& operator=(const TemporaryLink&) = delete;
  const char* name() const { return path_.c_str(); }

 private:
  std::filesystem::path path_;
};

}  // namespace

bool clone_file(int from, const NewFile& to) {
  return ::ioctl(to.descriptor(), FICLONE, from) == 0;  // NOLINT(*-vararg)
}

bool copy_file(int from, std::uint64_t size_bytes, const NewFile& to, const std::stop_token& stop) {
  std::uint64_t done = 0;
  while (done < size_bytes) {
    if (stop.stop_requested()) throw Error(ErrorKind::cancelled, "interrupted");
    auto offset = static_cast<off64_t>(done);
    auto target = static_cast<off64_t>(done);
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(copied_at_once_bytes, size_bytes - done));
    const ssize_t count = ::copy_file_range(from, &offset, to.descriptor(), &target, wanted, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && done == 0 && is_refusal(errno)) return false;
    if (count < 0) throw_system_error("copying a file");
    if (count == 0) break;  // shorter by now: whoever verifies notices
    done += static_cast<std::uint64_t>(count);
  }
  return true;
}

bool may_link(int from, const NewFile& like) {
  struct stat source {};
  struct stat made {};
  if (::fstat(from, &source) != 0 || ::fstat(like.descriptor(), &made) != 0) return false;
  constexpr mode_t others_write = S_IWGRP | S_IWOTH;
  return source.st_dev == made.st_dev && source.st_uid == made.st_uid &&
         source.st_gid == made.st_gid && source.st_mode == made.st_mode &&
         (source.st_mode & others_write) == 0 && source.st_nlink > 0;
}

bool link_file(int from, const std::filesystem::path& path) {
  if (::fsync(from) != 0) throw_system_error(path.string());
  const std::string source = "/proc/self/fd/" + std::to_string(from);
  const auto link_to = [&](const char* name) {
    return ::linkat(AT_FDCWD, source.c_str(), AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0;
  };
  if (link_to(path.c_str())) return true;
  if (errno != EEXIST) return false;
  const TemporaryLink temporary(temporary_name(path.parent_path()));
  if (!link_to(temporary.name())) return false;
  if (::rename(temporary.name(), path.c_str()) != 0) throw_system_error(path.string());
  return true;
}

}  // namespace imgops
