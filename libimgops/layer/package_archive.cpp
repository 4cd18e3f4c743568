#include "libimgops/layer/package_archive.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/old_checksum.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/codec/codec.hpp"
#include "libimgops/codec/gzip_members.hpp"
#include "libimgops/tar/ar_reader.hpp"
#include "libimgops/tar/pax_record.hpp"
#include "libimgops/tar/tar_reader.hpp"
#include "libimgops/tar/tar_writer.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <unordered_map>
#include <utility>

namespace imgops {
namespace {

constexpr std::size_t control_members_limit = 1000;
constexpr std::string_view apk_information = ".PKGINFO";

Error damaged(std::string_view subject, const std::string& what) {
  return {ErrorKind::corrupt, std::string(subject) + ": " + what};
}

// Ends with an error where more comes than a control part may hold.
class LimitedSource final : public Source {
 public:
  LimitedSource(Source& source, std::string_view subject)
      : source_(source), subject_(subject), left_(package_control_limit_bytes) {}
  std::size_t read(std::span<std::byte> buffer) override {
    const std::size_t count = source_.read(buffer);
    if (count > left_) throw damaged(subject_, "control part is too large");
    left_ -= count;
    return count;
  }

 private:
  Source& source_;
  std::string_view subject_;
  std::uint64_t left_;
};

// The documents of a control archive: plain files at its top.
void read_control(Source& archive, PackageArchive& package, std::string_view subject) {
  SilentObserver silent;
  LimitedSource limited(archive, subject);
  TarReader reader(limited, silent);
  while (const Member* const member = reader.next()) {
    if (member->kind == MemberKind::file && member->attributes.type == FileType::directory) {
      continue;
    }
    const bool is_plain = member->kind == MemberKind::file && member->sparse.empty() &&
                          member->attributes.type == FileType::regular &&
                          member->path.find('/') == std::string::npos;
    if (!is_plain) {
      throw damaged(subject, "control part: " + printable(member->path) + " is no plain file");
    }
    if (package.control.size() == control_members_limit) {
      throw damaged(subject, "control part has too many documents");
    }
    const std::string name = member->path;
    ControlMember document{{}, member->attributes.mode, member->attributes.mtime};
    for (ByteView piece = reader.body(); !piece.empty(); piece = reader.body()) {
      document.text += as_text(piece);
    }
    if (!package.control.emplace(name, std::move(document)).second) {
      throw damaged(subject, "control part: " + printable(name) + " is there twice");
    }
  }
}

Compression compression_of(const RandomAccess& file) {
  std::array<std::byte, 8> first{};
  const std::size_t count = file.read_at(0, first);
  return detect_compression(ByteView(first).first(count));
}

// ---- .deb
// ----------------------------------------------------------------------------------------

const ArMember& part_named(const std::vector<ArMember>& members, std::string_view name,
                           std::string_view subject) {
  const ArMember* found = nullptr;
  for (const ArMember& member : members) {
    const bool is_it = member.name == name ||
                       (name.ends_with(".tar") && member.name.starts_with(std::string(name) + "."));
    if (!is_it) continue;
    if (found != nullptr) throw damaged(subject, "two parts are called " + std::string(name));
    found = &member;
  }
  if (found == nullptr) throw damaged(subject, "has no part " + std::string(name));
  return *found;
}

std::shared_ptr<const RandomAccess> open_part(const std::shared_ptr<const RandomAccess>& file,
                                              const ArMember& part, const Unpack& unpack,
                                              std::uint64_t most_bytes, std::string_view subject) {
  auto bytes = std::make_shared<RandomAccessSlice>(file, part.offset_bytes, part.size_bytes);
  const std::string form = part.name.substr(part.name.find(".tar") + 4);
  std::string_view beginning;
  if (form == ".gz") {
    beginning = "\x1f\x8b";
  } else if (form == ".xz") {
    beginning = std::string_view(
        "\xfd"
        "7zXZ\0",
        6);
  } else if (form == ".zst") {
    beginning = "\x28\xb5\x2f\xfd";
  } else if (!form.empty()) {
    throw damaged(subject,
                  "part " + printable(part.name) + " is packed in a way dpkg has given up");
  }
  std::array<std::byte, 8> first{};
  const std::size_t count = bytes->read_at(0, first);
  if (!as_text(ByteView(first).first(count)).starts_with(beginning)) {
    throw damaged(subject, "part " + printable(part.name) + " is not packed as its name says");
  }
  return form == ".xz" ? unpack(std::move(bytes), most_bytes) : bytes;
}

PackageArchive read_deb(const std::shared_ptr<const RandomAccess>& file, const Unpack& unpack,
                        std::string_view subject) {
  const std::vector<ArMember> members = list_ar(*file, subject);
  if (members.empty() || members.front().name != "debian-binary") {
    throw damaged(subject, "is no Debian package");
  }
  const ArMember& version = members.front();
  const std::string text =
      read_all(RandomAccessSlice(file, version.offset_bytes, version.size_bytes), 64, subject);
  if (!text.starts_with("2.")) throw damaged(subject, "is of a format other than 2.0");
  PackageArchive package;
  const auto control = open_part(file, part_named(members, "control.tar", subject), unpack,
                                 package_control_limit_bytes, subject);
  const auto decoder = make_decoder(compression_of(*control), control);
  read_control(*decoder, package, subject);
  if (!package.control.contains("control")) throw damaged(subject, "has no control document");
  package.data = open_part(file, part_named(members, "data.tar", subject), unpack,
                           std::numeric_limits<std::uint64_t>::max(), subject);
  return package;
}

// ---- .apk
// ----------------------------------------------------------------------------------------

// A part of an .apk: decoded, and where it ends. Its archive has no end mark.
struct ApkPart {
  std::string archive;
  std::uint64_t end_bytes = 0;
};

ApkPart read_part(const RandomAccess& file, std::uint64_t offset_bytes) {
  StringSink sink;
  const std::uint64_t end =
      decode_gzip_member(file, offset_bytes, sink, package_control_limit_bytes);
  return {sink.take(), end};
}

bool is_signature(std::string_view archive) {
  return archive.starts_with(".SIGN.");
}

// "key = value" of .PKGINFO; empty when it is not there.
std::string_view information(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.starts_with(key) && line.substr(key.size()).starts_with(" = ")) {
      return line.substr(key.size() + 3);
    }
  }
  return {};
}

