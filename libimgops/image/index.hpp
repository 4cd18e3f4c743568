// A list of manifests: an image of several platforms, or a whole layout.
// Source: OCI image-spec v1.1, image-index.md; Docker manifest list v2.
#pragma once

#include "libimgops/image/descriptor.hpp"
#include "libimgops/image/media_type.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace imgops {

// Immutable and cheap to copy; edits return new ones. Unknown keys, their order and, while
// unedited, the very bytes survive (J16).
class Index {
 public:
  // Throws Error(corrupt): JSON-KEYS, DOC-AMBIGUOUS (J11), DOC-TYPE when `expected_media_type` is
  // given and differs from the embedded one (J12), SIZE, DIGEST-FORM.
  static Index parse(std::string text, std::string_view subject,
                     std::optional<std::string_view> expected_media_type = {});
  static Index empty();  // OCI, schemaVersion 2, no manifests

  const std::vector<Descriptor>& manifests() const noexcept { return content_->manifests; }
  MediaFamily family() const noexcept { return content_->family; }
  const std::string& text() const noexcept { return content_->text; }
  Descriptor descriptor() const;  // of text()
  std::optional<Digest> subject() const;
  // The same index with other manifests.
  Index with_manifests(std::vector<Descriptor> manifests) const;

 private:
  struct Content {
    std::string text;
    std::shared_ptr<const Json> json;  // whole; the manifests keep it too
    MediaFamily family = MediaFamily::oci;
    std::vector<Descriptor> manifests;
  };
  explicit Index(std::shared_ptr<const Content> content) : content_(std::move(content)) {}
  std::shared_ptr<const Content> content_;
};

}  // namespace imgops
