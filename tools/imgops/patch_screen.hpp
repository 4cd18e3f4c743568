// What `patch` answers: a row an image, what hides the fix there, and what it costs.
// Source: command-line §13.6.
#pragma once

#include "libimgops/base/json.hpp"
#include "tools/imgops/patch_run.hpp"

#include <optional>
#include <string>

namespace imgops::cli {

std::string patch_text(const Context& context, const PatchRun& run,
                       const std::optional<PatchCosts>& costs);
Json patch_json(const PatchRun& run, const std::optional<PatchCosts>& costs);

// "patch layer 292581c9958d · 7 files · 146kB · nothing executed", a line a platform; or that
// nothing was to do.
std::string patch_sentence(const Context& context, const PatchRun& run);

}  // namespace imgops::cli
