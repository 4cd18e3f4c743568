// What two images are set to run, key by key.
#pragma once

#include "libimgops/base/json.hpp"
#include "libimgops/image/image.hpp"

#include <optional>
#include <string>
#include <vector>

namespace imgops::cli {

// "Env.PATH", "Labels.version", "Entrypoint", "Platform"; never equal on both sides.
struct ConfigChange {
  std::string key;
  std::optional<Json> before;
  std::optional<Json> after;
};

// By key. Null and empty values count as absent.
std::vector<ConfigChange> compare_settings(const Image& before, const Image& after);

}  // namespace imgops::cli
