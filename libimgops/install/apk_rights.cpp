#include "libimgops/install/apk_rights.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/hasher.hpp"
#include "libimgops/base/old_checksum.hpp"
#include "libimgops/install/apk_description.hpp"

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

class Sha256Sink final : public Sink {
 public:
  void write(ByteView bytes) override { hasher_.update(bytes); }
  Digest finish() { return hasher_.finish(); }

 private:
  DigestHasher hasher_;
};

}  // namespace

ApkRights rights_of(const Inode& inode) {
  return {inode.uid(), inode.gid(), inode.mode(), checksum_of_xattrs(inode.xattrs())};
}

std::string apk_checksum_of(const Inode& inode, ContentReader& contents) {
  if (inode.type() == FileType::symlink) {
    return apk_checksum(old_checksum_of(OldChecksum::sha1, inode.link_target()));
  }
  if (inode.type() != FileType::regular) return {};
  OldChecksumSink sink(OldChecksum::sha1);
  contents.copy(inode.content(), sink);
  return apk_checksum(sink.finish());
}

bool has_apk_checksum(const Inode& inode, std::string_view recorded, ContentReader& contents) {
  if (!recorded.starts_with("Q2")) {
    return !recorded.empty() && recorded == apk_checksum_of(inode, contents);
  }
  Sha256Sink sink;
  if (inode.type() == FileType::symlink) {
    sink.write(as_bytes(inode.link_target()));
  } else if (inode.type() == FileType::regular) {
    contents.copy(inode.content(), sink);
  } else {
    return false;
  }
  constexpr std::size_t kept_bytes = 20;
  const std::string digits = sink.finish().hexadecimal().substr(0, 2 * kept_bytes);
  std::string raw;
  for (std::size_t at = 0; at < digits.size(); at += 2) {
    raw += static_cast<char>(std::stoul(digits.substr(at, 2), nullptr, 16));
  }
  return recorded.substr(2) == to_base64(raw);
}

}  // namespace imgops
