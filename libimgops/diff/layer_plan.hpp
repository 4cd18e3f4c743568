// Changes turned into the members of one layer, in the order they are written.
// Source: semantics W01–W07, W13.
#pragma once

#include "libimgops/diff/change.hpp"
#include "libimgops/layer/layer_entry.hpp"

#include <vector>

namespace imgops {

// The members of the layer that makes `upper` out of a lower tree, `changes` being their
// comparison. Members are grouped by the layer they come from, the uppermost first, and stand in
// that archive's order, so that each source is read forwards once; what comes from no archive is
// last, by path. Directories that changed or stand above something written are among them, each
// followed by the whiteouts inside it; those that would come behind something inside them, or have
// no archive, are in front of all, by path. Second names of hard links end it, by path. So of one
// archive written by a plan, planning gives the same order again. The plan points into what both
// trees own, and into nothing of the trees themselves.
std::vector<PlannedMember> plan_layer(const Tree& upper, ChangeSet changes);

}  // namespace imgops
