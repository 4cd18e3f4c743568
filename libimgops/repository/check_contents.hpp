// Every byte of the blobs read once: the second half of check_layout(). Private to the room.
#pragma once

#include "libimgops/repository/check_documents.hpp"
#include "libimgops/store/blob_listing.hpp"

#include <span>
#include <stop_token>
#include <vector>

namespace imgops {

struct ContentCheck {
  std::vector<Fault> faults;  // without references
  std::uint64_t read_bytes = 0;
};

// Reads of `stored` what `documents` did not read: a layer is inflated, hashed on both sides and
// parsed in one pass, anything else only hashed. Largest first, on all workers.
ContentCheck check_contents(const LayoutBlobs& blobs, std::span<const StoredBlob> stored,
                            const DocumentCheck& documents, Workers& workers, Observer& observer,
                            const std::stop_token& stop);

// The digest of the bytes that bear the name of `digest`. Throws Error(not_found),
// Error(cancelled).
Digest digest_of_stored(const LayoutBlobs& blobs, const Digest& digest, Observer& observer,
                        const std::stop_token& stop = {});

}  // namespace imgops
