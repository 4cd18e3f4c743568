#include "libimgops/ops/view.hpp"

namespace imgops {

Tree view(const Operation& operation, const Image& image) {
  return view(operation, image, image.layers().size());
}

Tree view(const Operation& operation, const Image& image, std::size_t count) {
  return of_image(operation, image, [&] {
    const auto layers = operation.layers.open(image.layers().first(count), operation.workers,
                                              operation.observer, operation.stop);
    return apply_layers(Tree(), layers, 0, operation.observer);
  });
}

}  // namespace imgops
