#include "libimgops/diff/inode_differences.hpp"

namespace imgops {
namespace {

bool same_xattrs(const Inode& left, const Inode& right) {
  if (left.xattrs() == right.xattrs()) return true;
  if (left.xattrs() == nullptr || right.xattrs() == nullptr) return false;
  return *left.xattrs() == *right.xattrs();
}

// Files of this machine are not read before they are needed, so they have no fingerprint yet; that
// of a sparse file is of its data without the holes.
bool has_comparable_fingerprint(const Content& content) {
  const bool host = content.origin != nullptr && content.origin->origin == Origin::host_files;
  return !host && content.sparse == nullptr;
}

// Two different bodies for certain.
bool is_surely_different(const Content& left, const Content& right) {
  if (left.size_bytes != right.size_bytes) return true;
  return has_comparable_fingerprint(left) && has_comparable_fingerprint(right) &&
         left.fingerprint != right.fingerprint;
}

}  // namespace

bool is_same_member(const Content& left, const Content& right) {
  if (left.size_bytes != right.size_bytes) return false;
  if (left.size_bytes == 0) return true;
  if (left.origin == nullptr || right.origin == nullptr) return false;
  if (left.offset_bytes != right.offset_bytes) return false;
  return left.origin == right.origin ||
         (left.origin->origin == Origin::archive && right.origin->origin == Origin::archive &&
          left.origin->diff_id == right.origin->diff_id);
}

Differences differences_of(const Inode& before, const Inode& after, MtimeCounts mtime) {
  Differences result;
  result.type = before.type() != after.type();
  result.mode = before.mode() != after.mode();
  result.owner = before.uid() != after.uid() || before.gid() != after.gid();
  // An invented time equals any (P02).
  result.mtime = mtime == MtimeCounts::yes && !before.implied() && !after.implied() &&
                 before.mtime() != after.mtime();
  result.xattrs = !same_xattrs(before, after);
  if (result.type) return result;
  result.link_target = before.link_target() != after.link_target();
  result.device = before.device() != after.device();
  result.content = before.type() == FileType::regular &&
                   !is_same_member(before.content(), after.content()) &&
                   is_surely_different(before.content(), after.content());
  return result;
}

}  // namespace imgops
