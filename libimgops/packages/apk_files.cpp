#include "libimgops/packages/apk_files.hpp"

#include "libimgops/base/path.hpp"
#include "libimgops/packages/line_lists.hpp"

#include <charconv>
#include <optional>

namespace imgops {
namespace {

std::optional<std::uint32_t> number(std::string_view text, int base) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "0:0:4755", with a checksum of xattrs behind another colon.
void take_rights(ApkRights& rights, std::string_view value) {
  const std::vector<std::string_view> fields = split_fields(value, ':');
  if (fields.size() < 3) return;
  const auto uid = number(fields[0], 10);
  const auto gid = number(fields[1], 10);
  const auto mode = number(fields[2], 8);
  if (!uid || !gid || !mode || *mode > 07777) return;
  rights = {*uid, *gid, static_cast<std::uint16_t>(*mode),
            fields.size() > 3 ? std::string(fields[3]) : std::string()};
}

}  // namespace

ApkFiles parse_apk_files(std::string_view package) {
  ApkFiles found;
  bool is_in_file = false;  // "a:" and "Z:" say something of the last file
  for (const std::string_view line : split_lines(package)) {
    if (line.size() < 2 || line[1] != ':') continue;
    const std::string_view value = line.substr(2);
    switch (line[0]) {
      case 'F':
        found.directories.emplace_back().path = value;
        is_in_file = false;
        break;
      case 'M':
        if (!found.directories.empty()) take_rights(found.directories.back().rights, value);
        break;
      case 'R':
        found.files.emplace_back().path =
            join(found.directories.empty() ? "" : found.directories.back().path, value);
        is_in_file = true;
        break;
      case 'a':
        if (is_in_file) take_rights(found.files.back().rights, value);
        break;
      case 'Z':
        if (is_in_file) found.files.back().checksum = value;
        break;
      default:
        break;
    }
  }
  return found;
}

std::string print_apk_rights(char letter, const ApkRights& rights, const ApkRights& usual) {
  if (rights == usual) return {};
  std::string mode;
  for (std::uint32_t left = rights.mode; left != 0; left /= 8) {
    mode.insert(mode.begin(), static_cast<char>('0' + left % 8));
  }
  if (mode.empty()) mode = "0";
  std::string line = std::string(1, letter) + ":" + std::to_string(rights.uid) + ":" +
                     std::to_string(rights.gid) + ":" + mode;
  if (!rights.xattrs.empty()) line += ":" + rights.xattrs;
  return line + "\n";
}

std::string without_apk_files(std::string_view package, const std::set<std::string>& paths) {
  std::string kept;
  std::string directory;
  bool is_taken = false;
  for (const std::string_view line : split_lines(package)) {
    if (line.starts_with("F:")) {
      directory = line.substr(2);
      is_taken = false;
    } else if (line.starts_with("R:")) {
      is_taken = paths.contains(join(directory, line.substr(2)));
    }
    if (!is_taken) kept.append(line).append("\n");
  }
  return kept;
}

}  // namespace imgops
