// Files from outside laid over the tree of an image: what append and patch have in common.
#pragma once

#include "libimgops/base/observer.hpp"
#include "libimgops/layer/layer_entry.hpp"
#include "libimgops/tree/tree.hpp"

#include <cstddef>
#include <memory>

namespace imgops {

// The entries of `source` under the names they really get in the image: directories of the source
// that are links to directories in the image lead where the links lead (P12). A directory of this
// machine only says where its files go and is left out where the image has one; an archive's says
// what it is. `source` must outlive the result.
std::shared_ptr<const LayerIndex> relocate(const Tree& tree, const LayerIndex& source);

// `lower` with `source` as layer number `number`. A source is no layer yet: what is written has all
// its parents as the image has them, so nothing is said of those it lacks; and findings name no
// DiffId, since nobody could look it up. Throws as apply_layers().
Tree lay_over(const Tree& lower, const std::shared_ptr<const LayerIndex>& source,
              std::size_t number, Observer& observer);

}  // namespace imgops
