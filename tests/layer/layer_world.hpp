// What tests of layers stand on: archives put together member by member, blobs that count what is
// read from them, a directory that goes away.
#pragma once

#include "libimgops/base/compression.hpp"
#include "libimgops/image/image.hpp"
#include "libimgops/layer/layer_cache.hpp"
#include "libimgops/store/memory_blobs.hpp"
#include "libimgops/tar/entry.hpp"

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace imgops::testing {

// Mode 0644 or 0755, owner 1:2, mtime 1000.
FileAttributes plain_attributes(FileType type);

class Archive {
 public:
  Archive& directory(std::string_view path);
  Archive& file(std::string_view path, std::string_view body);
  Archive& file(std::string_view path, std::string_view body, const FileAttributes& attributes);
  Archive& symlink(std::string_view path, std::string_view target);
  Archive& hard_link(std::string_view path, std::string_view target);
  Archive& whiteout(std::string_view path);
  Archive& raw(std::string_view bytes);
  std::string text() const;  // with its end

 private:
  std::string text_;
};

// 0 … 2^32 of bytes that compress to about a third, the same for the same seed.
std::string noise(std::size_t size, unsigned seed);

std::string compress(std::string_view text, Compression compression);
ImageLayer add_layer(MemoryBlobs& blobs, std::string_view archive,
                     Compression compression = Compression::gzip);

// Passes on what `below` has and counts the bytes read.
class CountingBlobs final : public BlobSource {
 public:
  explicit CountingBlobs(const BlobSource& below) : below_(below) {}
  std::unique_ptr<RandomAccess> find(const Digest& digest) const override;
  std::uint64_t bytes_read() const { return bytes_read_; }
  void start_again() { bytes_read_ = 0; }

 private:
  const BlobSource& below_;
  mutable std::atomic<std::uint64_t> bytes_read_{0};
};

class ScratchDirectory {
 public:
  ScratchDirectory();
  ~ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string contents_of(const std::filesystem::path& file);
void overwrite(const std::filesystem::path& file, std::string_view text);

// Everything a test of reading needs, over blobs of its own.
struct World {
  MemoryBlobs blobs;
  CountingBlobs counted{blobs};
  Workers workers{2};
  SilentObserver observer;

  std::shared_ptr<const LayerIndex> open(LayerCache& cache, const ImageLayer& layer);
};

const LayerEntry& entry_of(const LayerIndex& index, std::string_view path);

// A directory, a file with `body`, a second name of it, a whiteout.
std::string small_archive(std::string_view body = "body");
// Opens `layer`, which has four entries, with a cache of its own, as another process would; returns
// the bytes of blobs read.
std::uint64_t bytes_to_open(World& world, const CacheLocation& location, const ImageLayer& layer);

std::vector<std::filesystem::path> files_below(const std::filesystem::path& directory);
// The first of them whose name begins with `prefix`.
std::filesystem::path file_named(const std::filesystem::path& directory, std::string_view prefix);

}  // namespace imgops::testing
