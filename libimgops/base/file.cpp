// NewFile prefers O_TMPFILE and linkat: such a file has no name until it is complete, so that a
// kill leaves nothing to tidy up. linkat cannot replace, so a replacement goes through a second,
// named link and rename.
#include "libimgops/base/file.hpp"

#include "libimgops/base/error.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace imgops {
namespace {

std::size_t read_part(int descriptor, std::uint64_t offset, std::span<std::byte> buffer,
                      std::string_view name) {
  while (true) {
    const ssize_t count =
        ::pread(descriptor, buffer.data(), buffer.size(), static_cast<off_t>(offset));
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) throw_system_error(name);
  }
}

class RegularFile final : public RandomAccess {
 public:
  RegularFile(FileDescriptor descriptor, std::uint64_t size, std::string name)
      : descriptor_(std::move(descriptor)), size_(size), name_(std::move(name)) {}
  std::uint64_t size_bytes() const override { return size_; }
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> buffer) const override {
    return read_part(descriptor_.get(), offset, buffer, name_);
  }
  int file_descriptor() const override { return descriptor_.get(); }

 private:
  FileDescriptor descriptor_;
  std::uint64_t size_;
  std::string name_;
};

std::unique_ptr<RandomAccess> open_with(const std::filesystem::path& path, int flags) {
  FileDescriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags));
  const auto not_regular = [&] {
    return Error(reject(DiagnosticCode::blob_link, "J15", "not a regular file", path.string()));
  };
  if (!descriptor) {
    if (errno == ENOENT || errno == ENOTDIR) return nullptr;
    if (errno == ELOOP || errno == ENXIO) throw not_regular();
    throw_system_error(path.string());
  }
  struct stat status {};
  if (::fstat(descriptor.get(), &status) != 0) throw_system_error(path.string());
  if (!S_ISREG(status.st_mode)) throw not_regular();
  return std::make_unique<RegularFile>(std::move(descriptor),
                                       static_cast<std::uint64_t>(status.st_size), path.string());
}

// Those of local disks and of memory, and the overlay that containers see.
constexpr std::uint32_t whole_synced_systems[] = {0xEF53,       // ext2, ext3, ext4
                                                  0x58465342,   // xfs
                                                  0x9123683E,   // btrfs
                                                  0xF2F52010,   // f2fs
                                                  0xCA451A4E,   // bcachefs
                                                  0x2FC12FC1,   // zfs
                                                  0x01021994,   // tmpfs
                                                  0x794C7630};  // overlayfs

// What was written to a file that is still open for it.
class WrittenFile final : public RandomAccess {
 public:
  explicit WrittenFile(int descriptor) : descriptor_(descriptor) {}
  std::uint64_t size_bytes() const override {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) throw_system_error("new file");
    return static_cast<std::uint64_t>(status.st_size);
  }
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> buffer) const override {
    return read_part(descriptor_, offset, buffer, "new file");
  }
  int file_descriptor() const override { return descriptor_; }

 private:
  int descriptor_;
};

}  // namespace

std::filesystem::path temporary_name(const std::filesystem::path& directory) {
  static std::atomic<unsigned> counter{0};
  return directory / (".new-" + std::to_string(::getpid()) + "-" + std::to_string(counter++));
}

FileDescriptor::~FileDescriptor() {
  if (value_ >= 0) ::close(value_);
}
FileDescriptor::FileDescriptor(FileDescriptor&& other) noexcept
    : value_(std::exchange(other.value_, -1)) {}
FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  std::swap(value_, other.value_);
  return *this;
}

void throw_system_error(std::string_view subject) {
  const int code = errno;
  throw Error(ErrorKind::input_output,
              printable(subject) + ": " + std::system_category().message(code));
}

std::unique_ptr<RandomAccess> open_regular_file(const std::filesystem::path& path) {
  return open_with(path, O_NOFOLLOW);
}

std::unique_ptr<RandomAccess> open_user_file(const std::filesystem::path& path) {
  return open_with(path, 0);
}

std::optional<std::string> read_file(const std::filesystem::path& path, std::uint64_t limit_bytes) {
  const auto file = open_regular_file(path);
  if (!file) return std::nullopt;
  return read_all(*file, limit_bytes, path.string());
}

