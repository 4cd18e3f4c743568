// A header is a pure function of what it describes: no clock, no names of owners, one spelling for
// every number. What does not fit the ustar fields goes to a pax header before it, whose records
// are sorted by key and whose own name is always the same, so that equal files give equal bytes
// (W11). Names are never split into prefix and name: over 100 bytes they are a `path` record.
#include "libimgops/tar/tar_writer.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/tar/limits.hpp"
#include "libimgops/tar/whiteout_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>

namespace imgops {
namespace {

constexpr std::size_t name_field_bytes = 100;
constexpr std::string_view extension_name = "PaxHeaders/entry";
constexpr std::uint64_t largest_short_number = 07777777;     // seven octal digits and a NUL
constexpr std::uint64_t largest_long_number = 077777777777;  // eleven

[[noreturn]] void refuse(DiagnosticCode code, std::string_view path, std::string_view why) {
  throw Error(ErrorKind::conflict,
              printable(path) + ": " + std::string(name(code)) + ": " + std::string(why));
}

// One header block; what is not set stays zero.
class HeaderBlock {
 public:
  explicit HeaderBlock(char type) {
    text(257, std::string_view("ustar\00000", 8));
    block_[156] = type;
  }

  // Cut to the field's length.
  void text(std::size_t offset, std::string_view value, std::size_t length = name_field_bytes) {
    std::memcpy(block_.data() + offset, value.data(), std::min(value.size(), length));
  }
  // Seven digits and a NUL, or eleven.
  void short_number(std::size_t offset, std::uint64_t value) {
    text(offset, fmt::format("{:07o}", value));
  }
  void long_number(std::size_t offset, std::uint64_t value) {
    text(offset, fmt::format("{:011o}", value));
  }

  std::string finish() {
    std::memset(block_.data() + 148, ' ', 8);
    std::uint64_t sum = 0;
    for (const char character : block_) sum += static_cast<unsigned char>(character);
    text(148, fmt::format("{:06o}", sum));
    block_[154] = '\0';
    return {block_.data(), block_.size()};
  }

 private:
  std::array<char, tar_block_bytes> block_{};
};

using Records = std::map<std::string, std::string>;  // sorted by key

std::string encode_record(const std::string& key, const std::string& value) {
  // The length counts its own digits.
  const std::size_t rest = key.size() + value.size() + 3;
  std::size_t length = rest + 1;
  while (rest + std::to_string(length).size() > length) ++length;
  return std::to_string(length) + ' ' + key + '=' + value + '\n';
}

std::string encode_extension(const Records& records) {
  if (records.empty()) return {};
  std::string text;
  for (const auto& [key, value] : records) text += encode_record(key, value);
  HeaderBlock block('x');
  block.text(0, extension_name);
  block.short_number(100, 0644);
  block.short_number(108, 0);
  block.short_number(116, 0);
  block.long_number(124, text.size());
  block.long_number(136, 0);
  block.short_number(329, 0);
  block.short_number(337, 0);
  std::string result = block.finish();
  result += text;
  result.append(tar_padding_bytes(text.size()), '\0');
  return result;
}

// Fields of the header, and records for what does not fit them.
class HeaderWriter {
 public:
  HeaderWriter(char type, std::string_view path) : block_(type), path_(path) {}

  void name(const std::string& value) { text(0, "path", value); }
  void link_name(std::string_view value) { text(157, "linkpath", std::string(value)); }

  void size(std::uint64_t bytes) {
    const bool fits = bytes <= largest_long_number;
    if (!fits) records_["size"] = std::to_string(bytes);
    block_.long_number(124, fits ? bytes : 0);
  }

  void attributes(const FileAttributes& attributes) {
    block_.short_number(100, attributes.mode & 07777U);
    id(108, "uid", attributes.uid);
    id(116, "gid", attributes.gid);
    time(attributes.mtime);
    device(329, attributes.device.major);
    device(337, attributes.device.minor);
    for (const ExtendedAttribute& xattr : attributes.xattrs) {
      check_xattr(attributes.type, xattr);
      records_["SCHILY.xattr." + xattr.name] = xattr.value;
    }
  }

  std::string finish() { return encode_extension(records_) + block_.finish(); }

 private:
  void text(std::size_t offset, const char* key, const std::string& value) {
    if (value.size() > name_field_bytes) records_[key] = value;
    block_.text(offset, value);
  }

  void id(std::size_t offset, const char* key, std::uint32_t value) {
    if (value > limits::largest_id) refuse(DiagnosticCode::id_range, path_, "owner out of range");
    const bool fits = value <= largest_short_number;
    if (!fits) records_[key] = std::to_string(value);
    block_.short_number(offset, fits ? value : 0);
  }

