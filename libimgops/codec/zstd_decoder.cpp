// Frames one after the other. We look at each frame's first four bytes and step over skippable
// frames ourselves; libzstd decodes the rest as a stream. Its state cannot be copied, so the
// decoder can be saved only between two frames, and a read stops where a frame stops:
//
//   28 b5 2f fd … [xxh64]     5x 2a 4d 18 size[4] anything[size]

#include "libimgops/base/error.hpp"
#include "libimgops/codec/blob_input.hpp"
#include "libimgops/codec/decoders.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

// ZSTD_sizeof_DCtx() is exported, but declared only for those who ask for it.
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

#include <zstd_errors.h>

namespace imgops {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw Error(reject(DiagnosticCode::codec_check, "S08", what));
}

std::uint32_t number(ByteView bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value |= std::to_integer<std::uint32_t>(bytes[i]) << (8 * i);
  return value;
}

class ZstdDecoder final : public Decoder {
 public:
  ZstdDecoder(std::unique_ptr<Source> blob, const Checkpoint& start,
              std::uint64_t window_limit_bytes)
      : input_(std::move(blob), start.blob_offset_bytes),
        archive_offset_(start.archive_offset_bytes),
        first_(start.blob_offset_bytes == 0),
        context_(ZSTD_createDCtx(), ZSTD_freeDCtx) {
    if (!context_) throw std::bad_alloc();
    ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax,
                           static_cast<int>(std::bit_width(window_limit_bytes)) - 1);
  }

  std::size_t read(std::span<std::byte> buffer) override {
    if (buffer.empty()) return 0;
    std::size_t count = 0;
    while (count == 0) {
      if (!inside_ && !begin_frame()) return 0;
      count = decode(buffer);
    }
    archive_offset_ += count;
    return count;
  }

  bool save(Checkpoint& checkpoint) const override {
    if (inside_) return false;
    checkpoint = Checkpoint{archive_offset_, input_.offset_bytes(), {}};
    return true;
  }

  std::size_t window_bytes() const override { return ZSTD_sizeof_DCtx(context_.get()); }

 private:
  // Stands before a frame that is not skippable; false at the end of the blob.
  bool begin_frame() {
    while (true) {
      const bool enough = input_.fill(4);
      if (!enough && input_.waiting().empty() && !first_) return false;
      if (!enough && first_) fail("zstd stream ends early");
      const std::uint32_t magic = enough ? number(input_.waiting()) : 0;
      const bool skippable =
          (magic & ZSTD_MAGIC_SKIPPABLE_MASK) == std::uint32_t{ZSTD_MAGIC_SKIPPABLE_START};
      if (!skippable && magic != ZSTD_MAGICNUMBER) {
        if (first_) fail("not a zstd stream");
        throw Error(reject(DiagnosticCode::codec_trailing, "S07", "bytes after the zstd stream"));
      }
      first_ = false;
      inside_ = !skippable;
      if (inside_) return true;
      skip_frame();
    }
  }

  void skip_frame() {
    if (!input_.fill(8)) fail("zstd stream ends early");
    std::uint64_t left = 8 + std::uint64_t{number(input_.waiting().subspan(4))};
    while (left > 0) {
      if (!input_.fill(1)) fail("zstd stream ends early");
      const auto count =
          static_cast<std::size_t>(std::min<std::uint64_t>(left, input_.waiting().size()));
      input_.take(count);
      left -= count;
    }
  }

  // Fills `buffer` as far as the frame goes. A frame that ends where the buffer does is ended here,
  // though its checksum may not have been read yet: otherwise nobody could save there.
  std::size_t decode(std::span<std::byte> buffer) {
    std::size_t count = 0;
    while (inside_ && count < buffer.size()) {
      if (!input_.fill(1)) fail("zstd stream ends early");
      count += decode_once(buffer.subspan(count));
    }
    if (inside_ && input_.waiting().empty() && input_.fill(1)) decode_once({});
    return count;
  }

  std::size_t decode_once(std::span<std::byte> buffer) {
    const ByteView waiting = input_.waiting();
    ZSTD_inBuffer in{waiting.data(), waiting.size(), 0};
    ZSTD_outBuffer out{buffer.data(), buffer.size(), 0};
    const std::size_t hint = ZSTD_decompressStream(context_.get(), &out, &in);
    if (ZSTD_isError(hint) != 0) refuse(hint);
    input_.take(in.pos);
    inside_ = hint != 0;
    return out.pos;
  }

  [[noreturn]] static void refuse(std::size_t result) {
    const std::string reason = ZSTD_getErrorName(result);
    switch (ZSTD_getErrorCode(result)) {
      case ZSTD_error_frameParameter_windowTooLarge:
        throw WindowTooLarge(reason);
      case ZSTD_error_dictionary_wrong:
        throw Error(ErrorKind::unsupported, "zstd stream: " + reason);
      case ZSTD_error_memory_allocation:
        throw std::bad_alloc();
      default:
        fail("zstd stream is damaged: " + reason);
    }
  }

  BlobInput input_;
  std::uint64_t archive_offset_;
  bool first_;           // nothing was read yet: there must be a frame
  bool inside_ = false;  // a frame that is not skippable
  std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context_;
};

}  // namespace

std::unique_ptr<Decoder> make_zstd_decoder(std::unique_ptr<Source> blob, const Checkpoint& start,
                                           std::uint64_t window_limit_bytes) {
  if (!start.state.empty() || (start.blob_offset_bytes == 0 && start.archive_offset_bytes != 0)) {
    throw Error(ErrorKind::corrupt, "checkpoint: not of a zstd blob");
  }
  return std::make_unique<ZstdDecoder>(std::move(blob), start, window_limit_bytes);
}

std::string zstd_decoder_version() {
  return fmt::format("zstd-{}", ZSTD_versionString());
}

}  // namespace imgops
