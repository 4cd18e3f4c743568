// Suffixes turned into a number of steps from the bottom.
#pragma once

#include "libimgops/image/image.hpp"
#include "libimgops/lineage/base_match.hpp"
#include "libimgops/repository/revision.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>

namespace imgops {

// The base of an image, when there is one.
using BaseFinder = std::function<std::optional<BaseMatch>(const Image&)>;

struct StepCut {
  std::size_t step_count = 0;     // so many of pair_history(image)'s steps remain
  std::optional<BaseMatch> base;  // what the last ^{base} found
};

// `suffixes` applied from left to right, beginning with `step_count` steps. Throws Error(not_found)
// beyond the image, that and Error(ambiguous) for what a selector names.
StepCut apply_suffixes(const Image& image, std::size_t step_count,
                       std::span<const RevisionSuffix> suffixes, const BaseFinder& find_base_of,
                       const std::string& subject);

// Steps up to and including the one that made the layer number `layer_count`; 0 for none.
std::size_t steps_through_layer(const Image& image, std::size_t layer_count);

}  // namespace imgops
