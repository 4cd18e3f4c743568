// Images to and from blobs; indexes resolved to images.
#pragma once

#include "libimgops/image/image.hpp"
#include "libimgops/image/index.hpp"
#include "libimgops/store/blob_store.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace imgops {

// Manifest and configuration, each verified. Throws Error(not_found), Error(corrupt).
Image load_image(const BlobSource& blobs, const Descriptor& manifest, std::string_view subject);
Index load_index(const BlobSource& blobs, const Descriptor& index, std::string_view subject);

// Writes manifest and configuration; layers are there already.
void store_image(BlobStore& blobs, const Image& image);
void store_index(BlobStore& blobs, const Index& index);

bool is_index(const Descriptor& descriptor);

// One image inside what a name points to.
struct PlatformImage {
  std::vector<std::size_t> position;  // in the nested indexes; empty for a single manifest
  Descriptor descriptor;              // as listed, annotations and platform included
  Image image;
};

// Manifests and configurations of all images below one root, each counted once.
inline constexpr std::uint64_t documents_limit_bytes = 64ULL << 20;

// Every image below `root` (a manifest or a possibly nested index), in order; attestations and
// other artifacts are left out. At most 10 000 entries, depth 8 and so many bytes, else
// Error(corrupt).
std::vector<PlatformImage> load_platforms(const BlobSource& blobs, const Descriptor& root,
                                          std::string_view subject);
// The one for `wanted`, or with nullopt the host's, or the only one. Throws Error(not_found) with
// the platforms there are.
PlatformImage load_platform(const BlobSource& blobs, const Descriptor& root,
                            const std::optional<Platform>& wanted, std::string_view subject);

// Manifests listed below `root` that are no platform: attestations, signatures, artifacts.
std::vector<Descriptor> attachments(const BlobSource& blobs, const Descriptor& root,
                                    std::string_view subject);

// `root` again with the images at the given positions replaced; images and indexes are stored,
// everything else keeps its place. For a single manifest the new image itself.
struct Replacement {
  std::vector<std::size_t> position;
  Image image;
};
Descriptor store_replacements(BlobStore& blobs, const Descriptor& root,
                              std::span<const Replacement> replacements, std::string_view subject);

}  // namespace imgops