std::optional<FileIdentity> identify(const std::filesystem::path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return std::nullopt;
  return FileIdentity{static_cast<std::uint64_t>(status.st_size),
                      status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec,
                      static_cast<std::uint64_t>(status.st_ino)};
}

NewFile::NewFile(const std::filesystem::path& directory) : directory_(directory) {
  descriptor_ = FileDescriptor(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0644));
  if (descriptor_) return;
  if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) {
    throw_system_error(directory.string());
  }
  temporary_ = temporary_name(directory);
  descriptor_ =
      FileDescriptor(::open(temporary_.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0644));
  if (!descriptor_) throw_system_error(temporary_.string());
}

NewFile::~NewFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void NewFile::write(ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_.get(), bytes.data(), bytes.size());
    if (count < 0) {
      if (errno == EINTR) continue;
      throw_system_error(directory_.string());
    }
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    size_bytes_ += static_cast<std::uint64_t>(count);
  }
}

void NewFile::write_at(std::uint64_t offset_bytes, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t count =
        ::pwrite(descriptor_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset_bytes));
    if (count < 0) {
      if (errno == EINTR) continue;
      throw_system_error(directory_.string());
    }
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    offset_bytes += static_cast<std::uint64_t>(count);
  }
}

void NewFile::cut(std::uint64_t size_bytes) {
  const auto size = static_cast<off_t>(size_bytes);
  if (::ftruncate(descriptor_.get(), size) != 0 || ::lseek(descriptor_.get(), size, SEEK_SET) < 0) {
    throw_system_error(directory_.string());
  }
  size_bytes_ = size_bytes;
}

std::unique_ptr<RandomAccess> NewFile::bytes() const {
  return std::make_unique<WrittenFile>(descriptor_.get());
}

void NewFile::publish(const std::filesystem::path& path, Existing existing) {
  if (::fsync(descriptor_.get()) != 0) throw_system_error(path.string());
  publish_synced(path, existing);
}

void NewFile::publish_synced(const std::filesystem::path& path, Existing existing) {
  const auto link_to = [&](const std::filesystem::path& name) {
    const std::string source = "/proc/self/fd/" + std::to_string(descriptor_.get());
    return ::linkat(AT_FDCWD, source.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0;
  };
  if (temporary_.empty()) {
    if (link_to(path)) return;
    if (errno != EEXIST) throw_system_error(path.string());
    if (existing == Existing::keep) return;
    const auto name = temporary_name(directory_);
    if (!link_to(name)) throw_system_error(path.string());
    temporary_ = name;
  } else if (existing == Existing::keep) {
    if (::link(temporary_.c_str(), path.c_str()) != 0 && errno != EEXIST) {
      throw_system_error(path.string());
    }
    return;
  }
  if (::rename(temporary_.c_str(), path.c_str()) != 0) throw_system_error(path.string());
  temporary_.clear();
}

void write_file_atomically(const std::filesystem::path& path, std::string_view text) {
  NewFile file(path.parent_path());
  file.write(as_bytes(text));
  file.publish(path, NewFile::Existing::replace);
  sync_directory(path.parent_path());
}

bool is_synced_whole(int descriptor) {
  struct statfs status {};
  if (::fstatfs(descriptor, &status) != 0) return false;
  return std::ranges::find(whole_synced_systems, static_cast<std::uint32_t>(status.f_type)) !=
         std::end(whole_synced_systems);
}

void sync_file_system(int descriptor, std::string_view subject) {
  if (::syncfs(descriptor) != 0) throw_system_error(subject);
}

void sync_together(std::span<const std::unique_ptr<NewFile>> files, std::string_view subject) {
  // The first was opened before any was written, so it is told of all failures.
  if (files.size() >= least_synced_together && is_synced_whole(files.front()->descriptor())) {
    sync_file_system(files.front()->descriptor(), subject);
    return;
  }
  for (const auto& file : files) {
    if (::fsync(file->descriptor()) != 0) throw_system_error(subject);
  }
}

void sync_directory(const std::filesystem::path& directory) {
  const FileDescriptor descriptor(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!descriptor || ::fsync(descriptor.get()) != 0) throw_system_error(directory.string());
}

void make_directories(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) throw Error(ErrorKind::input_output, path.string() + ": " + error.message());
}

}  // namespace imgops
