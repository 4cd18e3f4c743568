// Names of contents: digests, and the identities built from them.
#pragma once

#include "libimgops/base/bytes.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

enum class DigestAlgorithm : std::uint8_t { sha256, sha512 };

// "sha256:" and 64 lower-case hexadecimal digits, or "sha512:" and 128: nothing else exists, so a
// Digest can be made a path or a part of a URL without further checks.
// Source: OCI image-spec v1.1, descriptor.md "Digests"; semantics J13.
class Digest {
 public:
  // Throws Error(corrupt) with DIGEST-FORM; `subject` says in the message what held the text.
  static Digest parse(std::string_view text, std::string_view subject = "digest");
  static std::optional<Digest> try_parse(std::string_view text);
  // `value` has exactly 32 or 64 bytes, as the algorithm says.
  Digest(DigestAlgorithm algorithm, ByteView value);

  DigestAlgorithm algorithm() const noexcept { return algorithm_; }
  std::string_view algorithm_name() const noexcept;
  ByteView value() const noexcept { return {value_.data(), size()}; }
  std::string hexadecimal() const;
  std::string to_string() const;   // "sha256:ab…", in full
  std::string short_text() const;  // the first twelve hexadecimal digits

  friend auto operator<=>(const Digest&, const Digest&) = default;

 private:
  std::size_t size() const noexcept { return algorithm_ == DigestAlgorithm::sha256 ? 32 : 64; }

  DigestAlgorithm algorithm_;
  std::array<std::byte, 64> value_{};
};

// Which layer: the hash of the uncompressed archive. Two blobs with one DiffId are the same layer.
struct DiffId {
  Digest digest;
  friend auto operator<=>(const DiffId&, const DiffId&) = default;
};

// Which stack of layers. `layers` is bottom first and not empty.
// Source: OCI image-spec v1.1, config.md "Layer ChainID"; semantics J09.
Digest chain_id(std::span<const DiffId> layers);

}  // namespace imgops

template <>
struct std::hash<imgops::Digest> {
  std::size_t operator()(const imgops::Digest& digest) const noexcept;
};
