// gzip and zstd go through our own decoders, which check every checksum and refuse what follows the
// stream; the rest through libarchive's filters, of which only those built into the library are
// switched on: the others would start programs.
#include "libimgops/transfer/spool.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/file.hpp"
#include "libimgops/codec/codec.hpp"
#include "libimgops/transfer/shared_library.hpp"

#include <archive.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace imgops {
namespace {

constexpr std::size_t piece_bytes = 256UL * 1024;
constexpr int wait_milliseconds = 100;
constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();

// A descriptor read from front to back. Whoever waits at a silent pipe is still to be stopped.
class DescriptorSource final : public Source {
 public:
  DescriptorSource(int descriptor, std::string name, std::stop_token stop)
      : descriptor_(descriptor), name_(std::move(name)), stop_(std::move(stop)) {}
  std::size_t read(std::span<std::byte> buffer) override {
    while (true) {
      wait();
      const ssize_t count = ::read(descriptor_, buffer.data(), buffer.size());
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno != EINTR) throw_system_error(name_);
    }
  }

 private:
  void wait() const {
    pollfd waiting{descriptor_, POLLIN, 0};
    while (stop_.stop_possible()) {
      if (stop_.stop_requested()) throw Error(ErrorKind::cancelled, "interrupted");
      if (::poll(&waiting, 1, wait_milliseconds) != 0) return;  // ready, or read() tells the error
    }
  }

  int descriptor_;
  std::string name_;
  std::stop_token stop_;
};

std::shared_ptr<const RandomAccess> spool(Source& source, const std::filesystem::path& directory,
                                          Observer& observer, std::uint64_t most_bytes = no_limit) {
  const auto file = std::make_shared<Spool>(directory);
  std::vector<std::byte> buffer(piece_bytes);
  while (const std::size_t count = source.read(buffer)) {
    if (count > most_bytes - file->size_bytes()) {
      throw Error(ErrorKind::corrupt, "unpacked, it is too large");
    }
    file->write(ByteView(buffer).first(count));
    observer.progress("spool", "input", file->size_bytes(), 0);
  }
  return file;
}

// The functions of libarchive that are used, as its manual has them, without "archive_" in front.
struct ArchiveLibrary {
  decltype(&::archive_read_new) read_new = nullptr;
  decltype(&::archive_read_free) read_free = nullptr;
  decltype(&::archive_read_support_filter_bzip2) read_support_filter_bzip2 = nullptr;
  decltype(&::archive_read_support_filter_compress) read_support_filter_compress = nullptr;
  decltype(&::archive_read_support_filter_lz4) read_support_filter_lz4 = nullptr;
  decltype(&::archive_read_support_filter_lzip) read_support_filter_lzip = nullptr;
  decltype(&::archive_read_support_filter_xz) read_support_filter_xz = nullptr;
  decltype(&::archive_read_support_format_raw) read_support_format_raw = nullptr;
  decltype(&::archive_read_support_format_empty) read_support_format_empty = nullptr;
  decltype(&::archive_read_open) read_open = nullptr;
  decltype(&::archive_read_next_header) read_next_header = nullptr;
  decltype(&::archive_read_data) read_data = nullptr;
  decltype(&::archive_filter_code) filter_code = nullptr;
  decltype(&::archive_set_error) set_error = nullptr;
  decltype(&::archive_error_string) error_string = nullptr;
};

ArchiveLibrary load_archive_library() {
  const SharedLibrary library("libarchive.so.13", "reading such an archive", "libarchive13");
  ArchiveLibrary archive;
  library.find("archive_read_new", archive.read_new);
  library.find("archive_read_free", archive.read_free);
  library.find("archive_read_support_filter_bzip2", archive.read_support_filter_bzip2);
  library.find("archive_read_support_filter_compress", archive.read_support_filter_compress);
  library.find("archive_read_support_filter_lz4", archive.read_support_filter_lz4);
  library.find("archive_read_support_filter_lzip", archive.read_support_filter_lzip);
  library.find("archive_read_support_filter_xz", archive.read_support_filter_xz);
  library.find("archive_read_support_format_raw", archive.read_support_format_raw);
  library.find("archive_read_support_format_empty", archive.read_support_format_empty);
  library.find("archive_read_open", archive.read_open);
  library.find("archive_read_next_header", archive.read_next_header);
  library.find("archive_read_data", archive.read_data);
  library.find("archive_filter_code", archive.filter_code);
  library.find("archive_set_error", archive.set_error);
  library.find("archive_error_string", archive.error_string);
  return archive;
}

const ArchiveLibrary& archive_library() {
  static const ArchiveLibrary archive = load_archive_library();
  return archive;
}

// libarchive's filters without its formats.
class FilterSource final : public Source {
 public:
  explicit FilterSource(std::shared_ptr<const RandomAccess> file)
      : input_(std::move(file)), buffer_(piece_bytes), archive_(library_.read_new()) {
    using Support = int (*)(struct archive*);
    const auto filters = std::to_array<Support>(
        {library_.read_support_filter_bzip2, library_.read_support_filter_compress,
         library_.read_support_filter_lz4, library_.read_support_filter_lzip,
         library_.read_support_filter_xz});
    for (const Support support : filters) {
      // A warning means that a program would be started instead.
      if (support(archive_.get()) != ARCHIVE_OK) {
        throw Error(ErrorKind::unsupported, "libarchive was built without its compressors");
      }
    }
    library_.read_support_format_raw(archive_.get());
    library_.read_support_format_empty(archive_.get());
    check(library_.read_open(archive_.get(), this, nullptr, read_input, nullptr));
    archive_entry* entry = nullptr;
    const int status = library_.read_next_header(archive_.get(), &entry);
    ended_ = status == ARCHIVE_EOF;
    if (!ended_) check(status);
  }

