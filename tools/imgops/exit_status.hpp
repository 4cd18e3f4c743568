// Kinds of failure as the statuses the program ends with. Source: command-line §10.
#pragma once

#include "libimgops/base/error.hpp"

#include <string_view>

namespace imgops::cli {

inline constexpr int status_done = 0;
inline constexpr int status_no = 1;  // differs, none found, rule failed
inline constexpr int status_internal = 125;

int exit_status(ErrorKind kind) noexcept;
// "conflict", for {"error":{"kind":…}}.
std::string_view kind_name(ErrorKind kind) noexcept;

}  // namespace imgops::cli
