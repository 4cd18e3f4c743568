// The documents of a layout read from index.json down, and every blob they name noted with what
// they say about it. The first half of check_layout(). Private to the room.
#pragma once

#include "libimgops/image/image.hpp"
#include "libimgops/image/index.hpp"
#include "libimgops/repository/check.hpp"
#include "libimgops/store/layout_blobs.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace imgops {

// What documents say of one blob.
struct NamedBlob {
  Descriptor descriptor;           // as first met
  std::vector<ImageLayer> layers;  // as a layer, each DiffId and media type once
  std::vector<std::size_t> roots;  // which roots lead to it, ascending
  bool is_verified = false;        // read already, and right
  bool is_refused = false;         // a fault of it is known: not worth reading
};

struct DocumentCheck {
  std::vector<std::string> roots;  // as people call them
  std::map<Digest, NamedBlob> blobs;
  std::vector<Fault> faults;  // without references: those are in `blobs`
  std::uint64_t read_bytes = 0;
};

// Of all that `index` lists, or of one root.
DocumentCheck check_documents(const LayoutBlobs& blobs, const Index& index,
                              const CheckScope& scope);

}  // namespace imgops
