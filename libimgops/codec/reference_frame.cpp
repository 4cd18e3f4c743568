// A context is made for each frame, so that its bytes depend on nothing before it. The window spans
// the reference and the input, and long-distance matching finds what lies far back in it.
#include "libimgops/codec/reference_frame.hpp"

#include "libimgops/base/error.hpp"

#include <zstd.h>

#include <algorithm>
#include <bit>
#include <memory>
#include <new>

namespace imgops {
namespace {

constexpr int level = 12;
constexpr int least_window_bits = 10;
constexpr std::size_t long_distance_bytes = std::size_t{8} << 20;

void check(std::size_t result) {
  if (ZSTD_isError(result) == 0) return;
  throw Error(ErrorKind::input_output, std::string("zstd: ") + ZSTD_getErrorName(result));
}

[[noreturn]] void fail(const std::string& what) {
  throw Error(reject(DiagnosticCode::codec_check, "S08", "zstd frame with a reference: " + what));
}

}  // namespace

std::string encode_referring(ByteView input, ByteView reference) {
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(),
                                                                     ZSTD_freeCCtx);
  if (!context) throw std::bad_alloc();
  const std::size_t together = input.size() + reference.size();
  const int window_bits = std::max(least_window_bits, static_cast<int>(std::bit_width(together)));
  check(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level));
  check(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog, window_bits));
  const int is_long = together > long_distance_bytes ? 1 : 0;
  check(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_enableLongDistanceMatching, is_long));
  check(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_contentSizeFlag, 1));
  if (!reference.empty()) {
    check(ZSTD_CCtx_refPrefix(context.get(), reference.data(), reference.size()));
  }
  std::string frame(ZSTD_compressBound(input.size()), '\0');
  const std::size_t size =
      ZSTD_compress2(context.get(), frame.data(), frame.size(), input.data(), input.size());
  check(size);
  frame.resize(size);
  frame.shrink_to_fit();
  return frame;
}

void decode_referring(ByteView frame, ByteView reference, std::span<std::byte> output) {
  const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                     ZSTD_freeDCtx);
  if (!context) throw std::bad_alloc();
  // More than one frame, or a skippable one, would be decoded without the reference.
  if (ZSTD_findFrameCompressedSize(frame.data(), frame.size()) != frame.size()) {
    fail("not one frame");
  }
  if (!reference.empty()) {
    check(ZSTD_DCtx_refPrefix(context.get(), reference.data(), reference.size()));
  }
  const std::size_t size =
      ZSTD_decompressDCtx(context.get(), output.data(), output.size(), frame.data(), frame.size());
  if (ZSTD_isError(size) != 0) fail(ZSTD_getErrorName(size));
  if (size != output.size()) fail("another size than promised");
}

}  // namespace imgops
