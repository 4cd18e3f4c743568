// Images as trees.
#pragma once

#include "libimgops/image/image.hpp"
#include "libimgops/image/image_edit.hpp"
#include "libimgops/ops/operation.hpp"
#include "libimgops/tree/tree.hpp"
#include "libimgops/tree/union.hpp"

namespace imgops {

// The merged tree of all layers, or of the lowest `count`.
Tree view(const Operation& operation, const Image& image);
Tree view(const Operation& operation, const Image& image, std::size_t count);

// Warns with RUNTIME-PATH where the tree has a symlink at a place that runtimes mount on or write
// to: some were led out of the container by it. Source: docs/security.md T35.
void report_runtime_paths(const Tree& tree, Observer& observer);

}  // namespace imgops
