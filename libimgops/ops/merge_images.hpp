// Two images with a common beginning made one. Source: command-line §8.3;
// docs/decisions/0018-a-merge-keeps-both-sides-layers.md.
#pragma once

#include "libimgops/image/configuration_merge.hpp"
#include "libimgops/image/image.hpp"
#include "libimgops/ops/operation.hpp"
#include "libimgops/ops/package_sense.hpp"
#include "libimgops/ops/three_way.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace imgops {

// How many steps of `ours` both images begin with: up to the last layer they share (by DiffId),
// and what steps without a layer above it are the same.
std::size_t common_step_count(const Image& ours, const Image& theirs);

enum class MergeKind : std::uint8_t {
  nothing,       // theirs holds nothing that ours has not
  fast_forward,  // ours is the beginning of theirs, step by step, and the result is theirs
  merged
};

struct MergedImage {
  Image image;  // stored; ours while a conflict is open or nothing was to do
  MergeKind kind = MergeKind::nothing;
  std::vector<MergedPath> paths;         // by path
  std::vector<SettingVerdict> settings;  // by key
  // The layer that says what neither side's layers do, when there is one.
  std::optional<ImageLayer> resolution;
  // What packages and programs of both would miss: refuse unless asked to go on.
  std::vector<PackageProblem> problems;
  bool is_open() const noexcept;
};

// `base` is the common beginning with the settings of then, or whatever the user says they have in
// common. Layers of ours keep their blobs, and so do theirs above what both share, on top of them;
// where that does not show what the three-way merge asks for, one more layer does. Where layers of
// theirs cannot stand there at all, one layer holds what theirs adds, and its steps follow without
// layers. `message` is the history text of such a layer. Settings are merged key by key.
MergedImage merge_images(const Operation& operation, const Image& ours, const Image& theirs,
                         const Image& base, const std::string& message,
                         const MergeChoices& choices);

}  // namespace imgops
