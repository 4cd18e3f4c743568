// Layers are compared by DiffId, since stores and registries compress anew. An annotation names a
// base but not how many layers it has: it chooses among candidates of one length, and gives a guess
// its name. buildah's comment "FROM name" stands on the first step above the base and so says both;
// on later steps it holds the id of the step before (real-parts §6).
#include "libimgops/lineage/base_match.hpp"

#include "libimgops/base/timestamp.hpp"
#include "libimgops/image/image_edit.hpp"
#include "libimgops/image/reference.hpp"
#include "libimgops/lineage/steps.hpp"

#include <algorithm>

namespace imgops {
namespace {

constexpr std::string_view from_prefix = "FROM ";

std::string annotated_name(const Image& image) {
  return image.annotation(annotation_base_name).value_or("");
}

bool is_proper_count(const Image& image, std::size_t layer_count) {
  return layer_count >= 1 && layer_count < image.layers().size();
}

// "debian:v1", "docker.io/library/debian:v1" and buildah's "localhost/debian:v1" are one name.
bool is_same_name(std::string_view left, std::string_view right) {
  constexpr std::string_view local = "localhost/";
  if (left.starts_with(local)) left.remove_prefix(local.size());
  if (right.starts_with(local)) right.remove_prefix(local.size());
  if (left == right) return true;
  const auto full = full_reference(left);
  return full && full == full_reference(right);
}

// An id of twelve digits, as buildah writes for its own intermediate images, or a whole one.
bool is_image_id(std::string_view name) {
  return (name.size() == 12 || name.size() == 64) && std::ranges::all_of(name, [](char character) {
           return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'f');
         });
}

// Empty unless the comment is "FROM name".
std::string_view commented_name(std::string_view comment) {
  if (!comment.starts_with(from_prefix)) return {};
  comment.remove_prefix(from_prefix.size());
  return is_image_id(comment) || comment == "scratch" ? std::string_view{} : comment;
}

struct CommentedBase {
  std::string_view name;  // empty when no comment tells
  std::size_t layer_count = 0;
};

// The last named comment counts: those before it are the base's own.
CommentedBase find_commented(const Image& image, std::span<const Step> steps) {
  CommentedBase found;
  std::size_t layers_below = 0;
  for (const Step& step : steps) {
    const std::string_view name = commented_name(step.comment);
    if (!name.empty() && is_proper_count(image, layers_below)) found = {name, layers_below};
    if (step.layer) ++layers_below;
  }
  return found;
}

// The candidates that are the longest proper base; all have the same layers.
std::vector<const NamedImage*> longest_bases(const Image& image,
                                             std::span<const NamedImage> candidates) {
  std::vector<const NamedImage*> longest;
  std::size_t length = 1;
  for (const NamedImage& candidate : candidates) {
    const std::size_t count = candidate.image.layers().size();
    if (count < length || !is_proper_base(candidate.image, image)) continue;
    if (count > length) longest.clear();
    length = count;
    longest.push_back(&candidate);
  }
  return longest;
}

// Of images with the same layers the one the documents name, else the first.
const NamedImage& choose(std::span<const NamedImage* const> bases, std::string_view annotated,
                         std::string_view commented) {
  for (const std::string_view name : {annotated, commented}) {
    const auto named = std::ranges::find_if(bases, [&](const NamedImage* base) {
      return !name.empty() && is_same_name(base->name, name);
    });
    if (named != bases.end()) return **named;
  }
  return *bases.front();
}

// All names of the chosen image, in the order of the candidates.
std::vector<std::string> names_of(const Image& chosen, std::span<const NamedImage* const> bases) {
  std::vector<std::string> names;
  for (const NamedImage* const base : bases) {
    const bool same = base->image.descriptor() == chosen.descriptor();
    if (same && std::ranges::find(names, base->name) == names.end()) names.push_back(base->name);
  }
  return names;
}

// Layers up to the first CMD, with which the images that others build on end.
std::size_t count_to_first_command(std::span<const Step> steps) {
  std::size_t layers = 0;
  for (const Step& step : steps) {
    if (step.layer) ++layers;
    if (step.instruction.keyword == "CMD") return layers;
  }
  return 0;
}

// Layers below the topmost step that is over a day younger than the step before.
std::size_t count_to_last_gap(const Image& image, std::span<const Step> steps) {
  constexpr std::int64_t day_seconds = 86'400;
  std::optional<Timestamp> previous;
  std::size_t layers = 0;
  std::size_t found = 0;
  for (const Step& step : steps) {
    if (const auto time = parse_rfc3339(step.created)) {
      const bool gap = previous && time->seconds - previous->seconds > day_seconds;
      if (gap && is_proper_count(image, layers)) found = layers;
      previous = time;
    }
    if (step.layer) ++layers;
  }
  return found;
}

std::vector<std::string> names_from(std::string_view name) {
  if (name.empty()) return {};
  return {std::string(name)};
}

}  // namespace

std::string_view name(BaseRule rule) noexcept {
  switch (rule) {
    case BaseRule::given:
      return "given";
    case BaseRule::diff_ids:
      return "diff_ids";
    case BaseRule::annotation:
      return "annotation";
    case BaseRule::comment:
      return "comment";
    case BaseRule::heuristic:
      return "heuristic";
  }
  return "";
}

bool is_base_comment(std::string_view comment) {
  return !commented_name(comment).empty();
}

std::optional<BaseMatch> find_base(const Image& image, std::span<const NamedImage> candidates) {
  const std::vector<Step> steps = steps_of(image);
  const std::string annotated = annotated_name(image);
  const CommentedBase commented = find_commented(image, steps);
  const std::vector<const NamedImage*> bases = longest_bases(image, candidates);
  if (!bases.empty()) {
    const NamedImage& chosen = choose(bases, annotated, commented.name);
    return BaseMatch{chosen.image.layers().size(), names_of(chosen.image, bases),
                     BaseRule::diff_ids, chosen.image};
  }
  if (!commented.name.empty()) {
    return BaseMatch{commented.layer_count, names_from(commented.name), BaseRule::comment, {}};
  }
  std::size_t guess = count_to_first_command(steps);
  if (!is_proper_count(image, guess)) guess = count_to_last_gap(image, steps);
  if (!is_proper_count(image, guess)) return std::nullopt;
  return BaseMatch{guess, names_from(annotated), BaseRule::heuristic, {}};
}

Image state_base(const Image& image, const BaseMatch* base) {
  if (image.family() == MediaFamily::docker) return image;
  std::optional<std::string> name;
  std::optional<std::string> digest;
  if (base != nullptr && base->layer_count != 0) {
    // Found by a rule without the image itself: what is written there already is as good.
    if (!base->image) return image;
    if (!base->names.empty()) {
      const std::string& first = base->names.front();
      name = first.substr(0, first.find("@{"));
    }
    digest = base->image->descriptor().digest().to_string();
  }
  return annotate(image, {{std::string(annotation_base_name), name},
                          {std::string(annotation_base_digest), digest}});
}

}  // namespace imgops
