#include "libimgops/tree/link_group.hpp"

#include <algorithm>
#include <utility>

namespace imgops {

const Inode* join_group(ChangeTree& tree, const Inode& shared, const LayerEntry& link,
                        const Report& report, const char* metadata_row) {
  const Inode& own = link.inode;
  // The mode of a symlink means nothing, so a link to one cannot change it.
  const bool mode_differs = shared.type() != FileType::symlink && own.mode() != shared.mode();
  const bool metadata_differs = mode_differs || own.uid() != shared.uid() ||
                                own.gid() != shared.gid() || own.mtime() != shared.mtime();
  const ExtendedAttributes no_xattrs;
  const ExtendedAttributes& had = shared.xattrs() == nullptr ? no_xattrs : *shared.xattrs();
  const ExtendedAttributes& brought = own.xattrs() == nullptr ? no_xattrs : *own.xattrs();
  if (!metadata_differs && had == brought) return nullptr;
  if (metadata_differs) {
    report(DiagnosticCode::hl_meta, DiagnosticLevel::warning, metadata_row, link.path);
  }
  if (had != brought) {
    const bool adds = std::any_of(brought.begin(), brought.end(), [&](const auto& xattr) {
      return std::find(had.begin(), had.end(), xattr) == had.end();
    });
    report(DiagnosticCode::hl_xattr, DiagnosticLevel::warning, adds ? "L21" : "L14", link.path);
  }
  InodeFields joined = fields_of(shared);
  if (mode_differs) joined.mode = own.mode();
  joined.uid = own.uid();
  joined.gid = own.gid();
  joined.mtime = own.mtime();
  ExtendedAttributes xattrs = brought;
  for (const ExtendedAttribute& xattr : had) {
    const bool overridden = std::any_of(brought.begin(), brought.end(), [&](const auto& other) {
      return other.name == xattr.name;
    });
    if (!overridden) xattrs.push_back(xattr);
  }
  std::sort(xattrs.begin(), xattrs.end());
  if (!xattrs.empty()) joined.xattrs = &tree.made_xattrs.emplace_back(std::move(xattrs));
  return &tree.made_inodes.emplace_back(joined, tree.made_shapes);
}

}  // namespace imgops
