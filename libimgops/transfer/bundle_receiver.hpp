// A bundle brought to whoever has its prerequisites. Everything is proven before it counts: the
// prerequisites while they are read, the results by their digests.
#pragma once

#include "libimgops/base/observer.hpp"
#include "libimgops/base/workers.hpp"
#include "libimgops/image/platform.hpp"
#include "libimgops/layer/layer_cache.hpp"
#include "libimgops/store/blob_store.hpp"
#include "libimgops/transfer/archive_writer.hpp"
#include "libimgops/transfer/bundle.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace imgops {

// Those of these names, in the order of the bundle; all without names. Throws Error(not_found).
std::vector<BundleImage> choose_images(const Bundle& bundle, std::span<const std::string> names);

struct BundleReceiving {
  BlobStore& blobs;    // what is made goes in; prerequisites come out
  LayerCache& layers;  // of what `blobs` has
  Workers& workers;
  Observer& observer;
  std::stop_token stop;
};

// All blobs of `images` are in `blobs` then, exactly as they were. Nothing becomes visible before
// all of them are proven. Returns the bytes of new blobs. Throws Error(not_found) naming the
// prerequisites that are missing, Error(corrupt) for those that are damaged and for a bundle that
// gives other blobs than it promises, Error(unsupported) when only this program's encoder differs.
std::uint64_t unpack_bundle(const Bundle& bundle, std::span<const BundleImage> images,
                            const BundleReceiving& receiving);

// Layers of a place that may have them in another compression, as daemons and archives do.
using KnownLayers = std::map<DiffId, ImageLayer>;
KnownLayers known_layers(const BlobSource& blobs, std::span<const Descriptor> roots,
                         std::string_view subject);

// The layers a receiver must have for `images`, of `platform` where an image has several: those it
// keeps and the sources of the new ones.
std::vector<DiffId> required_layers(const Bundle& bundle, std::span<const BundleImage> images,
                                    const std::optional<Platform>& platform);

// The same images for such a place: configurations, and so image ids and DiffIds, are exact, the
// layers are stored as `known` has them, new ones uncompressed; manifests are made for that. New
// blobs go into receiving.blobs, through which those of `known` are read. Errors as above.
std::vector<ExportedName> rebuild_images(const Bundle& bundle, std::span<const BundleImage> images,
                                         const KnownLayers& known,
                                         const std::optional<Platform>& platform,
                                         const BundleReceiving& receiving);

}  // namespace imgops
