// A layer made again as write_spliced_layer() made it: of spans of another layer's archive and of
// other bytes.
#pragma once

#include "libimgops/base/stream.hpp"
#include "libimgops/base/workers.hpp"
#include "libimgops/layer/layer_cache.hpp"

#include <cstdint>
#include <memory>
#include <stop_token>

namespace imgops {

// What is copied and written comes out compressed with gzip in `sink`, deflate blocks of the spans
// taken over as they are. The same spans and bytes make the same blob, for any number of threads.
// Not thread-safe.
class SpanEncoder final : public Sink {
 public:
  // `layer` is one that `cache` opened; all outlive this. `level` as in EncoderOptions.
  SpanEncoder(Sink& sink, const LayerIndex& layer, LayerCache& cache, Workers& workers, int level,
              const std::stop_token& stop);
  ~SpanEncoder() override;

  // [begin, end) of the archive of the layer. Blocks go over when it lies behind what was copied
  // before. Throws Error(corrupt) when the archive is damaged or ends, Error(cancelled).
  void copy(std::uint64_t begin_bytes, std::uint64_t end_bytes);
  void write(ByteView bytes) override;
  // Of the archive, once the blob is whole. Once.
  Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace imgops
