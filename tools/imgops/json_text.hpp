// JSON as people see it in documents.
#pragma once

#include "libimgops/base/json.hpp"

#include <string>

namespace imgops::cli {

// On several lines, printable, without a line break at the end.
std::string indented_json(const Json& value);

}  // namespace imgops::cli
