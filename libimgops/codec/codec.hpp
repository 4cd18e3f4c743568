// Compressed bytes: finding out the form, decoding with places to start again, encoding in
// parallel.
#pragma once

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/compression.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/stream.hpp"
#include "libimgops/base/workers.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace imgops {

// The form of a blob by its first bytes (eight suffice; fewer when the blob is shorter). What is
// neither gzip nor zstd (frames, skippable frames) is `none`. Throws Error(CODEC-UNKNOWN) with the
// format's name for bzip2, xz, lz4. Source: RFC 1952, RFC 8878; semantics S06, S09, S12, S13.
Compression detect_compression(ByteView first_bytes);

// A place where decoding can start again without what lies before it.
struct Checkpoint {
  std::uint64_t archive_offset_bytes = 0;  // of the next decoded byte
  std::uint64_t blob_offset_bytes = 0;     // of the next byte to read from the blob
  // Opaque, of this build of the codec only (decoder_version()), never of a stranger: a decoder
  // believes it. Up to 96 KiB for gzip, empty for zstd and none.
  std::string state;
};

// One deflate block of a gzip blob, final or not, as the blob has it.
struct DeflateBlock {
  std::uint64_t archive_offset_bytes = 0;  // of its first decoded byte
  std::uint64_t size_bytes = 0;            // decoded
  bool begins_stream = false;              // of a member: no match goes back to what came before
  bool is_stored = false;
  std::string bytes;       // those with bits of the block
  unsigned first_bit = 0;  // in the first of them, 0 the lowest
  std::uint64_t bit_count = 0;
};

class BlockWatcher {
 public:
  virtual ~BlockWatcher() = default;
  // In order. The block was decoded whole, to the bytes that were read meanwhile.
  virtual void block(DeflateBlock block) = 0;
};

// The largest window of a zstd frame that is decoded at all: no decoder need support more (RFC
// 8878).
inline constexpr std::uint64_t largest_window_bytes = 128ULL << 20;

// A zstd frame needs a larger window than its decoder may have.
class WindowTooLarge final : public Error {
 public:
  explicit WindowTooLarge(const std::string& reason)
      : Error(ErrorKind::unsupported, "zstd stream: " + reason) {}
};

// Decoded bytes in order, to the very end: the end is told (read() == 0) only after every member's
// or frame's checksum and length were right and nothing but members or frames came. Throws
// Error(CODEC-CHECK) on damage or early end, Error(CODEC-TRAILING) on bytes after the stream that
// start no member (S06–S09), WindowTooLarge.
class Decoder : public Source {
 public:
  // Where the decoder stands, as a place to come back to; false when it cannot be here (zstd inside
  // a frame). Call between two reads.
  virtual bool save(Checkpoint& checkpoint) const = 0;

  // What it holds because the blob asks for it, beside some 400 KiB that any decoder takes: the
  // window of a zstd frame, which it keeps for the next one.
  virtual std::size_t window_bytes() const { return 0; }

  // Tells `watcher`, which outlives this or is taken back by null, of each deflate block from the
  // next one on, when its last byte was read; of none that has more than 1 MiB decoded, of none at
  // all where there are no such blocks or the engine does not see them.
  virtual void watch_blocks(BlockWatcher*) {}
  // Where the block in hand, or that comes next, begins in the archive: it will be told unless it
  // turns out too long. Nothing when it is not watched, or will not be told.
  virtual std::optional<std::uint64_t> watched_block() const { return std::nullopt; }
};

// What inflates gzip: our own (block boundaries, small checkpoints), or ISA-L, to compare with.
// Each resumes only from its own checkpoints.
enum class InflateEngine : std::uint8_t { own, isal };

// From the start of `blob`. `none` passes bytes through and can be saved anywhere.
std::unique_ptr<Decoder> make_decoder(Compression compression,
                                      std::shared_ptr<const RandomAccess> blob,
                                      InflateEngine engine = InflateEngine::own);
// A window may have `window_limit_bytes`, a power of two from 1 KiB to largest_window_bytes.
std::unique_ptr<Decoder> make_decoder(Compression compression, std::unique_ptr<Source> blob,
                                      InflateEngine engine = InflateEngine::own,
                                      std::uint64_t window_limit_bytes = largest_window_bytes);
// From a checkpoint which a decoder of the same blob and the same decoder_version() saved.
std::unique_ptr<Decoder> resume_decoder(Compression compression,
                                        std::shared_ptr<const RandomAccess> blob,
                                        const Checkpoint& checkpoint,
                                        InflateEngine engine = InflateEngine::own);
// Names the processor, the libraries with their versions and the layout of Checkpoint::state; every
// seal of a cache covers it.
std::string decoder_version();

// Levels as the libraries count them; 0 means our default (gzip 6, zstd 3).
struct EncoderOptions {
  Compression compression = Compression::gzip;
  int level = 0;
  // Whether a layer takes over deflate blocks of its gzip sources as they are (write_layer()). Its
  // bytes depend then on how those were compressed, else on the archive alone.
  bool splices = true;
};

// Which encoder make_encoder() uses for a form: the same name and level make the same bytes.
std::string encoder_version(Compression compression);

// What is written comes out compressed in `sink`, complete after finish(); the same bytes for any
// number of threads. gzip: one member, mtime 0, no name, raw deflate blocks of libdeflate cut every
// 1 MiB of input. zstd: frames of 4 MiB of input with content checksum and size. An empty input is
// one empty member or frame. At most about (threads + 4) blocks of input wait in memory.
std::unique_ptr<FinishingSink> make_encoder(Sink& sink, Workers& workers,
                                            const EncoderOptions& options = {});

}  // namespace imgops
