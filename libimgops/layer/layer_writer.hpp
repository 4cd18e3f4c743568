// A plan turned into a layer: archive, blob and DiffId in one pass, nothing on disk but the blob.
// A member that did not change is copied byte for byte from its source archive (W10), any other
// gets a new header (W11) and its body's bytes. Source: semantics W01–W14.
#pragma once

#include "libimgops/base/observer.hpp"
#include "libimgops/base/workers.hpp"
#include "libimgops/codec/codec.hpp"
#include "libimgops/image/image.hpp"
#include "libimgops/layer/layer_cache.hpp"
#include "libimgops/layer/layer_entry.hpp"
#include "libimgops/store/blob_store.hpp"

#include <span>
#include <stop_token>

namespace imgops {

struct WrittenLayer {
  ImageLayer layer;                 // media type by `family` and compression
  std::uint64_t archive_bytes = 0;  // uncompressed
};

// Members come in the order of the plan, which already has parents first (W13). The archive depends
// on the plan alone; its gzip form, where `encoder` splices, also on how the blobs of the plan's
// layers were compressed; nothing on threads or on what was cached. The blob is committed to
// `blobs`. Throws Error(conflict) for what W12 forbids, naming the path; nothing is left then.
WrittenLayer write_layer(BlobStore& blobs, std::span<const PlannedMember> plan, LayerCache& cache,
                         Workers& workers, Observer& observer, const EncoderOptions& encoder,
                         MediaFamily family, const std::stop_token& stop = {});

}  // namespace imgops
