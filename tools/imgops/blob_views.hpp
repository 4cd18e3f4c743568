// Blob stores put together: several read as one, one written above another.
#pragma once

#include "libimgops/base/hasher.hpp"
#include "libimgops/store/blob_store.hpp"
#include "libimgops/store/memory_blobs.hpp"

#include <filesystem>
#include <map>
#include <memory>
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

// A fresh directory that goes with all it holds.
class TemporaryDirectory {
 public:
  // Throws Error(input_output).
  explicit TemporaryDirectory(const std::filesystem::path& parent);
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace imgops::cli
