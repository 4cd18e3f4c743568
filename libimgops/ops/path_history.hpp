// Where paths come from: every layer that wrote, changed or hid one.
#pragma once

#include "libimgops/image/image.hpp"
#include "libimgops/ops/operation.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

enum class PathOperation : std::uint8_t { added, modified, metadata, deleted };
std::string_view name(PathOperation operation) noexcept;

struct PathEvent {
  std::size_t layer = 0;  // bottom is 0
  PathOperation operation = PathOperation::added;
  std::uint64_t bytes = 0;  // size after the event, 0 when deleted
};

// Oldest first; empty when no layer ever had the path. `path` is canonical.
std::vector<PathEvent> path_history(const Operation& operation, const Image& image,
                                    std::string_view path);

}  // namespace imgops
