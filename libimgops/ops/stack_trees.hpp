// What the layers of one image show, cut at any height: for operations that walk through a stack.
#pragma once

#include "libimgops/image/image.hpp"
#include "libimgops/layer/layer_entry.hpp"
#include "libimgops/ops/operation.hpp"
#include "libimgops/tree/tree.hpp"

#include <cstddef>
#include <memory>
#include <vector>

namespace imgops {

// Opens all layers at once, the trees when they are asked for. Going up costs each layer once,
// going down starts over. Not thread-safe.
class StackTrees {
 public:
  StackTrees(const Operation& operation, const Image& image);

  // The lowest `count` layers.
  const Tree& at(std::size_t count);
  const std::shared_ptr<const LayerIndex>& layer(std::size_t position) const;

 private:
  std::vector<std::shared_ptr<const LayerIndex>> layers_;
  Tree tree_;
  std::size_t count_ = 0;
};

}  // namespace imgops
