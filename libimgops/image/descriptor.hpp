// A reference to a blob: type, digest, size. Source: OCI image-spec v1.1, descriptor.md.
#pragma once

#include "libimgops/base/digest.hpp"
#include "libimgops/base/json.hpp"
#include "libimgops/image/platform.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace imgops {

// Immutable by convention, and cheap to copy: the JSON it was read from, unknown keys and their
// order included (semantics J16), is shared.
class Descriptor {
 public:
  // Throws Error(corrupt) with DIGEST-FORM or SIZE (J04, J05, J13).
  static Descriptor parse(const Json& json, std::string_view subject);
  // As above, of a part of a document that it keeps instead of a copy.
  static Descriptor parse(std::shared_ptr<const Json> shared, std::string_view subject);
  Descriptor(std::string_view media_type, Digest digest, std::uint64_t size_bytes);

  const std::string& media_type() const noexcept { return media_type_; }
  const Digest& digest() const noexcept { return digest_; }
  std::uint64_t size_bytes() const noexcept { return size_bytes_; }
  std::optional<std::string> annotation(std::string_view key) const;
  std::optional<Platform> platform() const;
  std::optional<std::string> artifact_type() const;
  const Json& json() const noexcept { return *json_; }

  // A copy with one thing changed; an annotation of nullopt is removed.
  Descriptor with_annotation(std::string_view key, std::optional<std::string> value) const;
  Descriptor with_platform(const Platform& platform) const;

  // The same blob: digest only.
  friend bool operator==(const Descriptor& left, const Descriptor& right) {
    return left.digest_ == right.digest_;
  }

 private:
  std::string media_type_;
  Digest digest_;
  std::uint64_t size_bytes_;
  std::shared_ptr<const Json> json_;
};

inline constexpr std::string_view annotation_ref_name = "org.opencontainers.image.ref.name";
inline constexpr std::string_view annotation_base_name = "org.opencontainers.image.base.name";
inline constexpr std::string_view annotation_base_digest = "org.opencontainers.image.base.digest";
inline constexpr std::string_view annotation_containerd_name = "io.containerd.image.name";

}  // namespace imgops
