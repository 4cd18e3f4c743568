// A patch carried to all images of a layout that stand on the patched base.
// Source: command-line §8.4; docs/architecture.md "How patch works".
#pragma once

#include "libimgops/image/image.hpp"
#include "libimgops/ops/patch_child.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
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

// The patches of all platforms of one base, on their way to the images that stand on it: those
// whose layers begin as the base of their own platform does, or else any. Results are one an image,
// in the order of the images.
class FleetPatcher {
 public:
  // All outlive it.
  FleetPatcher(const Operation& operation, std::span<const BasePatch> patches,
               const ChildOptions& options);

  // Before the patches are written: statuses; images stay as they are. Throws Error(corrupt),
  // naming the image, for own layers that cannot be read.
  std::vector<FleetResult> judge(std::span<const FleetImage> images);

  // After that: the new images, not stored. One that stands on the base, called `base_name`, or on
  // another patched image is annotated with that as its base, by its new digest.
  std::vector<FleetResult> patch(std::span<const FleetImage> images, std::string_view base_name);

 private:
  enum class Work : std::uint8_t { judge, patch };
  std::vector<FleetResult> run(std::span<const FleetImage> images, Work work);

  const Operation& operation_;
  std::span<const BasePatch> patches_;
  std::vector<std::unique_ptr<ChildPatcher>> patchers_;
};

}  // namespace imgops
