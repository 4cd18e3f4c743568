// A .deb or .apk taken apart: the documents of its control part, and the archive of its files.
// Nothing in it is executed, and nothing it says about itself is believed unchecked.
// Source: deb(5); apk-tools 2, package format v2; docs/security.md T34.
#pragma once

#include "libimgops/base/stream.hpp"
#include "libimgops/layer/layer_cache.hpp"
#include "libimgops/layer/layer_entry.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace imgops {

enum class PackageFormat : std::uint8_t { deb, apk };

struct ControlMember {
  std::string text;
  std::uint16_t mode = 0;
  Timestamp mtime = {};
};

struct PackageArchive {
  PackageFormat format = PackageFormat::deb;
  std::map<std::string, ControlMember, std::less<>> control;  // by name: "control", ".PKGINFO" …
  // The archive of its files: plain, gzip or zstd, at any position.
  std::shared_ptr<const RandomAccess> data;
  std::uint64_t file_bytes = 0;  // of the whole package
  std::string control_checksum;  // of an .apk: raw SHA-1 of its control part as stored
};

// What the whole of the control part may hold.
inline constexpr std::uint64_t package_control_limit_bytes = 16 << 20;

// Nullopt for anything else. A .deb and an .apk of format 3, which read_package() then refuses, by
// their first bytes; an .apk of format 2 is a gzip file whose archive has .PKGINFO or a signature
// at its top, in any order, within the first 16 MiB.
std::optional<PackageFormat> detect_package(const RandomAccess& file);

// Turns bytes packed in a way that no layer may be (xz) into plain ones. Throws Error(corrupt) when
// they are more than `most_bytes`, which may have been written somewhere, and not many more.
using Unpack = std::function<std::shared_ptr<const RandomAccess>(
    std::shared_ptr<const RandomAccess>, std::uint64_t most_bytes)>;

// Throws Error(unsupported) for an .apk of format 3; Error(corrupt), naming `subject`, for parts
// that are missing, repeated, damaged or too large, control documents that are no plain files, and
// of an .apk a data part or a file in it that has not the checksum that is said of it.
PackageArchive read_package(std::shared_ptr<const RandomAccess> file, PackageFormat format,
                            const Unpack& unpack, std::string_view subject);

// Whether the files are those that the package's own list of checksums says: md5sums of a .deb. An
// .apk has none, its checksums were compared when it was read. Throws Error(corrupt), naming
// `subject` and the path, for one that differs or is not there.
void check_package_files(const PackageArchive& package, const LayerIndex& files,
                         ContentReader& contents, std::string_view subject);

}  // namespace imgops
