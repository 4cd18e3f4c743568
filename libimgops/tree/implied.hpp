// The directory nobody described (semantics P02).
#pragma once

#include "libimgops/layer/layer_entry.hpp"

namespace imgops {

// 0755 0:0 with a time that equals any; one for the whole program, so it is no sign of a hard link.
const Inode& implied_directory() noexcept;

}  // namespace imgops
