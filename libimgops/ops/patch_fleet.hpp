// A patch carried to all images of a layout that stand on the patched base.
// Source: command-line §8.4; docs/architecture.md "How patch works".
#pragma once

#include "libimgops/image/image.hpp"
#include "libimgops/ops/patch_child.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

struct FleetImage {
  std::string name;
  Image image;  // of one platform
};

struct FleetResult {
  std::optional<std::size_t> patch;  // which of the patches concerns it; absent: it is no child
  bool is_base = false;              // it has the layers of the base and no others
  PatchedChild child;                // with base annotations where the image may have them
};

// One result an image, in their order. `patches` are those of the platforms of one base, which is
// called `base_name`. An image stands on the patch whose base has its platform, else on any whose
// layers are its lowest. One that stands on another patched image of `images` is annotated with
// that as its base, by its new digest. Documents are not stored. Throws Error(corrupt), naming the
// image, for own layers that cannot be read.
std::vector<FleetResult> patch_fleet(const Operation& operation, std::span<const BasePatch> patches,
                                     std::span<const FleetImage> images, std::string_view base_name,
                                     const ChildOptions& options);

}  // namespace imgops
