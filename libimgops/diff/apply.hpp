// Change sets as arrows between trees. Laws: apply(a, compare(a, b)) equals b; invert twice is
// nothing.
#pragma once

#include "libimgops/diff/change.hpp"

namespace imgops {

// `before` with `changes`. Throws Error(conflict) when a deleted path is absent or an added one is
// there.
Tree apply(const Tree& before, const ChangeSet& changes);
ChangeSet invert(const ChangeSet& changes);

}  // namespace imgops
