// What is made under a temporary name gets its own when it is complete. Private to `tree`.
#pragma once

#include "libimgops/tar/entry.hpp"
#include "libimgops/tree/rooted_directory.hpp"

#include <cstdint>
#include <string>

namespace imgops {

// What has a name already.
enum class Existing : std::uint8_t { nothing, directory, other };

// Of the last component `name` in `root`. Throws Error(input_output).
Existing existing_type(const RootedDirectory& root, const std::string& name);
// A name in `root` that nothing has.
std::string temporary_name(const RootedDirectory& root);
// `from`, of `type`, becomes `to`, in place of what `existing` says is there: a directory never
// replaces one that is not empty. Throws Error(conflict), Error(input_output).
void rename_complete(const RootedDirectory& root, const std::string& from, const std::string& to,
                     FileType type, Existing existing);

}  // namespace imgops
