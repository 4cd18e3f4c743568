// The two ends of a decoder, metered: bytes of the blob going in, bytes of the archive coming out.
// Private to `layer`.
#pragma once

#include "libimgops/base/hasher.hpp"
#include "libimgops/base/observer.hpp"
#include "libimgops/base/stream.hpp"
#include "libimgops/codec/codec.hpp"
#include "libimgops/layer/background_hasher.hpp"
#include "libimgops/layer/layer_reader.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace imgops {

struct ByteMeter {
  // At most one of them; both absent: nobody asks for the digest.
  std::optional<DigestHasher> hasher;
  std::optional<BackgroundHasher> elsewhere;  // on other threads
  std::uint64_t bytes = 0;

  void count(ByteView piece) {
    if (hasher) hasher->update(piece);
    if (elsewhere) elsewhere->update(piece);
    bytes += piece.size();
  }

  Digest finish() { return elsewhere ? elsewhere->finish() : hasher.value().finish(); }
};

// Passes `source` through and counts it in `meter`, which outlives it.
class MeteredSource final : public Source {
 public:
  MeteredSource(std::unique_ptr<Source> source, ByteMeter& meter)
      : source_(std::move(source)), meter_(meter) {}
  std::size_t read(std::span<std::byte> buffer) override;

 private:
  std::unique_ptr<Source> source_;
  ByteMeter& meter_;
};

// What a pass over a blob reports to, all outliving it.
struct PassWatchers {
  Observer& observer;
  LayerPassSink* sink = nullptr;  // or null
  std::stop_token stop;
  std::string subject;           // for progress
  std::uint64_t blob_bytes = 0;  // in all
};

// What `decoder` gives, metered. Between two reads it
// keeps checkpoints, tells progress and throws Error(cancelled).
class ArchiveSource final : public Source {
 public:
  ArchiveSource(Decoder& decoder, ByteMeter& archive, const ByteMeter& blob,
                const PassWatchers& watchers)
      : decoder_(decoder), archive_(archive), blob_(blob), watchers_(watchers) {}
  std::size_t read(std::span<std::byte> buffer) override;

 private:
  void save_checkpoint();
  void tell_progress();

  Decoder& decoder_;
  ByteMeter& archive_;
  const ByteMeter& blob_;
  const PassWatchers& watchers_;
  std::uint64_t last_checkpoint_ = 0;  // bytes of archive
  std::uint64_t last_progress_ = 0;    // bytes of blob
};

}  // namespace imgops
