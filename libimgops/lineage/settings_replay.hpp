// The settings after one of an image's steps, told from its history. Private to the room.
#pragma once

#include "libimgops/dockerfile/settings.hpp"
#include "libimgops/image/image.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace imgops {

struct ReplayedSettings {
  Settings settings;                 // none is unknown
  std::vector<std::string> omitted;  // as ImageAt::omitted
};

// After `step_count` steps. `ancestor` is the longest image in reach that these begin with, or
// null; `base_steps` those of the base, when it is in reach.
ReplayedSettings replay_settings(const Image& image, std::size_t step_count, const Image* ancestor,
                                 std::optional<std::size_t> base_steps);

}  // namespace imgops
