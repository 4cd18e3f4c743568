#include "libimgops/base/file_lock.hpp"

#include "libimgops/base/error.hpp"

#include <cerrno>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>

namespace imgops {

FileLock::FileLock(const std::filesystem::path& path, LockKind kind,
                   std::chrono::milliseconds patience)
    : descriptor_(::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0644)) {
  if (!descriptor_) throw_system_error(path.string());
  const auto deadline = std::chrono::steady_clock::now() + patience;
  const int operation = (kind == LockKind::shared ? LOCK_SH : LOCK_EX) | LOCK_NB;
  // Polling rather than a blocking flock: only so does waiting end without a signal.
  while (::flock(descriptor_.get(), operation) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) throw_system_error(path.string());
    if (std::chrono::steady_clock::now() >= deadline) {
      throw Error(ErrorKind::input_output, path.string() + ": locked by another process");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

}  // namespace imgops
