// Images from one place to another, their bytes as they are.
#pragma once

#include "libimgops/image/index.hpp"
#include "libimgops/store/closure.hpp"
#include "tools/imgops/context.hpp"

#include <optional>
#include <string>
#include <vector>

namespace imgops::cli {

struct CopyResult {
  std::vector<NamedDescriptor> names;  // as they are called where they went
  CopyCount count;                     // of blobs
};

// `word` names an image, or with `all_names` a layout or archive. `target` is a name of the
// selected layout or a place with or without a name, which then is the image's own. Layouts are
// made when they are not there; their names move in one transaction. A dry run writes nothing.
// Throws Error(invalid_argument) for images without a name, or for one name for several images.
CopyResult copy_images(Context& context, const std::string& word, const std::string& target,
                       bool all_names, bool is_dry_run);

}  // namespace imgops::cli
