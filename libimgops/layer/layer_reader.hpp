// A layer's blob turned into an index in one pass: inflated, hashed on both sides of the decoder,
// parsed, its bodies fingerprinted. Source: OCI image-spec v1.1, layer.md; semantics S, J03, J04.
#pragma once

#include "libimgops/base/observer.hpp"
#include "libimgops/codec/codec.hpp"
#include "libimgops/image/image.hpp"
#include "libimgops/layer/layer_entry.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>

namespace imgops {

// What the pass tells besides the index, in order, for a cache to keep: checkpoints every few MiB
// of archive and the raw headers of directories and hard links.
class LayerPassSink {
 public:
  virtual ~LayerPassSink() = default;
  virtual void checkpoint(const Checkpoint& checkpoint) = 0;
  // Returns the slot to store in LayerEntry::header_slot, or no_header_slot when it is not kept.
  virtual std::uint32_t header(ByteView bytes) = 0;
};

// Reads `blob`, whose bytes must have `layer.descriptor`'s digest and size and whose archive must
// have `layer.diff_id`. Warnings are kept in the index, progress goes to `observer`. `sink` may be
// null; so may `workers`, which hash the archive while it is read. Throws Error(corrupt) with a
// diagnostic whose layer is filled in, Error(cancelled), WindowTooLarge when it asks for more than
// `window_limit_bytes` (make_decoder()); nothing is kept then. Memory grows with entries, never
// with bytes (security §2, §4).
std::shared_ptr<const LayerIndex> read_layer(
    std::shared_ptr<const RandomAccess> blob, const ImageLayer& layer, Observer& observer,
    LayerPassSink* sink = nullptr, const std::stop_token& stop = {}, Workers* workers = nullptr,
    std::uint64_t window_limit_bytes = largest_window_bytes);

// The window that each of `threads` may have when all of them read layers at once: 32 MiB together,
// but at least 8 MiB each, which zstd asks for at its usual levels. A layer that needs more is read
// when no other is.
std::uint64_t window_limit_of_each(std::size_t threads);

// The same for an archive of the user's own (append, import of a root file system): nothing to
// verify against, any compression; DiffId is computed.
std::shared_ptr<const LayerIndex> read_archive(std::shared_ptr<const RandomAccess> file,
                                               Observer& observer);

}  // namespace imgops
