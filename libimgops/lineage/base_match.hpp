// Which image is the base of another. Source: command-line §5; never by compressed digest.
#pragma once

#include "libimgops/image/image.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

enum class BaseRule : std::uint8_t { given, diff_ids, annotation, comment, heuristic };
std::string_view name(BaseRule rule) noexcept;

struct BaseMatch {
  std::size_t layer_count = 0;     // how many of the image's layers are the base's
  std::vector<std::string> names;  // all names of that base; may be empty for heuristic
  BaseRule rule = BaseRule::diff_ids;
  std::optional<Image> image;  // when it is in reach
  bool is_certain() const { return rule != BaseRule::heuristic; }
};

// Whether a step's comment is "FROM name", as buildah marks the first step above a base.
bool is_base_comment(std::string_view comment);

// The longest image among `candidates` with a layer whose diff_ids are a proper prefix; of several
// with those layers the one that annotation or comment names, else the first. Without any:
// buildah's FROM comment, which also tells where the base ends. Then the heuristic (first CMD
// entry; a gap of over a day), which rewriting commands do not use; an annotation alone only gives
// it its name, since it does not tell how many layers are the base's.
std::optional<BaseMatch> find_base(const Image& image, std::span<const NamedImage> candidates);

// The manifest annotations that name the base (NAME of "NAME@{N}"): set for a known base, removed
// from an image on none. Docker manifests have no annotations and stay as they are.
Image state_base(const Image& image, const BaseMatch* base);

}  // namespace imgops
