// The cursor behind LayerCache::cursor(): any place of an archive, from its blob.
#pragma once

#include "libimgops/base/stream.hpp"
#include "libimgops/layer/checkpoint_table.hpp"
#include "libimgops/layer/layer_cache.hpp"

#include <cstdint>
#include <memory>

namespace imgops {

// `archive_bytes` is the size of the archive inside `blob`; `checkpoints` is of this blob.
std::unique_ptr<ArchiveCursor> make_archive_cursor(
    std::shared_ptr<const RandomAccess> blob, std::uint64_t archive_bytes,
    std::shared_ptr<const CheckpointTable> checkpoints);

}  // namespace imgops
