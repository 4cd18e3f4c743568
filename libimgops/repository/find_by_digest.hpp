// Images by the beginning of a digest: of the manifest, the configuration, a layer or its DiffId.
#pragma once

#include "libimgops/repository/revision.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace imgops {

struct DigestMatch {
  Descriptor root;                         // the manifest or index, as listed
  std::optional<std::size_t> layer_count;  // for a layer: cut after so many
};

// Whether `name` has the form "@HEX", "@sha256:HEX" or "sha256:HEX" with four digits or more.
bool is_digest_name(std::string_view name) noexcept;

// Whether a JSON document may hold a digest with these digits, or this word of ASCII letters:
// sooner told than by its values.
bool may_mention(std::string_view document, std::string_view digits) noexcept;

// Looks at everything the index lists, nested manifests too; images that cannot be read are known
// by their manifest's digest only. Throws Error(not_found), Error(ambiguous) with the candidates as
// hint.
DigestMatch find_by_digest(const Collection& collection, std::string_view name);

}  // namespace imgops