  bool is_packed() const { return library_.filter_code(archive_.get(), 0) != ARCHIVE_FILTER_NONE; }

  std::size_t read(std::span<std::byte> buffer) override {
    if (ended_) return 0;
    const la_ssize_t count = library_.read_data(archive_.get(), buffer.data(), buffer.size());
    if (count < 0) check(ARCHIVE_FATAL);
    ended_ = count == 0;
    return static_cast<std::size_t>(count);
  }

 private:
  struct Free {
    void operator()(struct archive* archive) const { archive_library().read_free(archive); }
  };

  // Exceptions must not pass through libarchive: kept here, thrown by check().
  static la_ssize_t read_input(struct archive* archive, void* self, const void** bytes) {
    auto* const source = static_cast<FilterSource*>(self);
    try {
      *bytes = source->buffer_.data();
      return static_cast<la_ssize_t>(source->input_.read(source->buffer_));
    } catch (...) {
      source->failure_ = std::current_exception();
      source->library_.set_error(archive, EIO, "input");
      return ARCHIVE_FATAL;
    }
  }

  void check(int status) const {
    if (failure_) std::rethrow_exception(failure_);
    if (status == ARCHIVE_OK) return;
    const char* const text = library_.error_string(archive_.get());
    throw Error(reject(DiagnosticCode::codec_check, "S08",
                       std::string("compressed stream is damaged: ") +
                           printable(text == nullptr ? "unknown error" : text)));
  }

  const ArchiveLibrary& library_ = archive_library();
  RandomAccessSource input_;
  std::vector<std::byte> buffer_;
  std::exception_ptr failure_;
  bool ended_ = false;
  std::unique_ptr<struct archive, Free> archive_;
};

std::shared_ptr<const RandomAccess> borrowed(const RandomAccess& file) {
  return {std::shared_ptr<const void>(), &file};
}

// Nullopt for a compression that layers may not have.
std::optional<Compression> layer_compression(const RandomAccess& file) {
  std::array<std::byte, 8> start{};
  const std::size_t count = file.read_at(0, start);
  try {
    return detect_compression(ByteView(start).first(count));
  } catch (const Error& error) {
    const Diagnostic* const diagnostic = error.diagnostic();
    if (diagnostic == nullptr || diagnostic->code != DiagnosticCode::codec_unknown) throw;
    return std::nullopt;
  }
}

}  // namespace

Spool::Spool(const std::filesystem::path& directory)
    : file_(std::make_unique<NewFile>(directory)) {}
Spool::~Spool() = default;

void Spool::write(ByteView bytes) {
  file_->write(bytes);
}

std::uint64_t Spool::size_bytes() const {
  return file_->size_bytes();
}

std::size_t Spool::read_at(std::uint64_t offset, std::span<std::byte> buffer) const {
  while (true) {
    const ssize_t count =
        ::pread(file_->descriptor(), buffer.data(), buffer.size(), static_cast<off_t>(offset));
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) throw_system_error("spooled file");
  }
}

std::shared_ptr<const RandomAccess> open_input(const std::filesystem::path& file,
                                               const std::filesystem::path& spool_directory,
                                               Observer& observer, const std::stop_token& stop) {
  if (file == "-") {
    DescriptorSource source(STDIN_FILENO, "standard input", stop);
    return spool(source, spool_directory, observer);
  }
  const FileDescriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!descriptor) {
    if (errno != ENOENT && errno != ENOTDIR) throw_system_error(file.string());
    throw Error(ErrorKind::not_found, printable(file.string()) + ": no such file");
  }
  struct stat status {};
  if (::fstat(descriptor.get(), &status) != 0) throw_system_error(file.string());
  if (S_ISDIR(status.st_mode)) {
    throw Error(ErrorKind::invalid_argument, printable(file.string()) + ": is a directory");
  }
  if (S_ISREG(status.st_mode)) {
    if (auto regular = open_user_file(file)) return regular;
    throw Error(ErrorKind::not_found, printable(file.string()) + ": no such file");
  }
  DescriptorSource source(descriptor.get(), file.string(), stop);
  return spool(source, spool_directory, observer);
}

Packing detect_packing(const RandomAccess& file) {
  const auto compression = layer_compression(file);
  if (!compression) return Packing::other;
  switch (*compression) {
    case Compression::gzip:
      return Packing::gzip;
    case Compression::zstd:
      return Packing::zstd;
    case Compression::none:
      break;
  }
  return FilterSource(borrowed(file)).is_packed() ? Packing::other : Packing::none;
}

std::unique_ptr<Source> open_unpacked(std::shared_ptr<const RandomAccess> file) {
  switch (detect_packing(*file)) {
    case Packing::none:
      return std::make_unique<RandomAccessSource>(std::move(file));
    case Packing::gzip:
      return make_decoder(Compression::gzip, std::move(file));
    case Packing::zstd:
      return make_decoder(Compression::zstd, std::move(file));
    case Packing::other:
      break;
  }
  return std::make_unique<FilterSource>(std::move(file));
}

std::shared_ptr<const RandomAccess> unpack(std::shared_ptr<const RandomAccess> file,
                                           const std::filesystem::path& spool_directory,
                                           Observer& observer, std::uint64_t most_bytes) {
  if (detect_packing(*file) == Packing::none) return file;
  const auto source = open_unpacked(std::move(file));
  return spool(*source, spool_directory, observer, most_bytes);
}

}  // namespace imgops
