// Headers of archives we make ourselves: ustar, pax only where needed, the same bytes every time.
// Source: semantics W08, W11; POSIX.1-2001 pax.
#pragma once

#include "libimgops/tar/entry.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace imgops {

inline constexpr std::uint64_t tar_block_bytes = 512;

// Two zero blocks, the end of an archive.
std::string_view tar_end() noexcept;
// Zeros that fill the last block of a body of `size_bytes`: 0 … 511.
std::uint64_t tar_padding_bytes(std::uint64_t size_bytes) noexcept;

// The header blocks of a file (extension header included), to be followed by the body of a regular
// file and its padding. `path` is canonical and not empty, or "" for the root, written "./".
// Directories end in '/'. mtime is clamped to 0 … 2^33−1 (M10). Throws Error(conflict) for what W12
// forbids: names over 4095 or components over 255 bytes (NAME-LONG), names beginning with ".wh.",
// character device 0:0, user.* xattrs on what is neither file nor directory (M08), trusted.*,
// user.overlay.* and security.selinux (W08), xattrs with an empty value (M02: it would be unset),
// numbers out of range.
std::string encode_header(std::string_view path, const FileAttributes& attributes,
                          std::uint64_t size_bytes);
// A second name of `target`, with the target's attributes (W07).
std::string encode_hard_link(std::string_view path, std::string_view target,
                             const FileAttributes& attributes);
// The member that removes `path`, whole: W03.
std::string encode_whiteout(std::string_view path);

}  // namespace imgops
