// How bytes are put together from bytes that others have: what a delta says, without its contents.
// docs/bundle.md describes the form on disk.
#pragma once

#include "libimgops/base/stream.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

// A span of the source of that number.
struct DeltaSpan {
  std::uint32_t source = 0;
  std::uint64_t offset_bytes = 0;
  std::uint64_t size_bytes = 0;
  friend bool operator==(const DeltaSpan&, const DeltaSpan&) = default;
};

// The next bytes of the result: a span copied or, without one, so many bytes of the frames.
struct DeltaStep {
  std::optional<DeltaSpan> copied;
  std::uint64_t new_bytes = 0;
  friend bool operator==(const DeltaStep&, const DeltaStep&) = default;
};

// Bytes that no source has, in one frame behind the spans it refers to, one after the other.
struct DeltaFrame {
  std::vector<DeltaSpan> references;
  std::uint64_t size_bytes = 0;    // of the contents
  std::uint64_t stored_bytes = 0;  // of the frame
  friend bool operator==(const DeltaFrame&, const DeltaFrame&) = default;
};

struct DeltaPlan {
  std::vector<DeltaStep> steps;    // in the order of the result
  std::vector<DeltaFrame> frames;  // whose contents, one after the other, are the new bytes
  friend bool operator==(const DeltaPlan&, const DeltaPlan&) = default;
};

// Of one frame, so that memory stays small on both sides; and of a plan, uncompressed.
inline constexpr std::uint64_t delta_frame_limit_bytes = std::uint64_t{8} << 20;
inline constexpr std::uint64_t delta_reference_limit_bytes = std::uint64_t{24} << 20;
inline constexpr std::uint64_t delta_plan_limit_bytes = std::uint64_t{8} << 20;

std::string encode_plan(const DeltaPlan& plan);
// Throws Error(corrupt) unless it is a plan that makes exactly `size_bytes` of sources of these
// sizes, within the limits above.
DeltaPlan decode_plan(std::string_view bytes, const std::vector<std::uint64_t>& source_bytes,
                      std::uint64_t size_bytes);

// A delta as it is stored: the frames, then the plan, packed, then how long that is. `frames` is
// all that stands before; returns what follows it.
std::string encode_plan_end(const DeltaPlan& plan);
// The plan of `delta`; errors as decode_plan().
DeltaPlan read_plan(const RandomAccess& delta, const std::vector<std::uint64_t>& source_bytes,
                    std::uint64_t size_bytes);

}  // namespace imgops
