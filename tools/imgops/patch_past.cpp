#include "tools/imgops/patch_past.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/ops/patch_base.hpp"
#include "libimgops/repository/name_past.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace imgops::cli {
namespace {

// Whether one is the other but for patches: the history tells the same but for patch layers.
bool is_story_of(const Image& earlier, const Image& base) {
  const auto story_of = [](const Image& image) {
    std::vector<const Json*> story;
    const PairedHistory paired = pair_history(image.history(), image.layers().size());
    for (const HistoryStep& step : paired.steps) {
      if (!step.entry || (step.layer && is_patch_layer(image, *step.layer))) continue;
      story.push_back(&image.history()[*step.entry].json);
    }
    return story;
  };
  return std::ranges::equal(story_of(earlier), story_of(base),
                            [](const Json* left, const Json* right) { return *left == *right; });
}

bool has_blobs(const Image& image, const BlobSource& blobs) {
  return std::ranges::all_of(image.layers(), [&](const ImageLayer& layer) {
    return blobs.find(layer.descriptor.digest()) != nullptr;
  });
}

// The image at that position of a root which the name led to before; nullopt when it is gone.
std::optional<Image> past_image(const Place& place, const RewriteTarget& target, const Digest& root,
                                const PlatformImage& platform) {
  try {
    const Descriptor past = describe_root(place.blobs(), root, target.name);
    for (PlatformImage& image : load_platforms(place.blobs(), past, target.name)) {
      const bool is_it = image.position == platform.position &&
                         image.image.platform() == platform.image.platform();
      if (is_it && has_blobs(image.image, place.blobs())) return std::move(image.image);
    }
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::input_output) throw;
  }
  return std::nullopt;
}

}  // namespace

std::vector<EarlierBase> earlier_bases(Place& place, const RewriteTarget& target,
                                       const PlatformImage& platform) {
  constexpr std::size_t most_patches = 16;
  std::vector<EarlierBase> earlier;
  std::set<Digest> seen{platform.image.descriptor().digest()};
  NamePast past(*place.repository(), target.name, target.root.digest());
  for (std::uint64_t moves_ago = 1; earlier.size() < most_patches; ++moves_ago) {
    const std::optional<NameMove> move = past.next();
    if (!move || !move->old_digest) break;
    std::optional<Image> image = past_image(place, target, *move->old_digest, platform);
    const bool is_patch = move->command.find(" patch ") != std::string::npos;
    if (!image || !(is_patch || is_story_of(*image, platform.image))) break;
    if (!seen.insert(image->descriptor().digest()).second) continue;
    earlier.push_back({std::move(*image), moves_ago});
  }
  return earlier;
}

const EarlierBase* earlier_base_of(const Image& image, std::span<const EarlierBase> earlier) {
  const auto is_base = [&](const EarlierBase& base) {
    const auto below = base.image.layers();
    const auto all = image.layers();
    return below.size() < all.size() &&
           std::ranges::equal(below, all.first(below.size()), {}, &ImageLayer::diff_id,
                              &ImageLayer::diff_id);
  };
  const auto found = std::ranges::find_if(earlier, is_base);
  return found == earlier.end() ? nullptr : &*found;
}

}  // namespace imgops::cli
