// A hash made by other threads while its bytes are worked on here. Private to `layer`.
#pragma once

#include "libimgops/base/hasher.hpp"
#include "libimgops/base/workers.hpp"

#include <future>
#include <memory>
#include <stop_token>
#include <vector>

namespace imgops {

// One task after the other hashes 256 KiB, since each needs the state after the last; at most two
// such blocks are in memory. Throws Error(cancelled) between blocks when `stop` is asked for. Not
// thread-safe.
class BackgroundHasher {
 public:
  BackgroundHasher(Workers& workers, const std::stop_token& stop,
                   DigestAlgorithm algorithm = DigestAlgorithm::sha256);

  void update(ByteView bytes);
  // Of all bytes. Once.
  Digest finish();

 private:
  using Block = std::vector<std::byte>;
  void flush();

  Workers& workers_;
  std::stop_token stop_;
  std::shared_ptr<DigestHasher> hasher_;  // of the running task, too
  std::shared_ptr<Block> filling_;
  std::shared_ptr<Block> hashing_;
  std::future<void> hashed_;  // of hashing_; invalid before the first block
};

}  // namespace imgops
