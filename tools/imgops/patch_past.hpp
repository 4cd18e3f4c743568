// What a base was before it was patched.
#pragma once

#include "libimgops/ops/operation.hpp"
#include "libimgops/tree/tree.hpp"
#include "tools/imgops/selection.hpp"

#include <vector>

namespace imgops::cli {

// The views of the image of that platform which the name of `target` led to, as long as only
// patches moved it, newest first; at most 16. Ends where one is gone. Throws Error(corrupt) for a
// log that cannot be read.
std::vector<Tree> earlier_bases(Place& place, const RewriteTarget& target,
                                const PlatformImage& platform, const Operation& operation);

}  // namespace imgops::cli
