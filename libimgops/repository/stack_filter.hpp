// Of all that is listed what can have the lowest layers of one image, told without reading it.
#pragma once

#include "libimgops/repository/collection_memory.hpp"
#include "libimgops/repository/revision.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace imgops {

// Without a cache everything passes. With one, listed documents it does not know are read, and put
// into it when they could be; those of other platforms are left alone. With a memory that is done
// once for all images of a platform.
class StackFilter {
 public:
  enum class Wanted : std::uint8_t { fewer_layers, any };
  StackFilter(const Collection& collection, const Image& image, Wanted wanted = Wanted::any);

  // Positions in the collection's index, ascending. One is left out only when load_platform() of
  // it, for the platform of `image`, fails or gives an image whose layers are not the lowest of
  // `image`'s, all of them (`any`) or none; or when an earlier one has its name.
  const std::vector<std::size_t>& positions() const noexcept { return positions_; }

 private:
  std::vector<std::size_t> positions_;
};

}  // namespace imgops
