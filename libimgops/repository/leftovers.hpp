// What killed programs left in a layout beside half-way transactions: files without a name of their
// own yet, and caches nobody needs any more.
#pragma once

#include "libimgops/base/digest.hpp"
#include "libimgops/store/blob_listing.hpp"

#include <cstdint>
#include <filesystem>
#include <set>
#include <vector>

namespace imgops {

struct Leftover {
  std::filesystem::path path;
  std::uint64_t size_bytes = 0;
  bool is_among_blobs = false;  // there a writer without a lock of ours may be at work on it
};

// Files `.new-…` in the layout, in the directories of `.imgops`, in its cache and among `listing`'s
// others, by path. Who removes those not among the blobs has the lock. Throws Error(input_output).
std::vector<Leftover> find_leftovers(const std::filesystem::path& layout,
                                     const BlobListing& listing);

// Folders of `.imgops/cache` of layers that are not in `diff_ids`, last changed before
// `cutoff_nanoseconds`, with the bytes in them; by path.
std::vector<Leftover> find_unneeded_caches(const std::filesystem::path& layout,
                                           const std::set<Digest>& diff_ids,
                                           std::int64_t cutoff_nanoseconds);

// Whether there is a cache at all.
bool has_cache(const std::filesystem::path& layout);

}  // namespace imgops
