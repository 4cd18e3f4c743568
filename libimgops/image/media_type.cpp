#include "libimgops/image/media_type.hpp"

#include <algorithm>
#include <array>

namespace imgops {
namespace {

struct NamedType {
  std::string_view text;
  MediaType type;
};

constexpr auto oci = MediaFamily::oci;
constexpr auto docker = MediaFamily::docker;
constexpr auto layer = MediaKind::layer;

// Of several names with one meaning the first is the one to write.
constexpr std::array<NamedType, 18> types{{
    {"application/vnd.oci.image.index.v1+json", {oci, MediaKind::index}},
    {"application/vnd.oci.image.manifest.v1+json", {oci, MediaKind::manifest}},
    {"application/vnd.oci.image.config.v1+json", {oci, MediaKind::configuration}},
    {"application/vnd.oci.image.layer.v1.tar", {oci, layer, Compression::none}},
    {"application/vnd.oci.image.layer.v1.tar+gzip", {oci, layer, Compression::gzip}},
    {"application/vnd.oci.image.layer.v1.tar+zstd", {oci, layer, Compression::zstd}},
    {"application/vnd.oci.image.layer.nondistributable.v1.tar",
     {oci, layer, Compression::none, true}},
    {"application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
     {oci, layer, Compression::gzip, true}},
    {"application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
     {oci, layer, Compression::zstd, true}},
    {"application/vnd.docker.distribution.manifest.list.v2+json", {docker, MediaKind::index}},
    {"application/vnd.docker.distribution.manifest.v2+json", {docker, MediaKind::manifest}},
    {"application/vnd.docker.container.image.v1+json", {docker, MediaKind::configuration}},
    {"application/vnd.docker.image.rootfs.diff.tar", {docker, layer, Compression::none}},
    {"application/vnd.docker.image.rootfs.diff.tar.gzip", {docker, layer, Compression::gzip}},
    // containerd knows this name; no tool we met writes it, and so neither do we.
    {"application/vnd.docker.image.rootfs.diff.tar.zstd", {docker, layer, Compression::zstd}},
    {"application/vnd.docker.image.rootfs.foreign.diff.tar",
     {docker, layer, Compression::none, true}},
    {"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
     {docker, layer, Compression::gzip, true}},
    {"application/vnd.docker.image.rootfs.foreign.diff.tar.zstd",
     {docker, layer, Compression::zstd, true}},
}};

}  // namespace

std::optional<MediaType> parse_media_type(std::string_view text) noexcept {
  const auto* const found = std::ranges::find(types, text, &NamedType::text);
  if (found == types.end()) return std::nullopt;
  return found->type;
}

std::string_view media_type_text(const MediaType& type) noexcept {
  const bool is_layer = type.kind == MediaKind::layer;
  const bool is_zstd = is_layer && type.compression == Compression::zstd;
  const MediaFamily family = is_zstd ? MediaFamily::oci : type.family;
  const auto* const found = std::ranges::find_if(types, [&](const NamedType& named) {
    if (named.type.family != family || named.type.kind != type.kind) return false;
    return !is_layer ||
           (named.type.compression == type.compression && named.type.foreign == type.foreign);
  });
  return found == types.end() ? std::string_view{} : found->text;
}

}  // namespace imgops
