#include "libimgops/base/diagnostic.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"

#include <array>
#include <utility>

namespace imgops {
namespace {

struct CodeText {
  std::string_view name;
  std::string_view summary;
};

// In the order of the enumeration.
constexpr auto texts = std::to_array<CodeText>({
    {"AUFS-META", "bookkeeping of an old union file system"},
    {"BAD-HEADER", "checksum or field of a header is wrong"},
    {"BLOB-LINK", "blob is not a regular file"},
    {"CHAR-00", "device 0:0 is a whiteout to overlay, a device to others"},
    {"CHUNK-TOC", "blob has a table of contents for lazy pulling"},
    {"CODEC-CHECK", "compressed stream is damaged"},
    {"CODEC-TRAILING", "bytes after the compressed stream"},
    {"CODEC-TYPE", "media type and bytes disagree"},
    {"CODEC-UNKNOWN", "compression not supported"},
    {"CONFIG-NAME", "config's file name is not its hash"},
    {"DIFF-ID", "uncompressed digest or count is wrong"},
    {"DIFFERENTIAL", "tar programs read this entry differently"},
    {"DIGEST-FORM", "not a digest"},
    {"DIR-XATTR", "some drivers keep the lower directory's xattr"},
    {"DOC-AMBIGUOUS", "document is manifest and index at once"},
    {"DOC-TYPE", "document's type is not the descriptor's"},
    {"DUPLICATE", "path occurs twice in one layer"},
    {"ESTARGZ", "layer carries a lazy-pulling index"},
    {"FILE-TO-DIR", "file becomes a directory without an entry"},
    {"FOREIGN-LAYER", "layer with its own distribution terms or URLs"},
    {"HISTORY", "history and layers do not match"},
    {"HL-DATA", "link entry with data"},
    {"HL-LOWER", "link to a lower layer: docker, podman, containerd refuse"},
    {"HL-META", "link entry changes its target's metadata"},
    {"HL-ORDER", "link before its target"},
    {"HL-PATH", "link name leaves the root"},
    {"HL-TARGET", "no such file to link to"},
    {"HL-XATTR", "link entry and target differ in xattrs"},
    {"ID-RANGE", "uid or gid out of range"},
    {"IMPLIED-DIR", "new directory without an entry"},
    {"IMPLIED-PARENT", "existing directory without an entry: docker and podman reset it"},
    {"JSON-KEYS", "key twice, or keys that differ only in case"},
    {"LAYER-TYPE", "layer type that cannot be applied"},
    {"LAYOUT", "not an image layout of version 1"},
    {"LINK-EMPTY", "symlink without a target"},
    {"META-SIZE", "names or extension headers too large"},
    {"MIXED-TYPES", "media types of two families"},
    {"MTIME-RANGE", "time that runtimes cannot keep"},
    {"NAME-DOTDOT", ".. inside a name"},
    {"NAME-EMPTY", "nameless entry"},
    {"NAME-ESCAPE", "name leaves the root"},
    {"NAME-LONG", "name too long to unpack"},
    {"NAME-NUL", "NUL in a name"},
    {"NO-EOF", "archive without its end mark"},
    {"OPQ-ORDER", "opaque marker after children: some drivers delete them"},
    {"OPQ-ROOT", "opaque root: overlay runtimes ignore it"},
    {"OUTER-DUPLICATE", "member twice in an image archive"},
    {"OUTER-NAME", "name or link leaves the image archive"},
    {"PARENT-NOT-DIR", "entry below something that is no directory"},
    {"PAX-BAD", "malformed extension record"},
    {"PAX-GLOBAL", "global header that some programs apply"},
    {"PAX-ODD", "unusual extension records"},
    {"ROOT-META", "metadata of the root is not portable"},
    {"ROOT-TYPE", "root is not a directory"},
    {"ROOTFS-TYPE", "unknown kind of root file system"},
    {"RUNTIME-PATH", "runtimes mount there, and a symlink leads them elsewhere"},
    {"SIZE", "size in a descriptor is wrong"},
    {"SOCKET", "socket left out"},
    {"SPARSE", "sparse file"},
    {"SPARSE-OLD", "old sparse form that no runtime loads"},
    {"SYMLINK-PARENT", "path passes through a symlink"},
    {"TRAILING-DATA", "bytes after the end of the archive"},
    {"TRUNCATED", "stream ends early"},
    {"TYPE-UNKNOWN", "entry type that no runtime loads"},
    {"WH-COMPONENT", "marker used as a directory"},
    {"WH-FORM", "marker that is not an empty file"},
    {"WH-NAME", "marker without a valid name"},
    {"WH-SAME", "whiteout and entry of the same name"},
    {"WH-USELESS", "whiteout that hides nothing"},
    {"XATTR-FOREIGN", "xattrs in a form that runtimes ignore"},
    {"XATTR-OVERLAY", "xattr that speaks to the kernel's overlay"},
    {"XATTR-PLACE", "xattr where podman cannot set it"},
    {"XATTR-SELINUX", "security label, left to the host"},
    {"ZERO-GAP", "entries after an end mark"},
    {"ZSTD-OLD", "stream that podman 4.3 or Docker 20.10 cannot read"},
});

}  // namespace

std::string_view name(DiagnosticCode code) noexcept {
  return texts[static_cast<std::size_t>(code)].name;
}

std::string_view summary(DiagnosticCode code) noexcept {
  return texts[static_cast<std::size_t>(code)].summary;
}

std::string_view name(DiagnosticLevel level) noexcept {
  constexpr std::array<std::string_view, 3> names{"note", "warning", "reject"};
  return names[static_cast<std::size_t>(level)];
}

Diagnostic reject(DiagnosticCode code, std::string row, std::string message, std::string path) {
  Diagnostic diagnostic;
  diagnostic.code = code;
  diagnostic.level = DiagnosticLevel::reject;
  diagnostic.row = std::move(row);
  diagnostic.path = std::move(path);
  diagnostic.message = std::move(message);
  return diagnostic;
}

std::string to_sentence(const Diagnostic& diagnostic) {
  std::string text(name(diagnostic.code));
  text += ":";
  if (diagnostic.layer_index) text += " layer " + std::to_string(*diagnostic.layer_index + 1);
  if (!diagnostic.layer.empty()) text += " " + printable(diagnostic.layer);
  if (!diagnostic.path.empty()) text += " " + printable(diagnostic.path);
  if (text.back() != ':') text += ":";
  text += " " + printable(diagnostic.message);
  if (!diagnostic.row.empty()) text += " (" + diagnostic.row + ")";
  return text;
}

Error::Error(Diagnostic diagnostic)
    : std::runtime_error(to_sentence(diagnostic)),
      kind_(ErrorKind::corrupt),
      hint_(diagnostic.hint),
      diagnostic_(std::make_shared<const Diagnostic>(std::move(diagnostic))) {}

Error Error::within(const std::string& context) const {
  // An operation within an operation on the same image has said so already.
  const std::string start = context + ": ";
  if (std::string_view(what()).starts_with(start)) return *this;
  Error result(kind_, start + what(), hint_);
  result.diagnostic_ = diagnostic_;
  return result;
}

}  // namespace imgops
