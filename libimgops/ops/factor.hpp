// What several images hold alike becomes one layer that all of them stand on. Source: command-line
// §8.5; semantics C12.
#pragma once

#include "libimgops/ops/operation.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace imgops {

struct FactorOptions {
  std::uint64_t least_bytes = 0;  // of files, unpacked; less in common is not worth a layer
  bool one_layer = false;         // what is left of each image becomes one layer
  bool ignore_mtime = false;      // times alone make no difference; the first image's are kept
  std::string message;            // history text of the new layer
  std::string created;            // RFC 3339, may be empty
  bool verify = false;            // read every result back and compare both trees
};

struct FactorResult {
  std::size_t shared_layers = 0;  // that all images had in common already
  std::size_t files = 0;          // in the new layer, without directories
  std::uint64_t bytes = 0;        // of them, unpacked
  std::uint64_t stored_bytes = 0;
  std::optional<Image> base;  // nullopt: there is too little, and nothing was written
  std::vector<Image> images;  // on the base, in the order given; empty without a base
};

// Paths that all images hold alike (C01) go into one layer above the layers they share; hard links
// go together or not at all. The base has the settings all images share. Every image keeps its
// merged tree. Its own layers stay as they are where they hold nothing that moved and do the same
// above the base; others are written anew, or vanish when nothing is left of them. Images are
// stored. Throws Error(invalid_argument) for fewer than two images or different platforms,
// Error(corrupt), Error(conflict) for what cannot be written (W12) or, with `verify`, naming the
// first path that differs.
FactorResult factor(const Operation& operation, std::span<const Image> images,
                    const FactorOptions& options);

}  // namespace imgops
