// Links followed inside a tree, scoped to its root: the one resolver for check and use.
#pragma once

#include "libimgops/tree/tree.hpp"

#include <string>
#include <string_view>

namespace imgops {

enum class LastComponent : std::uint8_t { follow, keep };

// The node a spelling leads to; null when there is none (missing, dangling, more than 40 links, a
// file used as a directory). ".." never leaves the root.
const Node* resolve(const Tree& tree, std::string_view spelling, LastComponent last);

// Whether following `spelling` takes more links than are followed.
bool leads_in_circles(const Tree& tree, std::string_view spelling);

// The path a new file of this name gets: the deepest directory above it that exists, found through
// links, and the rest of the name as it is.
std::string real_path(const Tree& tree, std::string_view path);

}  // namespace imgops
