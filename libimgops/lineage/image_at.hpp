// The image as it was after one of its steps: layers and history cut, settings those of then.
// Source: command-line §3 "Config of a revision in the middle".
#pragma once

#include "libimgops/image/image.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

// Where the settings are to come from.
enum class SettingsChoice : std::uint8_t {
  best,    // exact, or else replay
  exact,   // an image in reach that is this step; Error(not_found) when there is none
  replay,  // the history, from the longest known beginning
  keep,    // the whole image
  base     // the image's base; Error(not_found) when none is certain and in reach
};
// "exact", "replay", "keep", "base"; nullopt for anything else.
std::optional<SettingsChoice> parse_settings_choice(std::string_view text);

// Where they did come from.
enum class SettingsOrigin : std::uint8_t { exact, replayed, kept, base };
std::string_view name(SettingsOrigin origin) noexcept;

// Manifest annotation that says so unless they are exact. An image that carries it is no witness
// for the settings of others.
inline constexpr std::string_view annotation_config = "io.imgops.config";

struct ImageAt {
  Image image;
  SettingsOrigin origin = SettingsOrigin::exact;
  // What could not be replayed, and why: "OnBuild: no step of the history sets it". Sorted as the
  // settings are.
  std::vector<std::string> omitted;
};

// The bottom `step_count` steps of pair_history(). `candidates` are the images in reach, those
// without a name too. Exact is a candidate with the same diff_ids and history; with the same blobs
// it is the result itself, else its configuration above the blobs of `image`. The base annotations
// are those of the result's own base; `created` is that of its last step. All steps are `image`
// itself, whatever the choice but `base`.
ImageAt image_at(const Image& image, std::size_t step_count, SettingsChoice choice,
                 std::span<const NamedImage> candidates);

}  // namespace imgops
