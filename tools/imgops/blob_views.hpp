// Blob stores put together: several read as one, one written above another.
#pragma once

#include "libimgops/base/hasher.hpp"
#include "libimgops/store/blob_store.hpp"
#include "libimgops/store/memory_blobs.hpp"
#include "tools/imgops/leftovers.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <stop_token>
#include <vector>

namespace imgops::cli {

// Reads from the first source that has the blob. The sources outlive it.
class JoinedBlobs final : public BlobSource {
 public:
  explicit JoinedBlobs(std::vector<const BlobSource*> sources) : sources_(std::move(sources)) {}
  std::unique_ptr<RandomAccess> find(const Digest& digest) const override;

 private:
  std::vector<const BlobSource*> sources_;
};

// Writes above what it reads from. Small blobs, documents that is, stay in memory until somebody
// copies them on, so that what an operation makes on its way leaves nothing behind; large ones go
// to `above` at once. Both outlive it.
class LayeredBlobs final : public BlobStore {
 public:
  LayeredBlobs(BlobStore& above, const BlobSource& below) : above_(above), below_(below) {}
  std::unique_ptr<RandomAccess> find(const Digest& digest) const override;
  std::unique_ptr<BlobWriter> create(DigestAlgorithm algorithm) override;

 private:
  class Writer;
  MemoryBlobs held_;
  BlobStore& above_;
  const BlobSource& below_;
};

// Only the digest of what is written.
class HashingSink final : public Sink {
 public:
  void write(ByteView bytes) override { hasher_.update(bytes); }
  Digest finish() { return hasher_.finish(); }

 private:
  DigestHasher hasher_;
};

// Files of the user, found by the digest of their bytes. Filled before it is read.
class UserFiles final : public BlobSource {
 public:
  Digest add(std::shared_ptr<const RandomAccess> file);
  std::unique_ptr<RandomAccess> find(const Digest& digest) const override;

 private:
  std::map<Digest, std::shared_ptr<const RandomAccess>> files_;
};

// Bytes whose reading ends with Error(cancelled) when the user asks for it.
class StoppingBytes final : public RandomAccess {
 public:
  StoppingBytes(std::shared_ptr<const RandomAccess> bytes, std::stop_token stop)
      : bytes_(std::move(bytes)), stop_(std::move(stop)) {}
  std::uint64_t size_bytes() const override { return bytes_->size_bytes(); }
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> buffer) const override;

 private:
  std::shared_ptr<const RandomAccess> bytes_;
  std::stop_token stop_;
};

// A fresh directory that goes with all it holds, also when the program is ended at once.
class TemporaryDirectory {
 public:
  // Throws Error(input_output).
  TemporaryDirectory(const std::filesystem::path& parent, Leftovers& leftovers);
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  Leftovers& leftovers_;
  std::filesystem::path path_;
};

}  // namespace imgops::cli
