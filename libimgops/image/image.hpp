// An image as a value: manifest, configuration and layers in one immutable object.
// Source: OCI image-spec v1.1, manifest.md and config.md; Docker image manifest v2 schema 2.
#pragma once

#include "libimgops/base/diagnostic.hpp"
#include "libimgops/image/descriptor.hpp"
#include "libimgops/image/history.hpp"
#include "libimgops/image/media_type.hpp"
#include "libimgops/image/platform.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

struct ImageLayer {
  Descriptor descriptor;
  DiffId diff_id;
};

// Cheap to copy (documents are shared). Never half-edited: see image_edit.hpp.
class Image {
 public:
  // Documents as stored. Throws Error(corrupt): JSON-KEYS, DOC-AMBIGUOUS, DOC-TYPE, SIZE,
  // DIGEST-FORM, ROOTFS-TYPE (J07), DIFF-ID when the counts of layers and diff_ids differ (J03), or
  // `configuration_text` is not what the manifest names;
  // Error(unsupported) when the configuration is no image configuration (an artifact).
  // `subject` names the image in messages.
  static Image parse(std::string manifest_text, std::string configuration_text,
                     std::string_view subject,
                     std::optional<std::string_view> expected_media_type = {});

  const Descriptor& descriptor() const noexcept;  // of the manifest; its digest names the image
  const Descriptor& configuration_descriptor() const noexcept;
  const std::string& manifest_text() const noexcept;
  const std::string& configuration_text() const noexcept;
  const Json& manifest_json() const noexcept;
  const Json& configuration_json() const noexcept;
  MediaFamily family() const noexcept;                     // of the manifest
  std::span<const ImageLayer> layers() const noexcept;     // bottom first
  std::span<const HistoryEntry> history() const noexcept;  // oldest first
  std::vector<DiffId> diff_ids() const;
  Platform platform() const;
  std::string created() const;  // RFC 3339 as written, or empty
  // Of the manifest.
  std::optional<std::string> annotation(std::string_view key) const;
  // Findings about the documents: HISTORY, MIXED-TYPES, FOREIGN-LAYER, CHUNK-TOC …
  std::span<const Diagnostic> diagnostics() const noexcept;

 private:
  struct Documents;
  explicit Image(std::shared_ptr<const Documents> documents);
  std::shared_ptr<const Documents> documents_;
};

struct NamedImage {
  std::string name;
  Image image;
};

// How many layers two images share from the bottom, by DiffId.
std::size_t shared_layer_count(const Image& left, const Image& right);
// Whether the layers of `base` are the bottom of `image` and not all of it.
bool is_proper_base(const Image& base, const Image& image);

}  // namespace imgops
