// Layers without traces of when and in which order they were made. Source: command-line §7.3;
// semantics W10, W13.
#pragma once

#include "libimgops/base/timestamp.hpp"
#include "libimgops/image/image_edit.hpp"
#include "libimgops/ops/operation.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace imgops {

enum class MemberOrder : std::uint8_t {
  kept,   // as in the archive
  sorted  // directories by path, each followed by the whiteouts inside it; files by path; second
          // names of hard links by path, the first by path being the file
};

struct NormalizeOptions {
  std::int64_t epoch_seconds = 0;  // since 1970: no time is later
  MemberOrder order = MemberOrder::kept;
  std::size_t first_entry = 0;  // of the history: the base's entries before it stay
};

struct NormalizedLayer {
  std::size_t layer = 0;  // position, bottom is 0
  ImageLayer before;
  ImageLayer after;           // the same where nothing was to do
  std::uint64_t clamped = 0;  // members whose time was later
};

struct NormalizeResult {
  Image image;                          // stored; the given one when nothing was to do
  std::vector<NormalizedLayer> layers;  // those of the range, bottom first
};

// How many entries of the history tell of the lowest `base_layers` layers: all that `base` has,
// where it is known and the history begins with them, else up to the one of the last of those
// layers.
std::size_t first_own_entry(const Image& image, std::size_t base_layers, const Image* base);

// Times of members of the layers in `range`, of the history from `first_entry` on and of the image
// that are later than the epoch become the epoch. A layer without such a member, and in the order
// asked for, keeps its blob, so a second time nothing is to do. Members that stay are copied byte
// for byte, others get a new header. A layer that is no plain list of members (own_members()) is
// written as the difference of the trees below and above it, in sorted order, when it must be
// written at all. Layers keep their compression. Throws Error(corrupt) for bad layers.
NormalizeResult normalize(const Operation& operation, const Image& image, LayerRange range,
                          const NormalizeOptions& options);

}  // namespace imgops
