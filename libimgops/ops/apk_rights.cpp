#include "libimgops/ops/apk_rights.hpp"

#include "libimgops/base/old_checksum.hpp"
#include "libimgops/ops/apk_description.hpp"

#include <cstdint>
#include <string_view>

namespace imgops {
namespace {

// Lengths in front, in the order of names: as apk hashes xattrs.
std::string checksum_of_xattrs(const ExtendedAttributes* xattrs) {
  if (xattrs == nullptr || xattrs->empty()) return {};
  std::string text;
  const auto add = [&text](std::string_view part) {
    for (const unsigned shift : {24U, 16U, 8U, 0U}) {
      text += static_cast<char>(static_cast<std::uint32_t>(part.size()) >> shift & 0xffU);
    }
    text += part;
  };
  for (const ExtendedAttribute& attribute : *xattrs) {
    add(attribute.name);
    add(attribute.value);
  }
  return apk_checksum(old_checksum_of(OldChecksum::sha1, text));
}

}  // namespace

ApkRights rights_of(const Inode& inode) {
  return {inode.uid, inode.gid, inode.mode, checksum_of_xattrs(inode.xattrs)};
}

std::string apk_checksum_of(const Inode& inode, ContentReader& contents) {
  if (inode.type == FileType::symlink) {
    return apk_checksum(old_checksum_of(OldChecksum::sha1, inode.link_target));
  }
  if (inode.type != FileType::regular) return {};
  OldChecksumSink sink(OldChecksum::sha1);
  contents.copy(inode.content, sink);
  return apk_checksum(sink.finish());
}

}  // namespace imgops
