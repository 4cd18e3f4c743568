#include "libimgops/install/dpkg_checksums.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/old_checksum.hpp"

#include <string_view>
#include <unordered_map>

namespace imgops {

std::string dpkg_checksum(const Content& content, ContentReader& contents) {
  OldChecksumSink sink(OldChecksum::md5);
  contents.copy(content, sink);
  const std::string value = sink.finish();
  return to_hexadecimal(as_bytes(value));
}

std::string dpkg_checksums(const LayerIndex& files, ContentReader& contents) {
  std::unordered_map<std::string_view, const LayerEntry*> by_path;
  for (const LayerEntry& entry : files.entries) by_path[std::string_view(entry.path)] = &entry;
  std::string text;
  for (const LayerEntry& entry : files.entries) {
    const auto first =
        by_path.find(entry.kind() == EntryKind::hard_link ? entry.link_path() : entry.path);
    if (first == by_path.end() || first->second->inode.type() != FileType::regular) continue;
    text += dpkg_checksum(first->second->inode.content(), contents) + "  " +
            std::string(std::string_view(entry.path)) + "\n";
  }
  return text;
}

}  // namespace imgops
