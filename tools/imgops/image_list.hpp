// The images of a place, one a name and platform, for `images` and `du`.
#pragma once

#include "libimgops/image/image.hpp"
#include "libimgops/ops/disk_use.hpp"
#include "tools/imgops/context.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgops::cli {

struct ListedImage {
  std::string name;  // "@f1247a25cd01" for one that has none
  bool is_named = true;
  Descriptor root;  // what the name points to
  Image image;
};

// In the order of the index. Artifacts, as signatures are, are no images: told with -v, left out.
std::vector<ListedImage> list_images(Context& context, Place& place);
// Whether the glob `pattern` matches a name, or what stands before its colon; empty matches all.
bool is_wanted(std::string_view pattern, std::string_view name);

// By name, of all its bytes those that no other name uses.
std::map<std::string, std::uint64_t> unique_bytes(const DiskUse& use);
// An element of "images" (command-line §7.1). `size` is of the image alone.
Json image_row_json(const ListedImage& listed, const ImageUse& size, std::uint64_t unique);

}  // namespace imgops::cli
