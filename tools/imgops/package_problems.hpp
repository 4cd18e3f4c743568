// What packages and programs of a merged image would miss, as it is shown.
// Source: command-line §8.3.
#pragma once

#include "libimgops/base/json.hpp"
#include "libimgops/ops/package_sense.hpp"
#include "tools/imgops/context.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace imgops::cli {

// The rows of "problems" in every document: kind, subject, needs, text.
Json problems_json(std::span<const PackageProblem> problems);

// A line each.
std::string problems_text(const Context& context, std::span<const PackageProblem> problems);

// Of a run with `count` problems: nothing was written.
[[noreturn]] void throw_problems(std::string_view subject, std::size_t count);

}  // namespace imgops::cli
