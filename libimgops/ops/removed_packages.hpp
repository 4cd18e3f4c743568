// Packages of dpkg's that an image removed from what its base gave it: a newer base's are not to
// come back, neither whole nor in parts. Source: dpkg(1).
#pragma once

#include "libimgops/ops/operation.hpp"
#include "libimgops/ops/three_way.hpp"
#include "libimgops/tree/tree.hpp"

namespace imgops {

// Two sides of a merge and what settles it, so that no policy can bring such a package back.
struct WithoutRemoved {
  Tree ours;
  Tree theirs;
  MergeChoices choices;
};

// Of a package that is installed in `base` and `theirs` and not in `ours`: theirs has the paragraph
// that ours has, or none, and no trigger tells it of anything; its files that ours removed stay
// away, whatever `choices` say of all paths; those that are new in theirs are in neither side.
// Sides without a status that can be read are as they were.
WithoutRemoved leave_removed_out(const Operation& operation, const Tree& base, const Tree& ours,
                                 const Tree& theirs, const MergeChoices& choices);

}  // namespace imgops
