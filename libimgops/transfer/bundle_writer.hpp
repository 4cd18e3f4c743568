// Bundles made: what is missing, told by what is there.
#pragma once

#include "libimgops/base/observer.hpp"
#include "libimgops/base/workers.hpp"
#include "libimgops/layer/layer_cache.hpp"
#include "libimgops/store/blob_store.hpp"
#include "libimgops/transfer/bundle_index.hpp"

#include <filesystem>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace imgops {

// A name, what the receiver has (nullopt: nothing) and what it shall have.
struct BundleRequest {
  std::string name;
  std::optional<Descriptor> old_root;
  Descriptor new_root;
};

enum class Deltas : std::uint8_t { where_smaller, none };

struct BundleWriting {
  const BlobSource& blobs;  // of old and new images
  LayerCache& layers;       // of those blobs
  Workers& workers;
  Observer& observer;
  std::filesystem::path spool_directory;  // parts wait here until all are known
  Deltas deltas = Deltas::where_smaller;
  std::stop_token stop = {};
};

// Writes a bundle of all `requests` into `sink`; the bytes depend on the images, the options and
// the versions of the encoders alone. A blob that any receiver may lack goes in once; its sources
// are layers that all receivers have which lack it. Each delta was applied, and gave the exact
// blob, before it was taken. Throws Error(not_found) without a blob, Error(corrupt) for damaged
// ones, Error(invalid_argument) for a name outside the grammar or given twice.
BundleIndex write_bundle(const BundleWriting& writing, std::span<const BundleRequest> requests,
                         Sink& sink);

}  // namespace imgops
