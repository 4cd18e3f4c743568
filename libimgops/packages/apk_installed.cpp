#include "libimgops/packages/apk_installed.hpp"

#include "libimgops/packages/control_merge.hpp"
#include "libimgops/packages/keyed_merge.hpp"

#include <algorithm>

namespace imgops {
namespace {

constexpr std::size_t most_packages = 100'000;

// Lines of other letters, those of files among them, are only kept.
void take_field(ApkPackage& package, char letter, std::string_view value) {
  switch (letter) {
    case 'P':
      package.name = value;
      break;
    case 'V':
      package.version = value;
      break;
    case 'A':
      package.architecture = value;
      break;
    case 'D':
      package.depends = value;
      break;
    case 'p':
      package.provides = value;
      break;
    case 'r':
      package.replaces = value;
      break;
    case 'q':
      package.priority = value;
      break;
    case 'C':
      package.checksum = value;
      break;
    default:
      break;
  }
}

ApkPackage parse_package(std::string_view text) {
  ApkPackage package;
  package.text = text;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.size() < 2 || line[1] != ':') {
      throw Error(ErrorKind::corrupt, "apk database: a line that is no field");
    }
    take_field(package, line[0], line.substr(2));
  }
  if (package.name.empty()) throw Error(ErrorKind::corrupt, "apk database: a nameless package");
  return package;
}

std::string with_versions(const std::string& name, const std::vector<ApkPackage>& ours,
                          const std::vector<ApkPackage>& theirs) {
  const auto version_in = [&](const std::vector<ApkPackage>& packages) -> std::string {
    const auto found = std::ranges::find(packages, std::string_view(name), &ApkPackage::name);
    return found == packages.end() ? "none" : std::string(found->version);
  };
  return name + " (ours " + version_in(ours) + ", theirs " + version_in(theirs) + ")";
}

std::string_view without_last_breaks(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  return text;
}

bool is_same(const ApkPackage& left, const ApkPackage& right) {
  return without_last_breaks(left.text) == without_last_breaks(right.text);
}

// Archives of scripts: plain members of ustar, header and body in blocks of 512 bytes. -----------

constexpr std::size_t block_bytes = 512;

struct Member {
  std::string_view name;
  std::string_view body;
  std::string_view bytes;  // header and body with their padding
};

std::uint64_t octal(std::string_view field) {
  std::uint64_t value = 0;
  for (const char digit : field) {
    if (digit == ' ' || digit == '\0') break;
    if (digit < '0' || digit > '7') throw Error(ErrorKind::corrupt, "scripts: a size that is none");
    value = value * 8 + static_cast<std::uint64_t>(digit - '0');
  }
  return value;
}

std::string_view until_zero(std::string_view field) {
  return field.substr(0, field.find('\0'));
}

std::vector<Member> members_of(std::string_view archive) {
  std::vector<Member> members;
  while (archive.size() >= block_bytes) {
    const std::string_view header = archive.substr(0, block_bytes);
    if (header.find_first_not_of('\0') == std::string_view::npos) return members;
    const std::uint64_t size = octal(header.substr(124, 12));
    const std::uint64_t padded = (size + block_bytes - 1) / block_bytes * block_bytes;
    const bool is_plain = header[156] == '0' || header[156] == '\0';
    const bool has_prefix = !until_zero(header.substr(345, 155)).empty();
    if (!is_plain || has_prefix || padded > archive.size() - block_bytes) {
      throw Error(ErrorKind::corrupt, "scripts: a member of an unknown form");
    }
    const std::size_t whole = block_bytes + static_cast<std::size_t>(padded);
    members.push_back({until_zero(header.substr(0, 100)),
                       archive.substr(block_bytes, static_cast<std::size_t>(size)),
                       archive.substr(0, whole)});
    archive.remove_prefix(whole);
  }
  if (archive.find_first_not_of('\0') != std::string_view::npos) {
    throw Error(ErrorKind::corrupt, "scripts: cut short");
  }
  return members;
}

}  // namespace

std::vector<ApkPackage> parse_apk_installed(std::string_view text) {
  std::vector<ApkPackage> packages;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of('\n'), text.size()));
    if (text.empty()) return packages;
    if (packages.size() >= most_packages) {
      throw Error(ErrorKind::corrupt, "apk database: too many packages");
    }
    const std::size_t end = std::min(text.find("\n\n"), text.size());
    packages.push_back(parse_package(text.substr(0, std::min(end + 1, text.size()))));
    text.remove_prefix(end);
  }
}

MergedText merge_apk_installed(const ThreeVersions& versions, MergePolicy policy) {
  return merge_readable(versions, [&] {
    const auto base = parse_apk_installed(versions.base.value_or(std::string_view()));
    const auto ours = parse_apk_installed(versions.ours);
    const auto theirs = parse_apk_installed(versions.theirs);
    auto merged = merge_keyed<ApkPackage>(
        {base, ours, theirs}, [](const ApkPackage& one) { return std::string(one.name); }, is_same,
        [](const auto&) { return std::optional<ApkPackage>(); }, policy);
    const std::size_t shown = std::min(merged.conflicts.size(), most_enumerated);
    for (std::string& name : std::span(merged.conflicts).first(shown)) {
      name = with_versions(name, ours, theirs);
    }
    std::string text;
    for (const ApkPackage& package : merged.records) {
      text += without_last_breaks(package.text);
      text += "\n\n";
    }
    return conclude(merged.conflicts, merged.settled, policy, "packages", std::move(text));
  });
}

MergedText merge_apk_scripts(const ThreeVersions& versions, MergePolicy policy) {
  return merge_readable(versions, [&] {
    const auto base = members_of(versions.base.value_or(std::string_view()));
    const auto ours = members_of(versions.ours);
    const auto theirs = members_of(versions.theirs);
    const auto merged = merge_keyed<Member>(
        {base, ours, theirs}, [](const Member& one) { return std::string(one.name); },
        [](const Member& left, const Member& right) { return left.body == right.body; },
        [](const auto&) { return std::optional<Member>(); }, policy);
    std::string archive;
    for (const Member& member : merged.records) archive += member.bytes;
    archive.append(2 * block_bytes, '\0');
    return conclude(merged.conflicts, merged.settled, policy, "scripts", std::move(archive));
  });
}

}  // namespace imgops
