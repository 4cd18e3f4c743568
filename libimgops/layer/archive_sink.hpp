// An archive on its way into a blob: hashed on one thread while it is compressed on others.
#pragma once

#include "libimgops/base/stream.hpp"
#include "libimgops/base/workers.hpp"
#include "libimgops/layer/background_hasher.hpp"

#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <vector>

namespace imgops {

// Passes what is written on to `next`, 256 KiB at a time, or at once where something else goes to
// `next`, too. Throws Error(cancelled) between blocks when `stop` is asked for. Not thread-safe.
class ArchiveSink final : public Sink {
 public:
  enum class Passing : std::uint8_t { in_blocks, at_once };
  ArchiveSink(Sink& next, Workers& workers, const std::stop_token& stop,
              Passing passing = Passing::in_blocks);

  void write(ByteView bytes) override;
  // Of bytes that reach the blob another way; only when what is written is passed on at once.
  void hash(ByteView bytes);
  void write_zeros(std::uint64_t count);
  // Passes on what is left; returns the SHA-256 of all. Once.
  Digest finish();
  std::uint64_t size_bytes() const noexcept { return size_bytes_; }

 private:
  void flush();

  Sink& next_;
  Passing passing_;
  BackgroundHasher hasher_;
  std::vector<std::byte> block_;  // not yet passed on
  std::uint64_t size_bytes_ = 0;
};

}  // namespace imgops
