// Files of this machine: descriptors that close themselves, files that appear whole or not at all.
#pragma once

#include "libimgops/base/stream.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

namespace imgops {

// Owns a descriptor; -1 means none.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int value) noexcept : value_(value) {}
  ~FileDescriptor();
  FileDescriptor(FileDescriptor&& other) noexcept;
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;

  int get() const noexcept { return value_; }
  explicit operator bool() const noexcept { return value_ >= 0; }

 private:
  int value_ = -1;
};

// Throws Error(input_output) with `subject` and what errno says; call right after the failure.
[[noreturn]] void throw_system_error(std::string_view subject);

// A regular file for reading, by pread. Opened without following a link in the last component and
// without blocking on a fifo. Null when absent; throws Error(input_output) on failure and
// Error(corrupt) with BLOB-LINK when it is no regular file (semantics J15, security T15).
std::unique_ptr<RandomAccess> open_regular_file(const std::filesystem::path& path);

// As above, but follows links: for files the user names.
std::unique_ptr<RandomAccess> open_user_file(const std::filesystem::path& path);

// The whole of a regular file, not following a link; nullopt when absent. Errors as above, and
// Error(corrupt) when larger than `limit_bytes`.
std::optional<std::string> read_file(const std::filesystem::path& path, std::uint64_t limit_bytes);

// What tells whether a file is still the one seen before.
struct FileIdentity {
  std::uint64_t size_bytes = 0;
  std::int64_t mtime_nanoseconds = 0;
  std::uint64_t inode = 0;
  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};
std::optional<FileIdentity> identify(const std::filesystem::path& path);

// A name in `directory` unlike anything another process or thread uses at this moment. What is left
// under such a name by a kill is found and removed by collectors of garbage.
std::filesystem::path temporary_name(const std::filesystem::path& directory);

// A file that is written nameless (or, where the file system cannot, under a name that is removed)
// and appears under its own by publish(). Dropping it without publish() leaves no trace, nor does
// a kill before.
class NewFile final : public Sink {
 public:
  // `directory` exists and is on the file system of the final path.
  explicit NewFile(const std::filesystem::path& directory);
  ~NewFile() override;
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  void write(ByteView bytes) override;
  // In place of what was written at `offset_bytes`: at most up to the end.
  void write_at(std::uint64_t offset_bytes, ByteView bytes);
  // Takes the end back: the next write begins at `size_bytes`, at most what was written.
  void cut(std::uint64_t size_bytes);
  std::uint64_t size_bytes() const noexcept { return size_bytes_; }
  int descriptor() const noexcept { return descriptor_.get(); }
  // What the file holds now; it must outlive that.
  std::unique_ptr<RandomAccess> bytes() const;

  enum class Existing : std::uint8_t { keep, replace };
  // Syncs and gives the file its name; `keep` leaves a file already there as it is.
  void publish(const std::filesystem::path& path, Existing existing);
  // Only gives it its name: for contents that are durable (sync_together()).
  void publish_synced(const std::filesystem::path& path, Existing existing);

 private:
  FileDescriptor descriptor_;
  std::filesystem::path directory_;
  std::filesystem::path temporary_;  // empty while nameless
  std::uint64_t size_bytes_ = 0;
};

// `text` under `path`, by NewFile: a reader sees the old file or the new one.
void write_file_atomically(const std::filesystem::path& path, std::string_view text);

// One sync for many files: makes durable whatever was written to the file system of `descriptor`,
// and throws Error(input_output), naming `subject`, for what could not be written since that was
// opened. Only where is_synced_whole(): network and user-space file systems promise less for it
// than for the sync of a file.
bool is_synced_whole(int descriptor);
void sync_file_system(int descriptor, std::string_view subject);

// Makes the contents of files durable, all of one file system: by one sync when they are many.
void sync_together(std::span<const std::unique_ptr<NewFile>> files, std::string_view subject);
// From so many files on one sync of everything is taken to cost less than one of each.
inline constexpr std::size_t least_synced_together = 8;

// What files can do for each other without their bytes passing through the program. `from` is an
// open descriptor of a regular file. Each is false when the file system cannot, or must not, and
// then has changed nothing; what fails later throws Error(input_output).

// `to`, empty until now, gets the contents of `from`, shared until one of them is written to.
bool clone_file(int from, const NewFile& to);
// The same as a copy of the `size_bytes` that `from` has, made by the kernel, within one file
// system.
bool copy_file(int from, std::uint64_t size_bytes, const NewFile& to, const std::stop_token& stop);
// Whether `from` may be given a second name in the place of `like`, a new file: it is on the same
// file system, of the same owner and mode, and nobody else may write to it.
bool may_link(int from, const NewFile& like);
// Makes the contents of `from` durable and gives it the name `path`, in place of what has it.
bool link_file(int from, const std::filesystem::path& path);

// Makes the names in `directory` durable.
void sync_directory(const std::filesystem::path& directory);

// Makes a directory and those above it; throws Error(input_output).
void make_directories(const std::filesystem::path& path);

}  // namespace imgops
