// An image configuration, read: what of it concerns layers. Private to the room.
// Source: OCI image-spec v1.1, config.md; semantics J03, J06, J07.
#pragma once

#include "libimgops/base/digest.hpp"
#include "libimgops/base/json.hpp"
#include "libimgops/image/history.hpp"
#include "libimgops/image/platform.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace imgops {

struct Configuration {
  Json json = Json::object();
  Platform platform;                  // parts that are not written are empty
  std::string created;                // as written, or empty
  std::vector<DiffId> diff_ids;       // bottom first; none when the document has none
  std::vector<HistoryEntry> history;  // oldest first; may be shorter or longer than the layers
};

// Throws Error(corrupt): JSON-KEYS, ROOTFS-TYPE, DIGEST-FORM, or a field of another type.
Configuration parse_configuration(std::string_view text, std::string_view subject);

}  // namespace imgops
