// One blob of a bundle, or its archive, made of what a receiver has. Private to the room.
#pragma once

#include "libimgops/transfer/bundle_receiver.hpp"

namespace imgops {

// The blob exactly as it was, into `sink`; prerequisites are looked up by their digests. Throws
// Error(corrupt) when it is another, Error(unsupported) when that is our encoder's doing.
void write_blob(const Bundle& bundle, const BundleBlob& blob, const BundleReceiving& receiving,
                Sink& sink);

// The uncompressed archive of a layer whose prerequisites are looked up in `known`. Throws
// Error(corrupt) unless it has the DiffId, Error(not_found) for a delta of stored bytes.
void write_archive(const Bundle& bundle, const BundleBlob& blob, const KnownLayers& known,
                   const BundleReceiving& receiving, Sink& sink);

}  // namespace imgops
