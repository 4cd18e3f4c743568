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

// How many of pair_history(image)'s steps remain when `suffixes` are applied from left to right,
// beginning with `step_count` of them. Throws Error(unsupported) beyond the image, Error(not_found)
// and Error(ambiguous) for what a selector names.
std::size_t apply_suffixes(const Image& image, std::size_t step_count,
                           std::span<const RevisionSuffix> suffixes, const BaseFinder& find_base_of,
                           const std::string& subject);

// Steps up to and including the one that made the layer number `layer_count`; 0 for none.
std::size_t steps_through_layer(const Image& image, std::size_t layer_count);

}  // namespace imgops
