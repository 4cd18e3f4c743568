// Frames of fixed input size, each compressed alone, so that a decoder can start at any of them. A
// context is made for each frame: its output then depends on nothing before it.

#include "libimgops/base/error.hpp"
#include "libimgops/codec/encoders.hpp"
#include "libimgops/codec/ordered_blocks.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include <new>
#include <utility>

namespace imgops {
namespace {

constexpr std::size_t frame_bytes = 4 * 1024 * 1024;
constexpr int least_level = 1;

std::size_t check(std::size_t result) {
  if (ZSTD_isError(result) == 0) return result;
  throw Error(ErrorKind::input_output, std::string("zstd: ") + ZSTD_getErrorName(result));
}

EncodedBlock encode_frame(ByteView input, int level) {
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(),
                                                                     ZSTD_freeCCtx);
  if (!context) throw std::bad_alloc();
  check(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level));
  check(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1));
  check(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_contentSizeFlag, 1));
  EncodedBlock frame;
  frame.input_size_bytes = input.size();
  frame.bytes.resize(ZSTD_compressBound(input.size()));
  frame.bytes.resize(check(ZSTD_compress2(context.get(), frame.bytes.data(), frame.bytes.size(),
                                          input.data(), input.size())));
  return frame;
}

class ZstdEncoder final : public FinishingSink {
 public:
  ZstdEncoder(Sink& sink, Workers& workers, int level)
      : sink_(sink),
        level_(level),
        blocks_(
            workers, frame_bytes, [level](ByteView input) { return encode_frame(input, level); },
            [this](const EncodedBlock& frame) { sink_.write(as_bytes(frame.bytes)); }) {}

  void write(ByteView bytes) override {
    empty_ = empty_ && bytes.empty();
    blocks_.write(bytes);
  }

  void finish() override {
    blocks_.finish();
    if (empty_) sink_.write(as_bytes(encode_frame({}, level_).bytes));
  }

 private:
  Sink& sink_;
  int level_;
  bool empty_ = true;
  OrderedBlocks blocks_;
};

}  // namespace

std::unique_ptr<FinishingSink> make_zstd_encoder(Sink& sink, Workers& workers, int level) {
  if (level < least_level || level > ZSTD_maxCLevel()) {
    throw Error(ErrorKind::invalid_argument,
                fmt::format("zstd level {}: {} to {} exist", level, least_level, ZSTD_maxCLevel()));
  }
  return std::make_unique<ZstdEncoder>(sink, workers, level);
}

std::string zstd_encoder_version() {
  return fmt::format("zstd-{}-frames-{}", ZSTD_versionString(), frame_bytes);
}

}  // namespace imgops
