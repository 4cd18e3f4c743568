#include "libimgops/install/apk_scripts.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/stream.hpp"
#include "libimgops/tar/tar_reader.hpp"
#include "libimgops/tar/tar_writer.hpp"

namespace imgops {
namespace {

void add_member(std::string& archive, const std::string& path, const FileAttributes& attributes,
                const std::string& body) {
  archive += encode_header(path, attributes, body.size());
  archive += body;
  archive.append(tar_padding_bytes(body.size()), '\0');
}

}  // namespace

std::string with_scripts_of(const PackageArchive& package, const ApkDescription& description,
                            const ApkPackage& old, std::string_view archive) {
  const std::string old_prefix = std::string(old.name) + "-" + std::string(old.version) + "." +
                                 std::string(old.checksum) + ".";
  std::string all;
  SilentObserver silent;
  StringSource source{std::string(archive)};
  TarReader reader(source, silent);
  while (const Member* const member = reader.next()) {
    if (member->path.starts_with(old_prefix)) continue;
    const std::string path = member->path;
    const FileAttributes attributes = member->attributes;
    std::string body;
    for (ByteView piece = reader.body(); !piece.empty(); piece = reader.body()) {
      body += as_text(piece);
    }
    add_member(all, path, attributes, body);
  }
  for (const auto& [name, member] : package.control) {
    if (name == ".PKGINFO" || name.starts_with(".SIGN.")) continue;
    FileAttributes attributes;
    attributes.mode = 0755;
    attributes.mtime = member.mtime;
    add_member(
        all, description.name() + "-" + description.version() + "." + description.checksum() + name,
        attributes, member.text);
  }
  if (all.empty() && archive.empty()) return {};
  return all + std::string(tar_end());
}

}  // namespace imgops
