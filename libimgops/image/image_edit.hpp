// New images from old ones, documents only: no layer is read or written. Every result is
// consistent: as many non-empty history entries as layers, as many diff_ids, media types of one
// family; unknown keys of both documents survive. Source: semantics J06, J16, Q20, Q24.
#pragma once

#include "libimgops/image/image.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

// Positions of layers, bottom is 0; `first` < `end` except where said. A range or count that the
// image does not have is Error(invalid_argument).
struct LayerRange {
  std::size_t first = 0;
  std::size_t end = 0;
};

enum class HistoryMode : std::uint8_t {
  keep,   // replaced steps stay, marked empty; the new entry follows the last of them
  one,    // replaced steps and the empty ones between them go; the new entry stands for them
  redact  // as keep, but created_by and comment of replaced steps become "<redacted>"
};

// `range` becomes `layer`, or nothing when `layer` is null. Layers outside keep their descriptors;
// history entries outside stay as they are. With inconsistent history (J06) no layer is lost:
// missing entries are made. `entry` is the new history entry; it is given empty_layer when `layer`
// is null. An empty range puts `layer` below layer `first`, or on top when there is none.
Image replace_layers(const Image& image, LayerRange range, const ImageLayer* layer,
                     HistoryEntry entry, HistoryMode mode = HistoryMode::keep);

// `layer` on top, with `entry`.
Image append_layer(const Image& image, const ImageLayer& layer, HistoryEntry entry);

// The bottom `step_count` steps of pair_history(): their layers and history. Settings stay those of
// `image`; all steps are `image` itself.
Image keep_steps(const Image& image, std::size_t step_count);
// The lowest `count` layers, with the empty steps directly above the last of them (`~N`).
Image keep_layers(const Image& image, std::size_t count);

// Descriptors of the same layers (by DiffId) at the bottom of `original` take the place of this
// image's: recompressed base blobs are the base's own again. Unchanged when there are none.
Image restore_base_layers(const Image& image, const Image& original);

// Manifest annotations set, or with nullopt removed.
Image annotate(const Image& image,
               const std::map<std::string, std::optional<std::string>, std::less<>>& annotations);

// The configuration's `created` set to `created`, or kept when empty. Throws
// Error(invalid_argument) when it is no time of RFC 3339.
Image with_created(const Image& image, std::string_view created);

// The configuration as `edit` leaves it, which keeps its hands off rootfs and history.
Image edit_configuration(const Image& image, const std::function<void(Json&)>& edit);

// An image without layers, history and time, for `scratch` and import. `configuration` is the value
// of "config", or null for an empty one.
Image empty_image(const Platform& platform, MediaFamily family,
                  const Json& configuration = nullptr);

// The same image as documents of the other family: media types of manifest, configuration and
// layers. Unchanged when all of it is of `family` already. Types that `family` has no name for
// stay.
Image convert_family(const Image& image, MediaFamily family);

}  // namespace imgops
