// A delta and its sources turned into bytes again.
#pragma once

#include "libimgops/base/stream.hpp"
#include "libimgops/layer/layer_cache.hpp"
#include "libimgops/transfer/delta_plan.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <vector>

namespace imgops {

// Bytes a delta may refer to. `open` may be called several times; cursors are independent.
struct DeltaSource {
  std::uint64_t size_bytes = 0;
  std::function<std::unique_ptr<ArchiveCursor>()> open;
};
// The bytes themselves, uncompressed.
DeltaSource plain_source(std::shared_ptr<const RandomAccess> bytes);

// Puts a span where the result goes, in its turn. False: it is to be read and written.
using CopySpan = std::function<bool(const DeltaSpan&)>;

// Writes the `size_bytes` that `delta` makes of `sources` into `sink`, in order. Memory: a frame
// and its references (delta_plan.hpp), and the plan. The plan is judged whole before anything is
// written. Throws Error(corrupt) when the delta or a source is not what was promised,
// Error(cancelled). Whether the result is the right one only its digest tells.
void apply_delta(const RandomAccess& delta, const std::vector<DeltaSource>& sources,
                 std::uint64_t size_bytes, Sink& sink, const std::stop_token& stop = {},
                 const CopySpan& copy_span = {});

}  // namespace imgops
