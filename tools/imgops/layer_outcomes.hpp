// The end of commands that exchange layers one for one: recompress and normalize.
#pragma once

#include "tools/imgops/rewriting.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace imgops::cli {

// One platform with the rows of its layers.
struct LayerOutcomes {
  PlatformOutcome outcome;
  Json layers;
};

// IMAGE, and what --since says the range begins above.
RewriteRange range_since(Context& context, const Options& options, std::string_view word);

// The ref that moves to the result: none where `range` ends below the top, for that is another
// image, and its ref is not moved to it unasked.
std::string own_name_of(const RewriteRange& range, const RewriteTarget& target);

// {"rev", "old", "new", "before", "after"}: digests, and bytes as stored.
Json exchange_json(const Image& image, std::size_t layer, const Descriptor& before,
                   const Descriptor& after);

// Writes the result, tells of it and prints it as schema "imgops/NAME/1".
void finish_layers(Context& context, std::string_view name, const RewriteTarget& target,
                   ResultWriter& writer, const std::vector<LayerOutcomes>& outcomes);

}  // namespace imgops::cli
