// The members of a gzip file one by one: an .apk is three archives, told apart by nothing else.
// Source: RFC 1952 §2.2; apk-tools 2.
#pragma once

#include "libimgops/base/stream.hpp"

#include <cstdint>

namespace imgops {

// Decodes the member that begins at `offset_bytes` into `sink` and returns where it ends. Throws
// Error(corrupt) with CODEC-CHECK when there is none or it is damaged, and with META-SIZE when it
// holds more than `limit_bytes`.
std::uint64_t decode_gzip_member(const RandomAccess& file, std::uint64_t offset_bytes, Sink& sink,
                                 std::uint64_t limit_bytes);

}  // namespace imgops
