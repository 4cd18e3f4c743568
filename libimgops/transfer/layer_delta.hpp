// A layer told by what other layers hold.
#pragma once

#include "libimgops/layer/layer_cache.hpp"
#include "libimgops/transfer/delta_reader.hpp"

#include <memory>
#include <span>
#include <stop_token>
#include <vector>

namespace imgops {

using LayerIndexes = std::vector<std::shared_ptr<const LayerIndex>>;

// The archives of `layers`, opened through `cache`, which outlives the result.
std::vector<DeltaSource> archive_sources(LayerCache& cache, const LayerIndexes& layers);

// Writes into `sink` the delta that makes the archive of `target` of those of `sources`: members
// that a source has are copied, of others the body where any source has it, else they are new,
// behind the version of the same path that the uppermost source has. A step begins with a body only
// where it has no header before it. Contents are taken for equal
// by fingerprint: the result has to be proven by its digest. Reads each archive forwards, as a
// rule. Returns the sources used, as DeltaWriter::finish().
std::vector<std::uint32_t> write_layer_delta(const LayerIndex& target, const LayerIndexes& sources,
                                             LayerCache& cache, Sink& sink,
                                             const std::stop_token& stop = {});

// Makes of such a delta the layer that write_spliced_layer() made, compressed with gzip into
// `sink`: spans of the source that most is copied from are what it kept of the old layer, if they
// begin with a member; all else is encoded. Returns the digest of the archive; whether it is the
// right blob its digest tells.
Digest apply_spliced(const RandomAccess& delta, const LayerIndexes& sources, LayerCache& cache,
                     Workers& workers, std::uint64_t archive_bytes, int level, Sink& sink,
                     const std::stop_token& stop = {});

// The same for bytes without an index, compressed ones mostly: what both begin and end with is
// copied. False, with nothing written, when that is less than a tenth.
bool write_bytes_delta(std::shared_ptr<const RandomAccess> target,
                       std::shared_ptr<const RandomAccess> source, Sink& sink);

}  // namespace imgops
