// "!<arch>\n", then for each member a header of 60 bytes of text and its bytes, to an even offset:
//
//   0       16        28       34       40        48          58   60
//   | name  | time    | owner  | group  | mode    | size      | `\n |
#include "libimgops/tar/ar_reader.hpp"

#include "libimgops/base/error.hpp"

#include <array>
#include <charconv>
#include <optional>

namespace imgops {
namespace {

constexpr std::string_view magic = "!<arch>\n";
constexpr std::size_t header_bytes = 60;

std::size_t read_fully_at(const RandomAccess& file, std::uint64_t offset,
                          std::span<std::byte> buffer) {
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    const std::size_t count = file.read_at(offset + filled, buffer.subspan(filled));
    if (count == 0) break;
    filled += count;
  }
  return filled;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t last = text.find_last_not_of(' ');
  return last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
}

std::optional<std::uint64_t> decimal(std::string_view text) {
  text = trimmed(text);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

bool is_ar(const RandomAccess& file) {
  std::array<std::byte, magic.size()> start{};
  return read_fully_at(file, 0, start) == start.size() && as_text(start) == magic;
}

std::vector<ArMember> list_ar(const RandomAccess& file, std::string_view subject) {
  const auto fail = [subject](const std::string& what) {
    return Error(ErrorKind::corrupt, std::string(subject) + ": " + what);
  };
  if (!is_ar(file)) throw fail("is no ar archive");
  std::vector<ArMember> members;
  const std::uint64_t file_bytes = file.size_bytes();
  std::uint64_t at = magic.size();
  while (at < file_bytes) {
    std::array<std::byte, header_bytes> header{};
    if (read_fully_at(file, at, header) != header.size()) throw fail("ar header is cut off");
    const std::string_view text = as_text(header);
    const auto size = decimal(text.substr(48, 10));
    if (text.substr(58, 2) != "`\n" || !size) throw fail("ar header is damaged");
    std::string_view name = trimmed(text.substr(0, 16));
    if (name.size() > 1 && name.ends_with('/')) name.remove_suffix(1);
    if (name.empty() || name.starts_with('/') || name.starts_with("#1/")) {
      throw fail("ar member has a name kept elsewhere");
    }
    at += header.size();
    if (*size > file_bytes - at) throw fail("ar member is larger than the archive");
    if (members.size() == ar_members_limit) throw fail("ar archive has too many members");
    members.push_back({std::string(name), at, *size});
    at += *size + *size % 2;
  }
  return members;
}

}  // namespace imgops
