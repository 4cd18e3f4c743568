// Of all that is listed what can have the lowest layers of one image, told without reading it.
#pragma once

#include "libimgops/repository/revision.hpp"
#include "libimgops/repository/stack_table.hpp"

#include <unordered_set>

namespace imgops {

// Without a cache everything passes. With one, listed documents it does not know are read, and put
// into it when they could be; those of other platforms are left alone.
class StackFilter {
 public:
  StackFilter(const Collection& collection, const Image& image);

  // False only when load_platform() of `root`, a descriptor of the collection's index, for the
  // platform of `image` fails or gives an image whose layers are not the lowest of `image`'s, all
  // of them or none.
  bool may_lead(const Descriptor& root) const;

 private:
  bool may_have_layers(const KnownChild& child) const;

  bool passes_all_;
  Platform platform_;
  std::unordered_set<Digest> chains_;  // of the lowest layer, of the lowest two, …, of all
  StackTable table_;
};

}  // namespace imgops
