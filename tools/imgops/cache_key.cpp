// Made under another name and linked, so that two first uses at once agree on one key.
#include "tools/imgops/cache_key.hpp"

#include "libimgops/base/file.hpp"

#include <fmt/format.h>

#include <array>

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

namespace imgops::cli {
namespace {

constexpr std::size_t key_bytes = 32;

std::optional<std::string> read_key(const std::filesystem::path& path) {
  const FileDescriptor file(
      ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));  // NOLINT
  struct stat status {};
  if (!file || fstat(file.get(), &status) != 0) return std::nullopt;
  const bool is_ours = S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
                       (status.st_mode & 077U) == 0 && status.st_size == key_bytes;
  std::string key(key_bytes, '\0');
  if (!is_ours || ::read(file.get(), key.data(), key.size()) != static_cast<ssize_t>(key_bytes)) {
    return std::nullopt;
  }
  return key;
}

void make_key(const std::filesystem::path& path) {
  std::array<char, key_bytes> key{};
  if (getrandom(key.data(), key.size(), 0) != static_cast<ssize_t>(key_bytes)) return;
  const std::string temporary = fmt::format("{}.{}", path.string(), getpid());
  {
    const FileDescriptor file(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));  // NOLINT
    if (!file) return;
    if (::write(file.get(), key.data(), key.size()) != static_cast<ssize_t>(key_bytes)) {
      unlink(temporary.c_str());
      return;
    }
  }
  // It fails when somebody was first: the caller reads what is there.
  static_cast<void>(link(temporary.c_str(), path.c_str()));
  unlink(temporary.c_str());
}

}  // namespace

std::optional<std::string> read_cache_key(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / "cache-key";
  if (auto key = read_key(path)) return key;
  std::error_code ignored;
  std::filesystem::create_directories(directory, ignored);
  make_key(path);
  return read_key(path);
}

}  // namespace imgops::cli
