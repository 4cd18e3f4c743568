// What `config` tells: which settings changed, from what to what.
#pragma once

#include "tools/imgops/rewriting.hpp"

#include <string_view>
#include <vector>

namespace imgops::cli {

// "app:1  2 settings changed: Cmd, Env.PATH", a line a platform; or that nothing was to do. With -v
// every value.
void tell_settings(Context& context, std::string_view name,
                   const std::vector<PlatformOutcome>& outcomes);
// The keys of command-line §7.3 for config.
Json settings_json(const Descriptor& from, const WrittenResult& result,
                   const std::vector<PlatformOutcome>& outcomes);

}  // namespace imgops::cli
