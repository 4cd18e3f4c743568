// An image's story: steps with their instruction and layer.
#pragma once

#include "libimgops/dockerfile/instruction_text.hpp"
#include "libimgops/image/image.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace imgops {

struct Step {
  std::size_t number = 0;       // from 1 at the bottom: `#K`
  InstructionText instruction;  // empty without a history entry
  std::string raw;              // created_by as written
  std::string created;
  std::string comment;
  std::optional<std::size_t> layer;  // position, bottom is 0
};

std::vector<Step> steps_of(const Image& image);  // oldest first, as pair_history()

}  // namespace imgops
