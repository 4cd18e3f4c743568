// Where the decoder of one blob can start again: places in memory, the decoder's states in a file
// of the cache.
#pragma once

#include "libimgops/base/stream.hpp"
#include "libimgops/codec/codec.hpp"
#include "libimgops/layer/byte_code.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace imgops {

// A Checkpoint whose state lies elsewhere.
struct CheckpointPlace {
  std::uint64_t archive_offset_bytes = 0;
  std::uint64_t blob_offset_bytes = 0;
  std::uint64_t state_offset_bytes = 0;
  std::uint32_t state_bytes = 0;
  std::array<std::byte, 32> state_digest{};  // SHA-256
};

// Immutable, thread-safe.
class CheckpointTable {
 public:
  // `states` may be null when all states are empty.
  CheckpointTable(std::vector<CheckpointPlace> places, std::shared_ptr<const RandomAccess> states);

  const std::vector<CheckpointPlace>& places() const noexcept { return places_; }
  // The last place at or before `archive_offset_bytes`, or null.
  const CheckpointPlace* last_before(std::uint64_t archive_offset_bytes) const;
  // The checkpoint at `place`; nullopt when its state is not what it was.
  std::optional<Checkpoint> load(const CheckpointPlace& place) const;

 private:
  std::vector<CheckpointPlace> places_;  // by archive offset
  std::shared_ptr<const RandomAccess> states_;
};

// The places of a blob of `blob_bytes` as bytes for the cache, and back; decoding throws
// Error(corrupt) when they are of a blob of another size or malformed.
void encode_places(ByteWriter& out, const std::vector<CheckpointPlace>& places,
                   std::uint64_t blob_bytes);
std::vector<CheckpointPlace> decode_places(ByteReader& in, std::uint64_t blob_bytes);

}  // namespace imgops
