// What dpkg keeps beside its status: lists of files, checksums, diversions, overrides, triggers,
// alternatives. Source: dpkg-divert(1), dpkg-statoverride(1), update-alternatives(1).
#pragma once

#include "libimgops/base/verdict.hpp"
#include "libimgops/packages/merged_text.hpp"

namespace imgops {

// info/*.md5sums: by path. (The lists of info, *.list and *.conffiles, are sets of lines.)
MergedText merge_checksums(const ThreeVersions& versions, MergePolicy policy);

// diversions: three lines each, by the path that is diverted.
MergedText merge_diversions(const ThreeVersions& versions, MergePolicy policy);

// statoverride: "user group mode path" a line, by path.
MergedText merge_stat_overrides(const ThreeVersions& versions, MergePolicy policy);

// alternatives/NAME: choices by path, slaves by name. Gives up when both sides changed a choice or
// the mode (auto, manual) two ways.
MergedText merge_alternatives(const ThreeVersions& versions, MergePolicy policy);

}  // namespace imgops
