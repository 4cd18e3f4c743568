// Where blobs live, cut to what callers need: readers get a BlobSource, operations a BlobStore that
// only grows. Source: OCI image-spec v1.1, image-layout.md "Blobs".
#pragma once

#include "libimgops/base/digest.hpp"
#include "libimgops/base/stream.hpp"
#include "libimgops/image/descriptor.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

namespace imgops {

// Thread-safe.
class BlobSource {
 public:
  virtual ~BlobSource() = default;
  // Null when absent. Bytes are as stored: not verified. Throws Error(corrupt) with BLOB-LINK when
  // the blob is no regular file (J15).
  virtual std::unique_ptr<RandomAccess> find(const Digest& digest) const = 0;
  // As find(), but throws Error(not_found).
  std::unique_ptr<RandomAccess> open(const Digest& digest) const;
};

// One blob on its way in; dropping it without a commit leaves nothing.
class BlobWriter : public Sink {
 public:
  // Makes the blob visible under its digest and returns that.
  virtual Digest commit() = 0;
  // As commit(), but throws Error(corrupt) when the digest is another; nothing is visible then.
  virtual void commit_as(const Digest& expected) = 0;
  virtual std::uint64_t size_bytes() const noexcept = 0;
};

// How a store came by a blob that it did not write.
enum class Taken : std::uint8_t {
  shared,  // another name, or another file with the same place on the disk
  copied   // by the kernel
};

// Thread-safe; writers are independent of each other.
class BlobStore : public BlobSource {
 public:
  virtual std::unique_ptr<BlobWriter> create(
      DigestAlgorithm algorithm = DigestAlgorithm::sha256) = 0;
  // Several small blobs at once, in a fraction of the time that one after the other takes. After an
  // error some may be here and others not.
  virtual void write_documents(std::span<const std::string> texts,
                               DigestAlgorithm algorithm = DigestAlgorithm::sha256);
  // Whether the blob is here, of that size: then a writer may rely on it without writing it, and it
  // stays as if it had.
  virtual bool keep(const Descriptor& blob);
  // Takes the blob whose bytes are `bytes` without their passing through the program, where both
  // lie in files and the file system allows it; digest and size are verified before it is visible.
  // Nullopt: nothing has changed, and the caller writes it. Throws Error(corrupt), naming
  // `subject`, Error(cancelled), Error(input_output).
  virtual std::optional<Taken> take(const std::shared_ptr<const RandomAccess>& bytes,
                                    const Descriptor& blob, const std::string& subject,
                                    const std::stop_token& stop);
};

// A small document: verified against the descriptor's digest and size before anything is believed.
// Throws Error(corrupt) with SIZE or a digest mismatch, or when larger than `limit_bytes`.
std::string read_document(const BlobSource& blobs, const Descriptor& descriptor,
                          std::uint64_t limit_bytes, std::string_view subject);
Digest write_document(BlobStore& blobs, std::string_view text);

inline constexpr std::uint64_t manifest_limit_bytes = 4ULL << 20;  // manifests and indexes
inline constexpr std::uint64_t configuration_limit_bytes = 16ULL << 20;

}  // namespace imgops
