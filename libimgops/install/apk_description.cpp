#include "libimgops/install/apk_description.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/packages/line_lists.hpp"
#include "libimgops/packages/version.hpp"

#include <algorithm>
#include <charconv>

namespace imgops {
namespace {

// It becomes part of names in the archive of scripts.
bool is_name(std::string_view name) {
  const auto is_plain = [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9');
  };
  return !name.empty() && name.size() < 200 && (is_plain(name.front()) || name.front() == '.') &&
         std::ranges::all_of(name, [&](char letter) {
           return is_plain(letter) ||
                  std::string_view("+-._").find(letter) != std::string_view::npos;
         });
}

bool is_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string apk_checksum(std::string_view sha1) {
  return "Q1" + to_base64(sha1);
}

ApkDescription::ApkDescription(const PackageArchive& package, std::string_view subject)
    : control_checksum_(package.control_checksum), file_bytes_(package.file_bytes) {
  for (const std::string_view line : split_lines(package.control.find(".PKGINFO")->second.text)) {
    const std::size_t equals = line.find(" = ");
    if (line.starts_with('#') || equals == std::string_view::npos) continue;
    information_.emplace(line.substr(0, equals), line.substr(equals + 3));
  }
  const auto refuse = [&](const std::string& what) {
    throw Error(ErrorKind::corrupt, std::string(subject) + ": .PKGINFO " + what);
  };
  for (const char* key : {"pkgname", "pkgver", "arch", "size", "datahash"}) {
    if (information_.count(key) > 1) refuse("says " + std::string(key) + " twice");
  }
  for (const char* key : {"pkgname", "pkgver", "arch"}) {
    if (value(key).empty()) refuse("does not say " + std::string(key));
  }
  name_ = value("pkgname");
  version_ = value("pkgver");
  if (!is_name(name_)) refuse("has no name that a package may have");
  if (!is_apk_version(version_)) refuse("has a version that apk cannot read");
  const std::string size = value("size");
  if (!size.empty() && !is_number(size)) refuse("has a size that is no number");
}

std::string ApkDescription::value(std::string_view key) const {
  const auto found = information_.find(key);
  return found == information_.end() ? std::string() : found->second;
}

std::string ApkDescription::values(std::string_view key) const {
  std::string words;
  for (auto [at, end] = information_.equal_range(key); at != end; ++at) {
    words += (words.empty() ? "" : " ") + at->second;
  }
  return words;
}

std::string ApkDescription::checksum() const {
  return apk_checksum(control_checksum_);
}

std::string ApkDescription::fields() const {
  std::string lines = "C:" + checksum() + "\n";
  const auto add = [&lines](char letter, const std::string& value) {
    if (!value.empty()) lines += std::string(1, letter) + ":" + value + "\n";
  };
  add('P', name_);
  add('V', version_);
  add('A', value("arch"));
  add('S', std::to_string(file_bytes_));
  add('I', value("size"));
  add('T', value("pkgdesc"));
  add('U', value("url"));
  add('L', value("license"));
  add('o', value("origin"));
  add('m', value("maintainer"));
  add('t', value("builddate"));
  add('c', value("commit"));
  add('k', value("provider_priority"));
  add('D', values("depend"));
  add('p', values("provides"));
  add('i', values("install_if"));
  add('r', values("replaces"));
  add('q', value("replaces_priority"));
  return lines;
}

}  // namespace imgops
