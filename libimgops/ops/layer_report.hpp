// What each layer adds, changes, deletes and hides; what no longer shows and why.
// Source: command-line §§13.1, 13.2.
#pragma once

#include "libimgops/image/image.hpp"
#include "libimgops/ops/operation.hpp"
#include "libimgops/tree/tree.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace imgops {

// Counts are paths, bytes are bodies of regular files, each group of hard links once.
struct LayerReport {
  std::uint64_t stored_bytes = 0;    // of the blob
  std::uint64_t unpacked_bytes = 0;  // bodies the layer carries
  std::uint64_t added = 0;
  std::uint64_t modified = 0;
  std::uint64_t deleted = 0;       // paths that vanish
  std::uint64_t hidden_bytes = 0;  // of layers below that stop showing here
  bool repeats_bytes = false;      // some of that for the same bytes with other attributes
  friend bool operator==(const LayerReport&, const LayerReport&) = default;
};

enum class HiddenReason : std::uint8_t { deleted, rewritten, metadata_only };

// A body that no longer shows.
struct HiddenFile {
  std::string path;
  std::uint64_t bytes = 0;
  std::size_t written_in = 0;  // layer, bottom is 0
  std::size_t hidden_by = 0;
  HiddenReason reason = HiddenReason::deleted;
};

struct ImageReport {
  std::vector<LayerReport> layers;  // bottom first
  std::vector<HiddenFile> hidden;   // largest first, then by path
  std::uint64_t stored_bytes = 0;
  std::uint64_t unpacked_bytes = 0;
  std::uint64_t visible_bytes = 0;  // unpacked = visible + sum of hidden
  Tree tree;                        // of the whole image
};

ImageReport report_layers(const Operation& operation, const Image& image);

}  // namespace imgops
