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

// How many steps lie below the last build, as far as one can see.
struct BuildStart {
  std::optional<std::size_t> told;    // by buildah's comments
  std::optional<std::size_t> likely;  // an image in reach ends there: a base, or a step with a name
};

// After `step_count` steps. `ancestor` is the longest image in reach that these begin with, or
// null.
ReplayedSettings replay_settings(const Image& image, std::size_t step_count, const Image* ancestor,
                                 const BuildStart& build_start);

}  // namespace imgops