// The checksum that goes before a file in the archive; of a link it is that of its target. apk
// takes it into its database unchecked, so that a wrong one would only show in a later audit.
void check_recorded_checksums(const std::shared_ptr<const RandomAccess>& data,
                              std::string_view subject) {
  const auto decoder = make_decoder(compression_of(*data), data);
  SilentObserver silent;
  TarReader reader(*decoder, silent);
  while (const Member* const member = reader.next()) {
    const std::string recorded = find_pax_record(reader.header(), "APK-TOOLS.checksum.SHA1");
    if (recorded.empty() || member->kind != MemberKind::file || !member->sparse.empty()) continue;
    const std::string path = member->path;
    OldChecksumSink checksum(OldChecksum::sha1);
    if (member->attributes.type == FileType::symlink) {
      checksum.write(as_bytes(member->attributes.link_target));
    } else if (member->attributes.type == FileType::regular) {
      for (ByteView piece = reader.body(); !piece.empty(); piece = reader.body()) {
        checksum.write(piece);
      }
    } else {
      continue;
    }
    const std::string value = checksum.finish();
    if (to_hexadecimal(as_bytes(value)) != recorded) {
      throw damaged(subject, "/" + printable(path) + ": has not the checksum beside it");
    }
  }
}

// "ADB." and its packed forms, and no archive whose first file is called so.
bool is_apk_3(const RandomAccess& file) {
  std::array<std::byte, 512> start{};
  const std::size_t count = file.read_at(0, start);
  const std::string_view text = as_text(ByteView(start).first(count));
  const bool is_magic =
      text.starts_with("ADB.") || text.starts_with("ADBd") || text.starts_with("ADBc");
  constexpr std::size_t place_of_ustar = 257;
  return is_magic && (count < start.size() || text.substr(place_of_ustar, 5) != "ustar");
}

// Whether .PKGINFO or a signature is at the top of the archive, wherever in as much as a control
// part may hold: laid over an image as files, a package would leave the database as it was.
bool has_documents_of_apk(Source& archive) {
  SilentObserver silent;
  LimitedSource limited(archive, "package");
  TarReader reader(limited, silent);
  while (const Member* const member = reader.next()) {
    if (member->path == apk_information || is_signature(member->path)) return true;
  }
  return false;
}

