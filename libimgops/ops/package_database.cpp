#include "libimgops/ops/package_database.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/packages/apk_installed.hpp"
#include "libimgops/packages/dpkg_status.hpp"
#include "libimgops/tree/resolve.hpp"

#include <utility>

namespace imgops {
namespace {

constexpr std::uint64_t largest_database_bytes = std::uint64_t{64} * 1024 * 1024;

std::optional<std::string> text_at(const Tree& tree, std::string_view path,
                                   ContentReader& contents) {
  const Node* const node = resolve(tree, path, LastComponent::follow);
  if (node == nullptr || node->inode()->type() != FileType::regular) return std::nullopt;
  return contents.text(node->inode()->content(), largest_database_bytes);
}

// A field that cannot be read asks for nothing that could be judged.
std::vector<Dependency> readable_dependencies(std::string_view field) {
  try {
    return parse_dependencies(field);
  } catch (const Error&) {
    return {};
  }
}

// Images without a shell have a file a package in place of one status.
std::string small_files(const Tree& tree, ContentReader& contents) {
  std::string text;
  const Node* const directory = resolve(tree, "var/lib/dpkg/status.d", LastComponent::follow);
  if (directory == nullptr) return text;
  for (const Node& node : tree.subtree(directory->path())) {
    const bool is_status = node.inode()->type() == FileType::regular &&
                           parent_path(node.path()) == directory->path() &&
                           !node.path().ends_with(".md5sums");
    if (!is_status) continue;
    const std::uint64_t left = largest_database_bytes - text.size();
    text += contents.text(node.inode()->content(), left) + "\n\n";
    if (text.size() > largest_database_bytes) {
      throw Error(ErrorKind::unsupported, "package database: too large");
    }
  }
  return text;
}

std::optional<KnownPackages> read_dpkg(const Tree& tree, ContentReader& contents) {
  const auto status = text_at(tree, "var/lib/dpkg/status", contents);
  const std::string text = status.value_or("") + "\n\n" + small_files(tree, contents);
  const std::vector<InstalledPackage> installed = installed_packages(ControlFile::parse(text));
  if (!status && installed.empty()) return std::nullopt;
  const auto architectures = text_at(tree, "var/lib/dpkg/arch", contents);
  KnownPackages known{{}, PackageSet(installed, architectures.value_or(""))};
  for (const InstalledPackage& package : installed) {
    KnownPackage value{package.version, package.architecture,
                       readable_dependencies(package.depends),
                       readable_dependencies(package.conflicts)};
    const auto added = known.packages.try_emplace(package.name, value);
    if (added.second) continue;
    known.packages.try_emplace(package.name + ":" + package.architecture, std::move(value));
  }
  return known;
}

std::optional<KnownPackages> read_apk(const Tree& tree, ContentReader& contents) {
  auto text = text_at(tree, "lib/apk/db/installed", contents);
  if (!text) text = text_at(tree, "usr/lib/apk/db/installed", contents);
  if (!text) return std::nullopt;
  const std::vector<ApkPackage> installed = parse_apk_installed(*text);
  KnownPackages known{{}, PackageSet(installed)};
  for (const ApkPackage& package : installed) {
    known.packages.try_emplace(
        std::string(package.name),
        KnownPackage{std::string(package.version), std::string(package.architecture),
                     parse_apk_dependencies(package.depends),
                     parse_apk_conflicts(package.depends)});
  }
  return known;
}

}  // namespace

std::optional<KnownPackages> read_packages(const Tree& tree, PackageManager manager,
                                           ContentReader& contents) {
  return manager == PackageManager::dpkg ? read_dpkg(tree, contents) : read_apk(tree, contents);
}

}  // namespace imgops
