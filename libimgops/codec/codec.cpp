#include "libimgops/codec/codec.hpp"

#include "libimgops/codec/decoders.hpp"
#include "libimgops/codec/encoders.hpp"

#include <string_view>
#include <utility>

namespace imgops {
namespace {

constexpr int default_gzip_level = 6;
constexpr int default_zstd_level = 3;

// The state of a decoder is memory as one processor lays it out.
#if defined(__x86_64__)
constexpr std::string_view processor = "x86-64";
#elif defined(__aarch64__)
constexpr std::string_view processor = "aarch64";
#elif defined(__riscv) && __riscv_xlen == 64
constexpr std::string_view processor = "riscv64";
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
constexpr std::string_view processor = "ppc64le";
#elif defined(__s390x__)
constexpr std::string_view processor = "s390x";
#else
constexpr std::string_view processor = "other";
#endif

std::unique_ptr<Decoder> start_decoder(Compression compression, std::unique_ptr<Source> blob,
                                       const Checkpoint& start, InflateEngine engine,
                                       std::uint64_t window_limit_bytes) {
  switch (compression) {
    case Compression::gzip:
      return make_gzip_decoder(std::move(blob), start, engine);
    case Compression::zstd:
      return make_zstd_decoder(std::move(blob), start, window_limit_bytes);
    case Compression::none:
      break;
  }
  return make_plain_decoder(std::move(blob), start);
}

}  // namespace

std::unique_ptr<Decoder> make_decoder(Compression compression,
                                      std::shared_ptr<const RandomAccess> blob,
                                      InflateEngine engine) {
  return make_decoder(compression, std::make_unique<RandomAccessSource>(std::move(blob)), engine);
}

std::unique_ptr<Decoder> make_decoder(Compression compression, std::unique_ptr<Source> blob,
                                      InflateEngine engine, std::uint64_t window_limit_bytes) {
  return start_decoder(compression, std::move(blob), Checkpoint{}, engine, window_limit_bytes);
}

std::unique_ptr<Decoder> resume_decoder(Compression compression,
                                        std::shared_ptr<const RandomAccess> blob,
                                        const Checkpoint& checkpoint, InflateEngine engine) {
  return start_decoder(
      compression,
      std::make_unique<RandomAccessSource>(std::move(blob), checkpoint.blob_offset_bytes),
      checkpoint, engine, largest_window_bytes);
}

std::string decoder_version() {
  return std::string(processor) + "-" + gzip_decoder_version() + "-" + zstd_decoder_version();
}

std::string encoder_version(Compression compression) {
  switch (compression) {
    case Compression::gzip:
      return gzip_encoder_version();
    case Compression::zstd:
      return zstd_encoder_version();
    case Compression::none:
      break;
  }
  return "none";
}

std::unique_ptr<FinishingSink> make_encoder(Sink& sink, Workers& workers,
                                            const EncoderOptions& options) {
  const auto level = [&](int preset) { return options.level == 0 ? preset : options.level; };
  switch (options.compression) {
    case Compression::gzip:
      return make_gzip_encoder(sink, workers, level(default_gzip_level));
    case Compression::zstd:
      return make_zstd_encoder(sink, workers, level(default_zstd_level));
    case Compression::none:
      break;
  }
  return make_plain_encoder(sink);
}

}  // namespace imgops
