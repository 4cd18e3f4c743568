// What fsck found, for people and for programs. Source: command-line §7.5.
#pragma once

#include "libimgops/repository/check.hpp"
#include "tools/imgops/context.hpp"
#include "tools/imgops/document.hpp"

#include <string>
#include <string_view>

namespace imgops::cli {

// A line a fault, worst first, then one that sums up and names `subject`.
std::string check_text(const Context& context, const CheckReport& report, std::string_view subject);
// `errors` makes the layout corrupt; `notes` are all other findings, mended ones included.
Json check_json(const CheckReport& report);

}  // namespace imgops::cli
