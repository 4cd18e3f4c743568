// Media types of the two families, and what they say. Source: OCI image-spec v1.1,
// media-types.md; Docker image manifest v2 schema 2.
#pragma once

#include "libimgops/base/compression.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace imgops {

enum class MediaFamily : std::uint8_t { oci, docker };
enum class MediaKind : std::uint8_t { index, manifest, configuration, layer };

struct MediaType {
  MediaFamily family{};
  MediaKind kind{};
  Compression compression = Compression::none;  // of layers
  bool foreign = false;                         // nondistributable or Docker foreign layers (J01)
};

// Nullopt for types we do not know (J02: such a layer is kept, never applied).
std::optional<MediaType> parse_media_type(std::string_view text) noexcept;
// The type to write. Docker has none for zstd layers: there the OCI name is used by everybody, and
// so by us; Docker's uncompressed layer type is "application/vnd.docker.image.rootfs.diff.tar".
std::string_view media_type_text(const MediaType& type) noexcept;

}  // namespace imgops
