// A line a digest. A writer puts it down first and looks for the blob afterwards; a collector takes
// the lock, reads the leases, and removes what stands in none. So whichever comes first, either the
// collector sees the line, or the writer finds the blob gone and writes it.
#include "libimgops/repository/lease.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/file_lock.hpp"
#include "libimgops/repository/sidecar.hpp"

#include <atomic>
#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace imgops {
namespace {

constexpr std::uint64_t lease_limit_bytes = 1ULL << 30;

std::string unused_name() {
  static std::atomic<unsigned> counter{0};
  return std::to_string(::getpid()) + "-" + std::to_string(counter++);
}

// Its writer holds a lock on it as long as it lives; the kernel drops it however that ends.
bool is_abandoned(const std::filesystem::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  // Gone meanwhile, or of a user whose files we cannot open: not ours to remove.
  if (!file) return false;
  return ::flock(file.get(), LOCK_EX | LOCK_NB) == 0;
}

// A line without its end is being written: its writer has not looked for the blob yet.
void read_lease(const std::filesystem::path& path, std::set<Digest>& digests) {
  const std::string text = read_file(path, lease_limit_bytes).value_or(std::string());
  std::string_view rest = text;
  for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    if (const auto digest = Digest::try_parse(rest.substr(0, end))) digests.insert(*digest);
    rest.remove_prefix(end + 1);
  }
}

}  // namespace

Lease::Lease(std::filesystem::path state_directory)
    : state_directory_(std::move(state_directory)) {}

Lease::~Lease() {
  if (file_) ::unlink(path_.c_str());
}

void Lease::begin() {
  const std::lock_guard guard(mutex_);
  if (file_ || judge_sidecar(state_directory_) == SidecarState::foreign) return;
  prepare_sidecar(state_directory_);
  // Shared: between making the file and locking it nobody may take it for abandoned.
  const FileLock lock(sweeping_lock_path(state_directory_), LockKind::shared);
  while (!file_) {
    path_ = lease_directory(state_directory_) / unused_name();
    file_ = FileDescriptor(::open(path_.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0644));
    // One of that name was left by another process of our number.
    if (!file_ && errno != EEXIST) throw_system_error(path_.string());
  }
  // Who only looks at leases holds this one for an instant at most.
  while (::flock(file_.get(), LOCK_EX) != 0) {
    if (errno != EINTR) throw_system_error(path_.string());
  }
}

void Lease::put_down(const Digest& digest) {
  const std::string line = digest.to_string() + "\n";
  const std::lock_guard guard(mutex_);
  const ssize_t written =
      ::pwrite(file_.get(), line.data(), line.size(), static_cast<off_t>(size_bytes_));
  if (written != static_cast<ssize_t>(line.size())) {
    if (written >= 0) errno = ENOSPC;
    throw_system_error(path_.string());
  }
  size_bytes_ += line.size();
}

bool Lease::keep(const Digest& digest, const std::function<bool()>& is_there) {
  begin();
  if (!file_) return is_there();
  put_down(digest);
  // What is absent will be written: no need to wait for a collector.
  if (!is_there()) return false;
  const FileLock lock(sweeping_lock_path(state_directory_), LockKind::shared);
  return is_there();
}

Leases read_leases(const std::filesystem::path& state_directory) {
  Leases leases;
  std::error_code error;
  std::filesystem::directory_iterator files(lease_directory(state_directory), error);
  if (error == std::errc::no_such_file_or_directory) return leases;
  for (; !error && files != std::filesystem::directory_iterator(); files.increment(error)) {
    const auto& path = files->path();
    if (is_abandoned(path)) {
      leases.abandoned.push_back(path);
      continue;
    }
    leases.has_writers = true;
    read_lease(path, leases.digests);
  }
  if (error) {
    throw Error(ErrorKind::input_output,
                lease_directory(state_directory).string() + ": " + error.message());
  }
  return leases;
}

}  // namespace imgops
