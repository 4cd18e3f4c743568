// What a patch may not do to an image, judged before anything is laid over it.
// Source: issue 5, "Bad input"; docs/security.md T34.
#pragma once

#include "libimgops/layer/layer_entry.hpp"
#include "libimgops/tree/tree.hpp"

#include <string_view>

namespace imgops {

// `source` is one patch, under the names it was given. Throws Error(conflict), naming `subject` and
// the path, for a marker, a name that leads through a link or a file of the patch itself, anything
// in the place of a directory or of a link to one, and a directory in the place of anything else.
void refuse_unsafe_patch(const Tree& tree, const LayerIndex& source, std::string_view subject);

}  // namespace imgops
