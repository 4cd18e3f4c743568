// Users and groups of an image. Source: passwd(5), group(5), shadow(5), gshadow(5), subuid(5);
// command-line §8.3.
#pragma once

#include "libimgops/base/verdict.hpp"
#include "libimgops/packages/merged_text.hpp"

#include <cstdint>

namespace imgops {

enum class AccountFile : std::uint8_t {
  passwd,
  group,
  shadow,
  gshadow,
  subordinate_ids  // subuid, subgid
};

// By name; the members of groups as sets, the day of a password's last change as theirs has it.
// Gives up when one name was changed two ways, when names that never shared an id would have one,
// or when ranges of subordinate ids would overlap. `policy` may settle these and only these: such a
// record becomes as the preferred side has it, or is left out where that side has none of its name.
MergedText merge_accounts(AccountFile file, const ThreeVersions& versions, MergePolicy policy);

}  // namespace imgops
