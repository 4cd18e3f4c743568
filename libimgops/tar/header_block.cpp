// Layout of a block (offset, length):
//
//     0 100 name      124 12 size    157 100 link name   297 32 gname      345 155 prefix
//   100   8 mode      136 12 mtime   257   6 magic       329  8 devmajor       (131 with star,
//   108   8 uid       148  8 check   263   2 version     337  8 devminor        then atime, ctime;
//   116   8 gid       156  1 type    265  32 uname                              GNU: atime, ctime)
//
// The dialect is guessed from magic and version, and only it decides what lies at 345.
#include "libimgops/tar/header_block.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace imgops {
namespace {

constexpr std::size_t block_bytes = 512;

// Reads fields out of one block and remembers whether any was malformed.
class FieldReader {
 public:
  explicit FieldReader(std::string_view block) : block_(block) {}

  bool failed() const noexcept { return failed_; }

  std::string_view raw(std::size_t offset, std::size_t length) const {
    return block_.substr(offset, length);
  }

  // Up to the first NUL.
  std::string_view text(std::size_t offset, std::size_t length) const {
    const std::string_view field = raw(offset, length);
    return field.substr(0, field.find('\0'));
  }

  std::int64_t number(std::size_t offset, std::size_t length) {
    const std::string_view field = raw(offset, length);
    const bool binary = (static_cast<unsigned char>(field.front()) & 0x80U) != 0;
    return binary ? base_256(field) : octal(field);
  }

  std::int64_t octal(std::size_t offset, std::size_t length) { return octal(raw(offset, length)); }

 private:
  std::int64_t fail() {
    failed_ = true;
    return 0;
  }

  // Blanks and NULs around the digits do not count; nothing at all is 0.
  std::int64_t octal(std::string_view field) {
    constexpr std::string_view blanks(" \0", 2);
    const std::size_t first = field.find_first_not_of(blanks);
    if (first == std::string_view::npos) return 0;
    field = field.substr(first, field.find_last_not_of(blanks) - first + 1);
    field = field.substr(0, field.find('\0'));
    std::int64_t value = 0;  // twelve octal digits at most: never overflows
    for (const char digit : field) {
      if (digit < '0' || digit > '7') return fail();
      value = value * 8 + (digit - '0');
    }
    return value;
  }

  // Two's complement, big-endian, the topmost bit being the mark of this form.
  std::int64_t base_256(std::string_view field) {
    const bool negative = (static_cast<unsigned char>(field.front()) & 0x40U) != 0;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < field.size(); ++i) {
      std::uint64_t byte = static_cast<unsigned char>(field[i]);
      if (negative) byte ^= 0xFFU;
      if (i == 0) byte &= 0x7FU;
      if (value >> 56U != 0) return fail();
      value = value << 8U | byte;
    }
    if (value >> 63U != 0) return fail();
    const auto magnitude = static_cast<std::int64_t>(value);
    return negative ? -magnitude - 1 : magnitude;
  }

  std::string_view block_;
  bool failed_ = false;
};

// Some old programs summed signed characters: both sums are accepted.
bool checksum_is_right(std::string_view block) {
  FieldReader fields(block);
  const std::int64_t claimed = fields.octal(148, 8);
  if (fields.failed()) return false;
  std::int64_t unsigned_sum = 0;
  std::int64_t signed_sum = 0;
  for (std::size_t i = 0; i < block.size(); ++i) {
    const char character = i >= 148 && i < 156 ? ' ' : block[i];
    unsigned_sum += static_cast<unsigned char>(character);
    signed_sum += static_cast<signed char>(character);
  }
  return claimed == unsigned_sum || claimed == signed_sum;
}

enum class Dialect : std::uint8_t { v7, ustar, star, gnu };

Dialect dialect_of(std::string_view block) {
  const std::string_view magic = block.substr(257, 6);
  if (magic == std::string_view("ustar\0", 6)) {
    return block.substr(508, 4) == std::string_view("tar\0", 4) ? Dialect::star : Dialect::ustar;
  }
  return block.substr(257, 8) == std::string_view("ustar  \0", 8) ? Dialect::gnu : Dialect::v7;
}

// GNU headers have times where ustar has the prefix; but old Go programs wrote a prefix there, so
// that a time which is no number is taken as one.
std::string_view gnu_prefix(std::string_view block, const FieldReader& fields) {
  FieldReader times(block);
  for (const std::size_t offset : {std::size_t{345}, std::size_t{357}}) {
    if (block[offset] != '\0') times.number(offset, 12);
  }
  if (!times.failed()) return {};
  const std::string_view prefix = fields.text(345, 155);
  const bool ascii = std::all_of(prefix.begin(), prefix.end(), [](char character) {
    return static_cast<unsigned char>(character) < 0x80;
  });
  return ascii ? prefix : std::string_view();
}

std::string_view prefix_of(Dialect dialect, std::string_view block, FieldReader& fields) {
  switch (dialect) {
    case Dialect::v7:
      return {};
    case Dialect::ustar:
      return fields.text(345, 155);
    case Dialect::star:
      fields.number(476, 12);
      fields.number(488, 12);
      return fields.text(345, 131);
    case Dialect::gnu:
      return gnu_prefix(block, fields);
  }
  return {};
}

}  // namespace

bool is_zero_block(ByteView bytes) noexcept {
  if (bytes.empty()) return true;
  return bytes.front() == std::byte{0} &&
         std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
}

bool has_no_data(char type) noexcept {
  return type >= '1' && type <= '6';
}

std::optional<HeaderFields> parse_header_block(ByteView bytes, std::string_view& problem) {
  const std::string_view block = as_text(bytes).substr(0, block_bytes);
  if (!checksum_is_right(block)) {
    problem = "header checksum is wrong";
    return std::nullopt;
  }
  FieldReader fields(block);
  HeaderFields header;
  header.type = block[156];
  header.link_name = fields.text(157, 100);
  header.size_bytes = fields.number(124, 12);
  header.mode = fields.number(100, 8);
  header.uid = fields.number(108, 8);
  header.gid = fields.number(116, 8);
  header.mtime_seconds = fields.number(136, 12);
  const Dialect dialect = dialect_of(block);
  if (dialect != Dialect::v7) {
    header.device_major = fields.number(329, 8);
    header.device_minor = fields.number(337, 8);
    header.name = prefix_of(dialect, block, fields);
    if (!header.name.empty()) header.name += '/';
  }
  header.name += fields.text(0, 100);
  if (fields.failed()) {
    problem = "a number in the header is malformed";
    return std::nullopt;
  }
  return header;
}

}  // namespace imgops