  void device(std::size_t offset, std::uint32_t value) {
    if (value > largest_short_number) {
      refuse(DiagnosticCode::bad_header, path_, "device number out of range");
    }
    block_.short_number(offset, value);
  }

  void time(Timestamp time) {
    if (time.seconds < 0) time = {};
    if (time.seconds > limits::largest_mtime_seconds) time = {limits::largest_mtime_seconds, 0};
    block_.long_number(136, static_cast<std::uint64_t>(time.seconds));
    if (time.nanoseconds == 0) return;
    std::string text = fmt::format("{}.{:09}", time.seconds, time.nanoseconds);
    text.resize(text.find_last_not_of('0') + 1);
    records_["mtime"] = std::move(text);
  }

  void check_xattr(FileType type, const ExtendedAttribute& xattr) const {
    const std::string_view name = xattr.name;
    if (name.starts_with("trusted.") || name.starts_with("user.overlay.")) {
      refuse(DiagnosticCode::xattr_overlay, path_, "xattr that speaks to the kernel's overlay");
    }
    if (name == "security.selinux") {
      refuse(DiagnosticCode::xattr_selinux, path_, "security label");
    }
    if (name.starts_with("user.") && type != FileType::regular && type != FileType::directory) {
      refuse(DiagnosticCode::xattr_place, path_,
             "user xattr on what is neither file nor directory");
    }
    const bool storable = !name.empty() && !xattr.value.empty() &&
                          name.find('=') == std::string_view::npos &&
                          name.find('\0') == std::string_view::npos;
    if (!storable) refuse(DiagnosticCode::xattr_foreign, path_, "xattr that no archive can hold");
  }

  HeaderBlock block_;
  std::string_view path_;
  Records records_;
};

void check_path(std::string_view path) {
  if (path.size() > limits::path_write_bytes) {
    refuse(DiagnosticCode::name_long, path, "path is over 4095 bytes");
  }
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t slash = std::min(path.find('/', at), path.size());
    const std::string_view component = path.substr(at, slash - at);
    if (component.size() > limits::component_write_bytes) {
      refuse(DiagnosticCode::name_long, path, "name is over 255 bytes");
    }
    if (component.starts_with(".wh.")) {
      refuse(DiagnosticCode::wh_name, path, "a name cannot begin with \".wh.\"");
    }
    at = slash + 1;
  }
}

char type_character(FileType type) {
  switch (type) {
    case FileType::regular:
      return '0';
    case FileType::symlink:
      return '2';
    case FileType::character_device:
      return '3';
    case FileType::block_device:
      return '4';
    case FileType::directory:
      return '5';
    case FileType::fifo:
      return '6';
  }
  return '0';
}

std::string stored_name(std::string_view path, FileType type) {
  if (type != FileType::directory) return std::string(path);
  return path.empty() ? "./" : std::string(path) + '/';
}

}  // namespace

std::string_view tar_end() noexcept {
  static constexpr std::array<char, 2 * tar_block_bytes> blocks{};
  return {blocks.data(), blocks.size()};
}

std::uint64_t tar_padding_bytes(std::uint64_t size_bytes) noexcept {
  return (tar_block_bytes - size_bytes % tar_block_bytes) % tar_block_bytes;
}

std::string encode_header(std::string_view path, const FileAttributes& attributes,
                          std::uint64_t size_bytes) {
  check_path(path);
  if (attributes.type == FileType::character_device && attributes.device == DeviceNumber{}) {
    refuse(DiagnosticCode::char_00, path, "character device 0:0 is a whiteout to overlay");
  }
  HeaderWriter header(type_character(attributes.type), path);
  header.name(stored_name(path, attributes.type));
  if (attributes.type == FileType::symlink) header.link_name(attributes.link_target);
  header.size(attributes.type == FileType::regular ? size_bytes : 0);
  header.attributes(attributes);
  return header.finish();
}

std::string encode_hard_link(std::string_view path, std::string_view target,
                             const FileAttributes& attributes) {
  check_path(path);
  check_path(target);
  HeaderWriter header('1', path);
  header.name(std::string(path));
  header.link_name(target);
  header.size(0);
  header.attributes(attributes);
  return header.finish();
}

std::string encode_whiteout(std::string_view path) {
  check_path(path);
  HeaderWriter header('0', path);
  header.name(whiteout_name(path));
  header.size(0);
  header.attributes({});
  return header.finish();
}

}  // namespace imgops
