// An archive on its way into a blob: hashed on one thread while it is compressed on others.
#pragma once

#include "libimgops/base/hasher.hpp"
#include "libimgops/base/stream.hpp"
#include "libimgops/base/workers.hpp"

#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <stop_token>
#include <vector>

namespace imgops {

// Passes what is written on to `next`, 256 KiB at a time (or at once, where something else goes to
// `next`, too); at most two such are in memory. The
// hash is made by one task after the other, since each block needs the state after the last.
// Throws Error(cancelled) between blocks when `stop` is asked for. Not thread-safe.
class ArchiveSink final : public Sink {
 public:
  enum class Passing : std::uint8_t { in_blocks, at_once };
  ArchiveSink(Sink& next, Workers& workers, const std::stop_token& stop,
              Passing passing = Passing::in_blocks);

  void write(ByteView bytes) override;
  // Of bytes that reach the blob another way; only when what is written is passed at once.
  void hash(ByteView bytes);
  void write_zeros(std::uint64_t count);
  // Passes on what is left; returns the SHA-256 of all. Once.
  Digest finish();
  std::uint64_t size_bytes() const noexcept { return size_bytes_; }

 private:
  using Block = std::vector<std::byte>;
  void flush();

  Sink& next_;
  Workers& workers_;
  std::stop_token stop_;
  Passing passing_;
  std::shared_ptr<DigestHasher> hasher_;  // of the running task, too
  std::shared_ptr<Block> filling_;
  std::shared_ptr<Block> hashing_;
  std::future<void> hashed_;  // of hashing_; invalid before the first block
  std::uint64_t size_bytes_ = 0;
};

}  // namespace imgops
