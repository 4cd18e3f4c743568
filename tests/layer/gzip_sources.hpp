// Gzip layers as other programs make them, and zlib's opinion of ours.
#pragma once

#include "tests/layer/layer_world.hpp"

#include <cstddef>
#include <string>

namespace imgops::testing {

// How zlib is asked to compress.
struct ZlibManner {
  int level = 6;  // 0: stored blocks
  int strategy = 0;
  std::size_t member_bytes = 0;  // a new member as often; 0: one of all
  std::size_t flush_bytes = 0;   // an empty stored block as often; 0: none
};

std::string gzip_by_zlib(const std::string& text, const ZlibManner& manner);
// A layer of `archive` that is stored as `blob`.
ImageLayer add_blob(MemoryBlobs& blobs, const std::string& archive, const std::string& blob);
// What zlib makes of one member that is the whole of `blob`; fails, and "", when it is none.
std::string gunzip_by_zlib(const std::string& blob);

// Gives what `below` has, the bytes in the middle of blobs damaged once it was asked to.
class DamagedBlobs final : public BlobSource {
 public:
  explicit DamagedBlobs(const BlobSource& below) : below_(below) {}
  std::unique_ptr<RandomAccess> find(const Digest& digest) const override;
  void damage() { damaged_ = true; }

 private:
  const BlobSource& below_;
  bool damaged_ = false;
};

}  // namespace imgops::testing
