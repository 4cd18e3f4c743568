// What inflates between a gzip member's header and its trailer: one of two engines behind one
// interface. Private to codec.
#pragma once

#include "libimgops/codec/blob_input.hpp"
#include "libimgops/codec/codec.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace imgops {

class DeflateEngine {
 public:
  virtual ~DeflateEngine() = default;

  // A stream begins, of which the first byte will be at `archive_offset_bytes`.
  virtual void reset(std::uint64_t archive_offset_bytes) = 0;
  // Fills the front of `buffer`, which is not empty; 0 only at the stream's end, and `input` stands
  // behind it then. Throws Error(CODEC-CHECK).
  virtual std::size_t read(BlobInput& input, std::span<std::byte> buffer) = 0;
  // CRC-32 of what came out of this stream.
  virtual std::uint32_t checksum() const = 0;

  // Where it stands inside a stream, appended to `state`; at most 94 KiB.
  virtual void save(std::string& state) const = 0;
  // The reverse, the next byte being at `archive_offset_bytes`; false when it is no such state.
  virtual bool restore(std::string_view state, std::uint64_t archive_offset_bytes) = 0;

  // As the functions of Decoder.
  virtual void watch_blocks(BlockWatcher* watcher) = 0;
  virtual std::optional<std::uint64_t> watched_block() const = 0;
};

std::unique_ptr<DeflateEngine> make_own_engine();
std::unique_ptr<DeflateEngine> make_isal_engine();

// The library behind the engine, and the layout of its state.
std::string own_engine_version();
std::string isal_engine_version();

[[noreturn]] void refuse_gzip(const char* what);  // CODEC-CHECK

}  // namespace imgops
