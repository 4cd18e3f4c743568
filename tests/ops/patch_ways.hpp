// What a layer of an image's own can do to a path that a patch of its base is about, as stories: a
// name, and the layers. None says what comes of it; who judges finds that out by himself.
#pragma once

#include "tests/support/layer_builder.hpp"

#include <functional>
#include <string>
#include <vector>

namespace imgops::testing {

// A path of the base in the directory usr/lib or below it, as it was and as the patch wants it.
struct PatchedSpot {
  std::string path;
  std::string name() const { return path.substr(path.rfind('/') + 1); }
  std::string directory() const { return path.substr(0, path.rfind('/')); }
  std::function<void(LayerBuilder&)> old_file;  // empty: the patch brings the path
  std::function<void(LayerBuilder&)> new_file;  // empty: the patch removes it
};

enum class WayNeeds : std::uint8_t { nothing, old_file, new_file, both };

struct WayToHide {
  std::string name;
  // Bottom first.
  std::vector<std::function<void(LayerBuilder&, const PatchedSpot&)>> layers;
  WayNeeds needs = WayNeeds::nothing;
  bool fits(const PatchedSpot& spot) const {
    const bool needs_old = needs == WayNeeds::old_file || needs == WayNeeds::both;
    const bool needs_new = needs == WayNeeds::new_file || needs == WayNeeds::both;
    return (spot.old_file || !needs_old) && (spot.new_file || !needs_new);
  }
};

const std::vector<WayToHide>& ways_to_hide();

}  // namespace imgops::testing
