// A sealed file: anything the block refers to, then
//
//   block | its size, 8 bytes, lowest first | seal, 32 bytes
//
// The seal is HMAC-SHA-256 over a text that names what the block is, with the SHA-256 of the block.
#include "libimgops/layer/cache_folder.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/hasher.hpp"
#include "libimgops/codec/codec.hpp"

#include <algorithm>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace imgops {
namespace {

constexpr std::string_view format_version = "imgops cache 2";
constexpr std::uint64_t size_field_bytes = 8;
constexpr std::uint64_t seal_bytes = 32;
constexpr std::uint64_t block_limit_bytes = 2ULL << 30;
constexpr std::size_t chunk_bytes = 256 * 1024;

std::string encode_size(std::uint64_t size) {
  std::string text;
  for (unsigned i = 0; i < size_field_bytes; ++i) {
    text.push_back(static_cast<char>((size >> (8 * i)) & 0xFFU));
  }
  return text;
}

std::uint64_t decode_size(std::span<const std::byte> bytes) {
  std::uint64_t size = 0;
  for (unsigned i = 0; i < size_field_bytes; ++i) {
    size |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
  }
  return size;
}

// Takes as long for a first difference at the front as for one at the end.
bool same_seal(std::span<const std::byte> left, std::span<const std::byte> right) {
  std::byte difference{0};
  for (std::size_t i = 0; i < seal_bytes; ++i) difference |= left[i] ^ right[i];
  return difference == std::byte{0};
}

bool is_ours(const std::filesystem::path& path, mode_t type) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && (status.st_mode & S_IFMT) == type &&
         status.st_uid == ::geteuid();
}

// Says of what goes through to the file how much it was, and what.
class BlockSink final : public Sink {
 public:
  explicit BlockSink(NewFile& file) : file_(file) {}

  void write(ByteView bytes) override {
    file_.write(bytes);
    hasher_.update(bytes);
    size_bytes_ += bytes.size();
  }
  std::uint64_t size_bytes() const noexcept { return size_bytes_; }
  Digest digest() { return hasher_.finish(); }

 private:
  NewFile& file_;
  DigestHasher hasher_;
  std::uint64_t size_bytes_ = 0;
};

// In pieces, so that a false file of any size costs time, not memory.
Digest digest_of_part(const RandomAccess& file, std::uint64_t offset, std::uint64_t size) {
  DigestHasher hasher;
  std::vector<std::byte> chunk(
      static_cast<std::size_t>(std::min<std::uint64_t>(size, chunk_bytes)));
  while (size > 0) {
    const std::size_t wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(size, chunk.size()));
    const std::size_t count = file.read_at(offset, std::span(chunk).first(wanted));
    if (count == 0) break;
    hasher.update(std::span(chunk).first(count));
    offset += count;
    size -= count;
  }
  return hasher.finish();
}

// Of runs that were killed. It may hit one that is under way, which then does without its cache.
void remove_leftovers(const std::filesystem::path& directory) {
  const std::string own = ".new-" + std::to_string(::getpid()) + "-";
  std::error_code error;
  std::filesystem::directory_iterator at(directory, error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.starts_with(".new-") && !name.starts_with(own)) ::unlink(at->path().c_str());
  }
}

}  // namespace

CacheFolder::CacheFolder(const CacheLocation& location, const DiffId& layer)
    : location_(location),
      layer_(layer),
      directory_(location.directory / layer.digest.algorithm_name() / layer.digest.hexadecimal()) {}

CacheFolder::CacheFolder(const CacheLocation& location)
    : location_(location), directory_(location.directory) {}

std::unique_ptr<RandomAccess> CacheFolder::find(std::string_view name) const {
  const std::filesystem::path path = directory_ / name;
  // Between these two looks the file may change; the seal decides what is believed.
  if (!is_ours(path, S_IFREG)) return nullptr;
  return open_regular_file(path);
}

std::unique_ptr<NewFile> CacheFolder::create() const {
  make_directories(directory_);
  std::vector<std::filesystem::path> ours{location_.directory};
  if (layer_) ours.insert(ours.end(), {directory_.parent_path(), directory_});
  for (const std::filesystem::path& path : ours) {
    if (is_ours(path, S_IFDIR)) continue;
    throw Error(ErrorKind::input_output, path.string() + ": not a directory of this user");
  }
  return std::make_unique<NewFile>(directory_);
}

// Without NewFile::publish()'s sync, which would take longer than reading most layers: a file that
// a power failure leaves empty is not sealed and counts as absent.
void CacheFolder::publish(const NewFile& file, std::string_view name) const {
  const std::string descriptor = std::to_string(file.descriptor());
  const std::string source = "/proc/self/fd/" + descriptor;
  remove_leftovers(directory_);
  // As long as both are ours nobody else has this pair; what has the name is a leftover of a kill.
  const std::filesystem::path temporary =
      directory_ / (".new-" + std::to_string(::getpid()) + "-" + descriptor);
  ::unlink(temporary.c_str());
  if (::linkat(AT_FDCWD, source.c_str(), AT_FDCWD, temporary.c_str(), AT_SYMLINK_FOLLOW) != 0) {
    throw_system_error(directory_.string());
  }
  std::error_code error;
  std::filesystem::rename(temporary, directory_ / name, error);
  if (!error) return;
  ::unlink(temporary.c_str());
  throw Error(ErrorKind::input_output, directory_.string() + ": " + error.message());
}

CacheFolder::Seal CacheFolder::seal(const SealSubject& subject, const Digest& block) const {
  std::string text;
  for (const std::string& part :
       {std::string(format_version), decoder_version(), std::string(subject.kind),
        layer_ ? layer_->digest.to_string() : std::string(), subject.blob, block.to_string()}) {
    text += part;
    text += '\0';
  }
  return authentication_code(as_bytes(location_.key), as_bytes(text));
}

void CacheFolder::write_sealed(NewFile& file, const std::function<void(Sink& block)>& write_block,
                               const SealSubject& subject) const {
  BlockSink block(file);
  write_block(block);
  file.write(as_bytes(encode_size(block.size_bytes())));
  file.write(seal(subject, block.digest()));
}

void CacheFolder::write_sealed(NewFile& file, std::string_view block,
                               const SealSubject& subject) const {
  write_sealed(
      file, [block](Sink& sink) { sink.write(as_bytes(block)); }, subject);
}

std::optional<std::string> CacheFolder::read_sealed(const RandomAccess& file,
                                                    const SealSubject& subject) const {
  constexpr std::uint64_t trailer_bytes = size_field_bytes + seal_bytes;
  if (file.size_bytes() < trailer_bytes) return std::nullopt;
  const std::uint64_t trailer_offset = file.size_bytes() - trailer_bytes;
  std::array<std::byte, trailer_bytes> trailer{};
  if (file.read_at(trailer_offset, trailer) != trailer_bytes) return std::nullopt;
  const std::uint64_t size = decode_size(trailer);
  if (size > trailer_offset || size > block_limit_bytes) return std::nullopt;
  const std::uint64_t offset = trailer_offset - size;
  const Seal expected = seal(subject, digest_of_part(file, offset, size));
  if (!same_seal(std::span(trailer).subspan(size_field_bytes), expected)) return std::nullopt;
  std::string block(static_cast<std::size_t>(size), '\0');
  std::size_t filled = 0;
  while (filled < block.size()) {
    const std::size_t count =
        file.read_at(offset + filled, std::as_writable_bytes(std::span(block)).subspan(filled));
    if (count == 0) return std::nullopt;
    filled += count;
  }
  return block;
}

}  // namespace imgops