PackageArchive read_apk(const std::shared_ptr<const RandomAccess>& file, std::string_view subject) {
  if (is_apk_3(*file)) {
    throw Error(ErrorKind::unsupported,
                std::string(subject) + ": is of apk's format 3; those of format 2 are read");
  }
  PackageArchive package;
  package.format = PackageFormat::apk;
  std::uint64_t start = 0;
  ApkPart part = read_part(*file, start);
  if (is_signature(part.archive)) {
    start = part.end_bytes;
    part = read_part(*file, start);
  }
  StringSource archive(part.archive + std::string(tar_end()));
  read_control(archive, package, subject);
  const auto found = package.control.find(apk_information);
  if (found == package.control.end()) throw damaged(subject, "has no .PKGINFO");
  OldChecksumSink control_checksum(OldChecksum::sha1);
  RandomAccessSource control(file, start, part.end_bytes - start);
  copy(control, control_checksum);
  package.control_checksum = control_checksum.finish();
  auto data = std::make_shared<RandomAccessSlice>(file, part.end_bytes,
                                                  file->size_bytes() - part.end_bytes);
  DigestHasher hasher;
  RandomAccessSource source(data);
  std::array<std::byte, 64 * 1024> buffer{};
  while (const std::size_t count = source.read(buffer)) {
    hasher.update(ByteView(buffer).first(count));
  }
  if (hasher.finish().hexadecimal() != information(found->second.text, "datahash")) {
    throw damaged(subject, "its files have not the checksum that .PKGINFO says");
  }
  check_recorded_checksums(data, subject);
  package.data = std::move(data);
  return package;
}

}  // namespace

std::optional<PackageFormat> detect_package(const RandomAccess& file) {
  if (is_ar(file)) return PackageFormat::deb;
  if (is_apk_3(file)) return PackageFormat::apk;
  std::array<std::byte, 2> first{};
  if (file.read_at(0, first) != first.size() || first[0] != std::byte{0x1f} ||
      first[1] != std::byte{0x8b}) {
    return std::nullopt;
  }
  try {
    const auto decoder = make_decoder(
        Compression::gzip, std::shared_ptr<const RandomAccess>(std::shared_ptr<void>(), &file));
    if (has_documents_of_apk(*decoder)) return PackageFormat::apk;
  } catch (const Error&) {
    return std::nullopt;  // damaged: whoever reads it as an archive will say so
  }
  return std::nullopt;
}

PackageArchive read_package(std::shared_ptr<const RandomAccess> file, PackageFormat format,
                            const Unpack& unpack, std::string_view subject) {
  return with_context(std::string(subject), [&] {
    PackageArchive package = format == PackageFormat::deb ? read_deb(file, unpack, "package")
                                                          : read_apk(file, "package");
    package.file_bytes = file->size_bytes();
    return package;
  });
}

void check_package_files(const PackageArchive& package, const LayerIndex& files,
                         ContentReader& contents, std::string_view subject) {
  const auto list = package.control.find("md5sums");
  if (package.format != PackageFormat::deb || list == package.control.end()) return;
  std::unordered_map<std::string_view, const LayerEntry*> by_path;
  for (const LayerEntry& entry : files.entries) by_path[std::string_view(entry.path)] = &entry;
  std::string_view text = list->second.text;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    constexpr std::size_t checksum_digits = 32;
    if (line.empty()) continue;
    if (line.size() < checksum_digits + 3) throw damaged(subject, "md5sums cannot be read");
    const std::string_view path = line.substr(checksum_digits + 2);
    auto found = by_path.find(path);
    if (found != by_path.end() && found->second->kind() == EntryKind::hard_link) {
      found = by_path.find(found->second->link_path());
    }
    if (found == by_path.end() || found->second->inode.type() != FileType::regular) {
      throw damaged(subject, "/" + printable(path) + " is in md5sums and not in the package");
    }
    OldChecksumSink checksum(OldChecksum::md5);
    contents.copy(found->second->inode.content(), checksum);
    const std::string value = checksum.finish();
    if (to_hexadecimal(as_bytes(value)) != line.substr(0, checksum_digits)) {
      throw damaged(subject, "/" + printable(path) + ": has not the checksum that md5sums says");
    }
  }
}

}  // namespace imgops
