// Manifests and indexes as lists of what they name, for the walks of this room.
#pragma once

#include "libimgops/store/blob_store.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace imgops {

// What a manifest names: of an image or of an artifact.
struct ManifestParts {
  std::string text;  // as stored
  Descriptor configuration;
  std::vector<Descriptor> layers;  // bottom first
  bool is_image = true;            // its configuration is an image's and no artifactType is given
};
// Throws Error(not_found), Error(corrupt), Error(unsupported) when the descriptor is of another
// type.
ManifestParts read_manifest(const BlobSource& blobs, const Descriptor& manifest,
                            std::string_view subject);

// A document below a root, the root included.
struct ListedManifest {
  std::vector<std::size_t> position;  // numbers of children from the root; empty for the root
  Descriptor descriptor;              // as listed
};
// All of them in order; an index stands behind what it lists. Only indexes are read. More than
// 10 000 children in all or more than 8 indexes in each other are Error(corrupt) (security §4).
std::vector<ListedManifest> list_manifests(const BlobSource& blobs, const Descriptor& root,
                                           std::string_view subject);

// Whether the listing itself says that this is no image: an attestation, a signature, a type that
// is no manifest.
bool is_listed_as_attachment(const Descriptor& descriptor);

}  // namespace imgops
