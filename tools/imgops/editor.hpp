// The user's editor: a text goes out, a text comes back.
#pragma once

#include "tools/imgops/context.hpp"

#include <string>
#include <string_view>

namespace imgops::cli {

// `text` as the user leaves it, in a file called `name`. The editor is a shell command, as $VISUAL
// and $EDITOR are meant. Throws Error(cancelled) when it fails or cannot be run.
std::string edit_text(Context& context, std::string_view name, const std::string& text);

}  // namespace imgops::cli
