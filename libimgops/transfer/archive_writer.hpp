// One archive for everybody: an OCI layout and a docker-archive in one tar, each blob once.
// Source: real-parts §9; semantics A02–A15.
#pragma once

#include "libimgops/base/stream.hpp"
#include "libimgops/image/image.hpp"
#include "libimgops/store/blob_store.hpp"

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace imgops {

struct ExportedName {
  std::string name;  // as in the layout; may be empty
  Descriptor root;   // manifest or index
};

// Writes oci-layout, index.json and manifest.json, then the blobs by digest, then the end of the
// archive; fixed times and owners, so the bytes depend on the images alone. manifest.json lists
// every platform manifest of every name once, RepoTags by docker_reference(): where a name has
// several platforms, the first alone carries the tag; an image whose foreign layers are not here is
// left out of it. index.json carries ref.name and io.containerd.image.name. Blobs are verified
// while being copied. Returns bytes written. Throws Error(not_found) without a blob,
// Error(corrupt). With blobs `present` the sink has blob_directories() and them already, whole:
// they are left out, and so are the directories.
std::uint64_t write_image_archive(const BlobSource& blobs, std::span<const ExportedName> images,
                                  Sink& sink, const std::set<Digest>& present = {});

// Whether the images need each of `digests`.
bool are_all_needed(const BlobSource& blobs, std::span<const ExportedName> images,
                    const std::set<Digest>& digests);

// The members that stand before the blobs, all of SHA-256, and before the bytes of one.
std::string blob_directories();
std::string blob_header(const Digest& digest, std::uint64_t size_bytes);

}  // namespace imgops
