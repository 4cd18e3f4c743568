// Sinks that know the digest of what went through them. Private to the room.
#pragma once

#include "libimgops/base/hasher.hpp"
#include "libimgops/base/stream.hpp"

#include <cstdint>

namespace imgops {

// Keeps nothing but the digest.
class HashingSink final : public Sink {
 public:
  explicit HashingSink(DigestAlgorithm algorithm) : hasher_(algorithm) {}
  void write(ByteView bytes) override { hasher_.update(bytes); }
  Digest finish() { return hasher_.finish(); }

 private:
  DigestHasher hasher_;
};

// Passes everything on. `sink` outlives it.
class TeeSink final : public Sink {
 public:
  TeeSink(Sink& sink, DigestAlgorithm algorithm) : sink_(sink), hasher_(algorithm) {}
  void write(ByteView bytes) override {
    hasher_.update(bytes);
    sink_.write(bytes);
  }
  Digest finish() { return hasher_.finish(); }

 private:
  Sink& sink_;
  DigestHasher hasher_;
};

}  // namespace imgops
