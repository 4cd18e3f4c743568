// The decoders one by one, for codec.cpp. Private to codec.
#pragma once

#include "libimgops/base/stream.hpp"
#include "libimgops/codec/codec.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace imgops {

// `blob` stands at `start.blob_offset_bytes`; a start of zeros is the start of the blob. Throws
// Error(corrupt) when `start` is no checkpoint of this decoder.
std::unique_ptr<Decoder> make_gzip_decoder(std::unique_ptr<Source> blob, const Checkpoint& start,
                                           InflateEngine engine);
std::unique_ptr<Decoder> make_zstd_decoder(std::unique_ptr<Source> blob, const Checkpoint& start,
                                           std::uint64_t window_limit_bytes);
std::unique_ptr<Decoder> make_plain_decoder(std::unique_ptr<Source> blob, const Checkpoint& start);

// The library behind a decoder, its version and the layout of a checkpoint's state.
std::string gzip_decoder_version();
std::string zstd_decoder_version();

}  // namespace imgops
