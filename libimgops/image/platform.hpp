// Operating system and processor an image is for. Source: OCI image-spec v1.1, image-index.md.
#pragma once

#include "libimgops/base/json.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace imgops {

struct Platform {
  std::string os;
  std::string architecture;
  std::string variant;  // may be empty
  // "unknown/unknown" marks attestations: no platform of an image.
  bool is_unknown() const { return os == "unknown" && architecture == "unknown"; }
  std::string to_string() const;  // "linux/arm64/v8"
  // "linux/amd64" or "linux/arm64/v8"; throws Error(invalid_argument).
  static Platform parse(std::string_view text);
  static Platform from_json(const Json& json);
  Json to_json() const;
  friend bool operator==(const Platform&, const Platform&) = default;
};

// Whether `wanted` names `offered`: a variant that is not given matches every variant, and arm64
// without a variant is arm64/v8.
bool matches(const Platform& wanted, const Platform& offered);
// What this program was built for.
Platform host_platform();

}  // namespace imgops
