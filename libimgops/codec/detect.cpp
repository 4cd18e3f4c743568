// By the same marks as containerd and Docker, except that bzip2's three letters are not enough:
// they may well begin the name of an archive's first file.

#include "libimgops/base/error.hpp"
#include "libimgops/codec/codec.hpp"

#include <string_view>

namespace imgops {
namespace {

using namespace std::string_view_literals;

[[noreturn]] void refuse(std::string_view format) {
  throw Error(reject(DiagnosticCode::codec_unknown, "S13",
                     "compressed with " + std::string(format) + ", which is not supported"));
}

bool is_bzip2(std::string_view text) {
  if (!text.starts_with("BZh") || text.size() < 8 || text[3] < '1' || text[3] > '9') return false;
  const std::string_view block = text.substr(4, 4);
  return block == "1AY&"sv || block == "\x17\x72\x45\x38"sv;  // a block; the end
}

bool is_zstd(std::string_view text) {
  if (text.starts_with("\x28\xb5\x2f\xfd"sv)) return true;
  const bool skippable = text.size() >= 4 && text.substr(1, 3) == "\x2a\x4d\x18"sv;
  return skippable && (text[0] & '\xf0') == '\x50';
}

}  // namespace

Compression detect_compression(ByteView first_bytes) {
  const std::string_view text = as_text(first_bytes);
  if (text.starts_with("\x1f\x8b\x08"sv)) return Compression::gzip;
  if (is_zstd(text)) return Compression::zstd;
  if (is_bzip2(text)) refuse("bzip2");
  if (text.starts_with("\xfd"
                       "7zXZ\0"sv)) {
    refuse("xz");
  }
  if (text.starts_with("\x04\x22\x4d\x18"sv) || text.starts_with("\x02\x21\x4c\x18"sv)) {
    refuse("lz4");
  }
  return Compression::none;
}

}  // namespace imgops
