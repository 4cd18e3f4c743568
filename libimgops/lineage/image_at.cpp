#include "libimgops/lineage/image_at.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/timestamp.hpp"
#include "libimgops/image/image_edit.hpp"
#include "libimgops/lineage/base_match.hpp"
#include "libimgops/lineage/image_settings.hpp"
#include "libimgops/lineage/settings_replay.hpp"
#include "libimgops/lineage/steps.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace imgops {
namespace {

constexpr std::array<std::pair<std::string_view, SettingsChoice>, 4> choices = {{
    {"exact", SettingsChoice::exact},
    {"replay", SettingsChoice::replay},
    {"keep", SettingsChoice::keep},
    {"base", SettingsChoice::base},
}};

// Tools print times with more or fewer digits.
bool is_same_time(const std::string& left, const std::string& right) {
  if (left == right) return true;
  const auto first = parse_rfc3339(left);
  const auto second = parse_rfc3339(right);
  return first && second && first->seconds == second->seconds &&
         first->nanoseconds == second->nanoseconds;
}

bool is_same_step(const Step& left, const Step& right) {
  return left.raw == right.raw && left.layer == right.layer &&
         is_same_time(left.created, right.created);
}

class Reach {
 public:
  Reach(const Image& image, const Image& cut, std::span<const NamedImage> candidates)
      : image_(image), cut_(cut), steps_(steps_of(cut)), candidates_(candidates) {}

  // The image that is this step; of several one with the same blobs.
  const Image* exact() const {
    const Image* found = nullptr;
    for (const NamedImage& candidate : candidates_) {
      const bool is_whole = candidate.image.layers().size() == cut_.layers().size() &&
                            begins_with(candidate.image) == steps_.size();
      if (!is_whole) continue;
      if (has_same_blobs(candidate.image)) return &candidate.image;
      if (found == nullptr) found = &candidate.image;
    }
    return found;
  }

  // The one that most steps of this begin with, though not all.
  const Image* ancestor() const {
    const Image* found = nullptr;
    std::size_t longest = 0;
    for (const NamedImage& candidate : candidates_) {
      const auto steps = begins_with(candidate.image);
      if (!steps || *steps <= longest || *steps >= steps_.size()) continue;
      longest = *steps;
      found = &candidate.image;
    }
    return found;
  }

  std::optional<BaseMatch> base_of(const Image& image) const {
    std::vector<NamedImage> named;
    for (const NamedImage& candidate : candidates_) {
      if (!candidate.name.empty()) named.push_back(candidate);
    }
    return find_base(image, named);
  }

  BuildStart build_start() const {
    BuildStart start;
    const std::vector<Step> steps = steps_of(image_);
    for (std::size_t step = 0; step < steps.size(); ++step) {
      if (is_base_comment(steps[step].comment)) start.told = step;
    }
    const auto base = base_of(image_);
    const bool is_in_reach = base && base->image && !base->image->annotation(annotation_config);
    if (is_in_reach) start.likely = std::min(steps.size(), steps_of(*base->image).size());
    return start;
  }

 private:
  // How many steps the candidate has, when the cut image begins with it.
  std::optional<std::size_t> begins_with(const Image& candidate) const {
    const std::size_t layers = candidate.layers().size();
    if (candidate.annotation(annotation_config) || layers > cut_.layers().size() ||
        shared_layer_count(candidate, cut_) != layers) {
      return std::nullopt;
    }
    const std::vector<Step> steps = steps_of(candidate);
    if (steps.size() > steps_.size() ||
        !std::equal(steps.begin(), steps.end(), steps_.begin(), is_same_step)) {
      return std::nullopt;
    }
    return steps.size();
  }

  bool has_same_blobs(const Image& candidate) const {
    return std::ranges::equal(candidate.layers(), cut_.layers(), {}, &ImageLayer::descriptor,
                              &ImageLayer::descriptor);
  }

  const Image& image_;
  const Image& cut_;
  std::vector<Step> steps_;
  std::span<const NamedImage> candidates_;
};

// A cut image stands on the same base, on a lower one, or on none we know.
Image with_base_stated(const Image& cut, const Image& image, const Reach& reach) {
  auto base = reach.base_of(cut);
  if (base && base->is_certain()) return state_base(cut, &*base);
  base = reach.base_of(image);
  const bool is_above = base && base->layer_count < cut.layers().size();
  return is_above ? cut : state_base(cut, nullptr);
}

Image finished(Image cut, const Image& image, SettingsOrigin origin, const Reach& reach) {
  const std::vector<Step> steps = steps_of(cut);
  if (!steps.empty() && parse_rfc3339(steps.back().created)) {
    cut = with_created(cut, steps.back().created);
  }
  cut = annotate(cut, {{std::string(annotation_config), std::string(name(origin))}});
  return with_base_stated(cut, image, reach);
}

ImageAt from_base(const Image& cut, const Image& image, const Reach& reach) {
  const auto base = reach.base_of(image);
  if (!base || !base->is_certain() || !base->image) {
    throw Error(ErrorKind::not_found, "no base is in reach to take the configuration from");
  }
  return {
      finished(with_settings(cut, settings_of(*base->image)), image, SettingsOrigin::base, reach),
      SettingsOrigin::base,
      {}};
}

}  // namespace

std::optional<SettingsChoice> parse_settings_choice(std::string_view text) {
  const auto* const found =
      std::ranges::find(choices, text, &std::pair<std::string_view, SettingsChoice>::first);
  if (found == choices.end()) return std::nullopt;
  return found->second;
}

std::string_view name(SettingsOrigin origin) noexcept {
  switch (origin) {
    case SettingsOrigin::exact:
      return "exact";
    case SettingsOrigin::replayed:
      return "replayed";
    case SettingsOrigin::kept:
      return "kept";
    case SettingsOrigin::base:
      return "base";
  }
  return "";
}

ImageAt image_at(const Image& image, std::size_t step_count, SettingsChoice choice,
                 std::span<const NamedImage> candidates) {
  const Image cut = keep_steps(image, step_count);
  const Reach reach(image, cut, candidates);
  if (choice == SettingsChoice::base) return from_base(cut, image, reach);
  if (cut.descriptor() == image.descriptor()) return {image, SettingsOrigin::exact, {}};
  if (choice == SettingsChoice::keep) {
    return {finished(cut, image, SettingsOrigin::kept, reach), SettingsOrigin::kept, {}};
  }
  if (choice != SettingsChoice::replay) {
    if (const Image* const exact = reach.exact(); exact != nullptr) {
      return {restore_base_layers(*exact, image), SettingsOrigin::exact, {}};
    }
    if (choice == SettingsChoice::exact) {
      throw Error(ErrorKind::not_found, "no image in reach has the configuration of this step",
                  "'--config replay' tells it from the history");
    }
  }
  ReplayedSettings replayed =
      replay_settings(image, step_count, reach.ancestor(), reach.build_start());
  return {finished(with_settings(cut, replayed.settings), image, SettingsOrigin::replayed, reach),
          SettingsOrigin::replayed, std::move(replayed.omitted)};
}

}  // namespace imgops
