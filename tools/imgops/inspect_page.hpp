// What an image says about itself, as a page and with skopeo's keys.
#pragma once

#include "libimgops/base/json.hpp"
#include "tools/imgops/selection.hpp"

#include <string>

namespace imgops::cli {

std::string inspect_text(const Context& context, const SelectedImage& selected);
// Name Digest RepoTags Created DockerVersion Labels Architecture Os Layers LayersData Env.
Json inspect_json(const SelectedImage& selected);
// One row a layer, bottom first.
std::string layers_text(const Context& context, const Image& image);
Json layers_json(const Image& image);

}  // namespace imgops::cli
