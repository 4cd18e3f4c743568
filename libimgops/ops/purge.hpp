// A path taken out of every layer of an image, the base's included, with the proof that it is out.
// Source: command-line §§7.3, 8.6; docs/security.md T24; semantics L03, L04, W01–W13.
#pragma once

#include "libimgops/image/image.hpp"
#include "libimgops/layer/layer_entry.hpp"
#include "libimgops/ops/operation.hpp"
#include "libimgops/tree/tree.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

// What is to go: a path with all below it. `*`, `?` and `[…]` make it a pattern (base/glob.hpp),
// which means every path it matches, each with all below it.
class PurgedPaths {
 public:
  // Absolute or not. Throws Error(invalid_argument) for the root and for what leads out of it.
  explicit PurgedPaths(const std::vector<std::string>& words);
  bool contains(std::string_view path) const;
  // Where the paths lead in `tree` through links to directories is meant, too. Not of patterns.
  void add_real_paths(const Tree& tree);

 private:
  std::vector<std::string> paths_;  // canonical
};

// An entry that was found, and is gone from the result.
struct PurgeHit {
  std::size_t layer = 0;  // position, bottom is 0
  std::string path;       // as the layer has it
  EntryKind kind = EntryKind::file;
  std::uint64_t bytes = 0;  // of a file's body
};

struct PurgedLayer {
  std::size_t layer = 0;
  ImageLayer before;
  ImageLayer after;
};

// A body that went with a path. Points into an index that it keeps alive.
struct PurgedBody {
  std::string path;
  Content content;
  std::shared_ptr<const LayerIndex> index;  // that has the body
};

struct PurgeResult {
  Image image;                      // stored; the given one when no layer has any of the paths
  std::vector<PurgeHit> hits;       // by layer, then in the order of its archive
  std::vector<PurgedLayer> layers;  // those that had a hit
  std::vector<PurgedBody> bodies;   // not empty ones, each once
};

// Layers without a hit keep their blob. Of the others all members that stay are copied byte for
// byte where the layer is a plain list of members (own_members()); otherwise, and where leaving a
// member out would uncover something below, the layer is written as the difference of what it is to
// stand on and what is to show. Other names of a purged hard link stay whole, whiteouts of purged
// paths go, layers keep their compression, and one that is left without members stays, empty, so
// that layers and history stay as they were counted. The result is read back and checked: no layer
// has any of the paths, and the tree is the old one without them; Error(conflict) otherwise.
// Throws Error(corrupt) for bad layers.
// `paths` mean what they lead to in the whole image, too.
PurgeResult purge(const Operation& operation, const Image& image, const PurgedPaths& paths);

// A file that has the bytes of a purged one under another name.
struct StillHeld {
  std::size_t layer = 0;
  std::string path;         // where the bytes are
  std::string purged_path;  // whose bytes they are
};

// Every file in the layers of `image`, shown or hidden, whose bytes are those of one of `bodies`;
// compared by size, fingerprint and then bytes. By layer, then in the order of its archive.
std::vector<StillHeld> find_bodies(const Operation& operation, const Image& image,
                                   const std::vector<PurgedBody>& bodies);

}  // namespace imgops
