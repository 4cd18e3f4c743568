// An image moved onto another base, every path that both sides touched judged.
// Source: command-line §8.3; docs/commands/rebase.md.
#pragma once

#include "libimgops/ops/operation.hpp"
#include "libimgops/ops/package_sense.hpp"
#include "libimgops/ops/three_way.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace imgops {

enum class RebaseLayers : std::uint8_t {
  kept,      // bytes as they are, corrections in one resolution layer on top
  rewritten  // corrections go into the layers they concern
};

enum class RebaseWork : std::uint8_t { whole, judge_only };

struct RebaseOptions {
  RebaseLayers layers = RebaseLayers::kept;
  RebaseWork work = RebaseWork::whole;
};

// The two bases of a rebase, opened once for all images that move from one to the other. Immutable.
struct BasePair {
  std::size_t layer_count = 0;     // of the old base
  std::optional<Image> old_image;  // when it is in reach: settings and history are known
  Tree old_tree;
  Image new_image;
  Tree new_tree;
};

// The lowest `layer_count` layers of `image` and `new_base`.
BasePair open_bases(const Operation& operation, const Image& image, std::size_t layer_count,
                    std::optional<Image> old_base, const Image& new_base);
// For further images of the same old base, whether that pair serves this one.
bool serves(const BasePair& bases, const Image& image, std::size_t layer_count);

struct RebasedImage {
  Image image;           // stored; the given one while a conflict is open or nothing was to do
  bool changed = false;  // never with judge_only
  std::vector<MergedPath> paths;         // by path
  std::vector<SettingVerdict> settings;  // by key
  // What the image's packages and programs would miss on the new base; none while a conflict is
  // open. For the caller to refuse.
  std::vector<PackageProblem> problems;
  // The layer of corrections, when there is one.
  std::optional<ImageLayer> resolution;
  bool is_open() const noexcept;
};

// Layers above the old base keep blob and descriptor, but for a resolution layer of an earlier
// rebase on top, which is made anew. Where what shows then is not what the merge wants, a layer on
// top says so. With RebaseLayers::rewritten they are made anew instead, and the last of them ends
// at what the merge wants. Settings are merged key by key; without the old base's image they stay
// ours'. An image that stands on the new base already is returned as it is, unless the old base has
// more layers than the new one: then those between go. Reads no layer but those whose
// index is missing, and contents only where merge() does. Throws Error(corrupt) for bad layers.
RebasedImage rebase(const Operation& operation, const Image& image, const BasePair& bases,
                    const MergeChoices& choices, const RebaseOptions& options = {});

}  // namespace imgops
