// Whoever must know which blobs a writer relies on while nothing leads to them yet: the collector
// of garbage asks it, through what the repository leaves on disk (docs/repository.md).
#pragma once

#include "libimgops/base/digest.hpp"

#include <functional>

namespace imgops {

// Thread-safe.
class BlobKeeper {
 public:
  virtual ~BlobKeeper() = default;
  // The first blob is about to be written. Throws Error(input_output).
  virtual void begin() = 0;
  // From here on no collector removes `digest` until the keeper is gone. Returns `is_there()`,
  // asked when that holds already: what was there then stays. Throws Error(input_output).
  virtual bool keep(const Digest& digest, const std::function<bool()>& is_there) = 0;
};

}  // namespace imgops
