// A new layer on top of an image, from directories, archives and files. Source: command-line §7.3.
#pragma once

#include "libimgops/image/image.hpp"
#include "libimgops/layer/layer_entry.hpp"
#include "libimgops/ops/operation.hpp"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace imgops {

struct AppendOptions {
  std::string message;               // history text (created_by)
  std::string created;               // RFC 3339 for the history entry, may be empty
  std::vector<std::string> removed;  // canonical paths to remove, with all below
};

struct AppendResult {
  Image image;
  bool changed = false;  // false: everything was there already
  ImageLayer layer;      // meaningless unless changed
};

// `sources` are laid over the image one after the other; a directory whose name is a link to a
// directory in the image goes where the link leads, so that merged /usr survives (P12). Then what
// differs becomes one layer. Throws Error(not_found) when a removed path is not there.
AppendResult append(const Operation& operation, const Image& image,
                    std::span<const std::shared_ptr<const LayerIndex>> sources,
                    const AppendOptions& options);

}  // namespace imgops
