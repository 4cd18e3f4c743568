// One file that both sides changed, put together: attributes each by itself, contents by a driver.
// Private to the room.
#pragma once

#include "libimgops/diff/merge_driver.hpp"
#include "libimgops/diff/merge_rows.hpp"
#include "libimgops/layer/layer_entry.hpp"

#include <optional>

namespace imgops {

// Of a row with regular files in ours and theirs: mode, owner and xattrs of whoever changed them,
// the later of the two times. Nullopt when both changed one differently.
std::optional<InodeFields> merge_attributes(const MergeRow& row);

// What `driver` makes of such a row; it gives up on files larger than 64 MiB.
DriverOutcome merge_texts(const MergeDriver& driver, const MergeRow& row, ContentReader& contents);

// Attributes for a content the user gave: those of a regular file of the row, of ours first, or
// 0644 of root.
InodeFields attributes_for_given(const MergeRow& row);

}  // namespace imgops
