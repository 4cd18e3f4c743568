// Digests that may be missing, as journal and logs write them: text or null.
#pragma once

#include "libimgops/base/digest.hpp"
#include "libimgops/base/json.hpp"

#include <optional>
#include <string_view>

namespace imgops {

Json to_json(const std::optional<Digest>& digest);
// Throws Error(corrupt) with DIGEST-FORM when the value is no digest.
std::optional<Digest> find_digest(const Json& object, std::string_view key,
                                  std::string_view subject);

}  // namespace imgops
