// Archives read from front to back, decoded ahead of that by several threads at once: each begins
// at a checkpoint of its own. Private to `layer`.
#pragma once

#include "libimgops/base/workers.hpp"
#include "libimgops/layer/layer_cache.hpp"
#include "libimgops/layer/layer_entry.hpp"

#include <cstdint>
#include <memory>

namespace imgops {

// Not thread-safe. At most three segments of some 4 MiB are in memory, with their deflate blocks.
class ReadAhead {
 public:
  // Both outlive what cursor() returns.
  ReadAhead(LayerCache& cache, Workers& workers);
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  // [begin, end) of the archive of `layer`, which outlives this, will be read, behind all that was
  // expected before: one layer after the other, each forwards. What is expected and never read
  // costs time, and so does what is read and was not expected. Throws what LayerCache::cursor()
  // throws.
  void expect(const LayerIndex& layer, std::uint64_t begin_bytes, std::uint64_t end_bytes);

  // A cursor that reads `layer` forwards only; null when nothing is expected of it. It tells the
  // blocks that any other tells, wherever the segments begin, but for the smallest
  // (least_block_bytes).
  std::unique_ptr<ArchiveCursor> cursor(const LayerIndex& layer);

 private:
  class Cursor;
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace imgops
