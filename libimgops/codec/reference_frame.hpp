// One zstd frame that may refer to bytes which whoever decodes it has already.
// Source: RFC 8878; zstd's manual, "ZSTD_CCtx_refPrefix".
#pragma once

#include "libimgops/base/bytes.hpp"

#include <cstddef>
#include <span>
#include <string>

namespace imgops {

// What both sides must hold in memory: reference and contents of one frame, together.
inline constexpr std::size_t referring_frame_limit_bytes = std::size_t{64} << 20;

// `input` as a frame behind `reference`, which may be empty; the same bytes for one version of
// libzstd. Both together are at most referring_frame_limit_bytes.
std::string encode_referring(ByteView input, ByteView reference);

// Fills `output`. Throws Error(CODEC-CHECK) when the frame is damaged, was made with another
// reference in a way that shows, or holds fewer or more bytes. Allocates nothing by what it says.
void decode_referring(ByteView frame, ByteView reference, std::span<std::byte> output);

}  // namespace imgops
