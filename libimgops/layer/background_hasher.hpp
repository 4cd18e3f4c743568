// A hash made by other threads while its bytes are worked on here. Private to `layer`.
#pragma once

#include "libimgops/base/hasher.hpp"
#include "libimgops/base/workers.hpp"

#include <future>
#include <memory>
#include <stop_token>
#include <vector>

namespace imgops {

// Blocks of 256 KiB are hashed one after the other, since each needs the state after the last; up
// to 2 MiB of them wait, so that neither side waits for the other's longer steps. Throws
// Error(cancelled) between blocks when `stop` is asked for. Not thread-safe.
class BackgroundHasher {
 public:
  BackgroundHasher(Workers& workers, const std::stop_token& stop,
                   DigestAlgorithm algorithm = DigestAlgorithm::sha256);

  void update(ByteView bytes);
  // Of all bytes. Once.
  Digest finish();

 private:
  struct Queue;
  void flush();

  Workers& workers_;
  std::stop_token stop_;
  std::shared_ptr<Queue> queue_;    // of the running task, too
  std::vector<std::byte> filling_;  // the block in hand
  std::future<void> emptied_;       // of the last task; invalid before the first block
};

}  // namespace imgops
