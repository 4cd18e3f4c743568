// The cursor behind LayerCache::cursor(): any place of an archive, from its blob.
#pragma once

#include "libimgops/layer/layer_cache.hpp"
#include "libimgops/layer/segment_decoder.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace imgops {

std::unique_ptr<ArchiveCursor> make_archive_cursor(StoredArchive archive);

// ArchiveCursor::read_at() by view_at().
std::size_t read_views(ArchiveCursor& cursor, std::uint64_t offset_bytes,
                       std::span<std::byte> buffer);

}  // namespace imgops
