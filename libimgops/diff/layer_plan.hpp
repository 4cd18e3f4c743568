// Changes turned into the members of one layer, in the order they are written.
// Source: semantics W01–W07, W13.
#pragma once

#include "libimgops/diff/change.hpp"
#include "libimgops/layer/layer_entry.hpp"

#include <vector>

namespace imgops {

// The members of the layer that makes `upper` out of a lower tree, `changes` being their
// comparison: first every directory that changed or stands above something written, by path, each
// followed by the whiteouts of names inside it; then everything else, grouped by the layer its
// bytes come from and in that archive's order, so that each source is read forwards once; then
// second names of hard links, by path. The plan points into what both trees own, and into nothing
// of the trees themselves.
std::vector<PlannedMember> plan_layer(const Tree& upper, const ChangeSet& changes);

}  // namespace imgops
