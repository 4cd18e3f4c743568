// A layer written again with some members exchanged, removed or added; everything else of its
// archive stays byte for byte, markers, odd headers and what follows the last member included.
#pragma once

#include "libimgops/base/observer.hpp"
#include "libimgops/base/workers.hpp"
#include "libimgops/codec/codec.hpp"
#include "libimgops/layer/layer_cache.hpp"
#include "libimgops/layer/layer_entry.hpp"
#include "libimgops/layer/layer_writer.hpp"
#include "libimgops/store/blob_store.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

namespace imgops {

// What becomes of a layer. Members reach into trees and indexes that outlive it.
struct LayerSplice {
  std::shared_ptr<const LayerIndex> layer;  // of an archive that the cache opened
  // By position of the entry: what stands in its place, or nullopt when the member goes.
  std::map<std::size_t, std::optional<PlannedMember>> exchanged;
  std::vector<PlannedMember> added;  // behind all others, parents first

  bool is_empty() const noexcept { return exchanged.empty() && added.empty(); }
};

// The archive is read once from front to back and must have the DiffId its index was made of:
// Error(corrupt) otherwise. Throws Error(conflict) for what W12 forbids. A pax global header is no
// part of the member behind it (M01) and stays. The blob is committed to `blobs`; nothing is left
// of a failure. The same bytes for any number of threads.
WrittenLayer write_spliced_layer(BlobStore& blobs, const LayerSplice& splice, LayerCache& cache,
                                 Workers& workers, Observer& observer,
                                 const EncoderOptions& encoder, MediaFamily family,
                                 const std::stop_token& stop = {});

// The entries the written layer will have, in its order, before it is written. Texts and contents
// are those of the indexes it was made from, which must outlive it.
std::shared_ptr<const LayerIndex> spliced_entries(const LayerSplice& splice);

}  // namespace imgops
