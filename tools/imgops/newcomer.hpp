// The other image of a command that merges: a new base, a merged or picked image.
// Source: command-line §§5, 6, 8.3.
#pragma once

#include "libimgops/image/image.hpp"
#include "libimgops/lineage/base_match.hpp"
#include "tools/imgops/selection.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace imgops::cli {

enum class OtherPlatforms : std::uint8_t { refused, allowed };

// What `revision` means for an image of the platform of `image`: of an index the one for it.
// "scratch" is the empty image of that platform. Throws Error(not_found) when an index has none,
// Error(conflict) when a single image is for another platform and that is refused.
ResolvedImage newcomer_for(Context& context, const Revision& revision, const Image& image,
                           OtherPlatforms others);

// The base that `image` is to be moved off: `given` by the user; else, of the images whose layers
// are its lowest, one of the repository that `onto` is of ("debian:12.5" for "debian:12.6"), or the
// only one there is, or the one that its annotations name. Throws Error(not_found) without any,
// Error(ambiguous) with the list when nothing decides: a wrong guess would drop layers.
BaseMatch base_to_leave(Context& context, Place& place, const Image& image,
                        const std::optional<std::string>& given, const Revision& onto,
                        std::string_view subject);

}  // namespace imgops::cli
