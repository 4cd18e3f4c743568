// Names of one file: what a link entry changes for all of them. Private to the room.
#pragma once

#include "libimgops/tree/change_tree.hpp"

namespace imgops {

// The file of a group after a link entry of other metadata joined it: the entry's mode, owner and
// time, xattrs added to those it has (L13, L14, L20, L21). Null when nothing differs. Reports
// HL-META and HL-XATTR with the rows given.
const Inode* join_group(ChangeTree& tree, const Inode& shared, const LayerEntry& link,
                        const Report& report, const char* metadata_row);

}  // namespace imgops
