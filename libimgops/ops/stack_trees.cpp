#include "libimgops/ops/stack_trees.hpp"

#include "libimgops/tree/union.hpp"

#include <span>

namespace imgops {

StackTrees::StackTrees(const Operation& operation, const Image& image)
    : layers_(operation.layers.open(image.layers(), operation.workers, operation.observer,
                                    operation.stop)) {}

const Tree& StackTrees::at(std::size_t count) {
  if (count < count_) {
    tree_ = Tree();
    count_ = 0;
  }
  if (count > count_) {
    // What there is to say of these layers is not about what is done with them here.
    SilentObserver silent;
    const std::span<const std::shared_ptr<const LayerIndex>> all(layers_);
    tree_ = apply_layers(tree_, all.subspan(count_, count - count_), count_, silent);
    count_ = count;
  }
  return tree_;
}

const std::shared_ptr<const LayerIndex>& StackTrees::layer(std::size_t position) const {
  return layers_[position];
}

}  // namespace imgops
