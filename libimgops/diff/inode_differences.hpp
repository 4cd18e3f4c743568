// Two files compared, names apart. Private to the room. Source: semantics C01–C03, P02.
#pragma once

#include "libimgops/diff/change.hpp"
#include "libimgops/layer/layer_entry.hpp"

#include <cstdint>

namespace imgops {

enum class MtimeCounts : std::uint8_t { yes, no };

// What differs without reading a byte: contents of equal size and fingerprint pass for equal here.
// `links` is left false.
Differences differences_of(const Inode& before, const Inode& after, MtimeCounts mtime);

// The bytes of one member of one archive: equal without reading (C02).
bool is_same_member(const Content& left, const Content& right);

}  // namespace imgops
