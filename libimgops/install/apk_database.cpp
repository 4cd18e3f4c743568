#include "libimgops/install/apk_database.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/tree/resolve.hpp"

#include <algorithm>
#include <utility>

namespace imgops {
namespace {

constexpr std::uint64_t largest_database_bytes = 64ULL << 20;

}  // namespace

ApkDatabase::ApkDatabase(const Tree& tree, ContentReader& contents)
    : tree_(tree), contents_(contents) {
  for (const char* directory : {"lib/apk/db", "usr/lib/apk/db"}) {
    if (auto found = text(std::string(directory) + "/installed")) {
      directory_ = directory;
      installed_ = std::move(*found);
      break;
    }
  }
  packages_ =
      with_context("/" + path_of("installed"), [&] { return parse_apk_installed(installed_); });
  for (const ApkPackage& package : packages_) {
    for (ApkFile& file : parse_apk_files(package.text).files) {
      std::string real = real_path(tree_, file.path);
      owners_.insert_or_assign(std::move(real), ApkOwner{&package, std::move(file)});
    }
  }
}

const ApkPackage* ApkDatabase::find(std::string_view name) const {
  const auto found = std::ranges::find(packages_, name, &ApkPackage::name);
  return found == packages_.end() ? nullptr : &*found;
}

const ApkOwner* ApkDatabase::owner_of(std::string_view real_path) const {
  const auto found = owners_.find(real_path);
  return found == owners_.end() ? nullptr : &found->second;
}

std::string ApkDatabase::real_directory(std::string_view path) const {
  const Node* const there = resolve(tree_, path, LastComponent::follow);
  return there == nullptr ? real_path(tree_, path) : std::string(there->path());
}

std::set<std::string, std::less<>> ApkDatabase::directories_of_others(
    std::string_view except) const {
  std::set<std::string, std::less<>> directories;
  for (const ApkPackage& package : packages_) {
    if (package.name == except) continue;
    for (const ApkDirectory& directory : parse_apk_files(package.text).directories) {
      std::string path = real_directory(directory.path);
      while (!path.empty() && directories.insert(path).second) path = parent_path(path);
    }
  }
  return directories;
}

ApkProtection ApkDatabase::protection() const {
  ApkProtection protection;
  for (const char* place : {"lib/apk/protected_paths.d", "etc/apk/protected_paths.d"}) {
    const Node* const directory = resolve(tree_, place, LastComponent::follow);
    if (directory == nullptr) continue;
    for (const Node& node : tree_.subtree(directory->path())) {
      if (node.path().ends_with(".list")) protection.add(text(node.path()).value_or(""));
    }
  }
  return protection;
}

std::string ApkDatabase::path_of(std::string_view name) const {
  return join(directory_, name);
}

std::optional<std::string> ApkDatabase::text(std::string_view path) const {
  const Node* const node = resolve(tree_, path, LastComponent::follow);
  if (node == nullptr || node->inode()->type() != FileType::regular) return std::nullopt;
  return contents_.text(node->inode()->content(), largest_database_bytes);
}

std::string ApkDatabase::with(const std::map<const ApkPackage*, std::string>& changed) const {
  std::string text;
  std::string_view left = installed_;
  for (const ApkPackage& package : packages_) {
    const auto found = changed.find(&package);
    if (found == changed.end()) continue;
    const auto start = static_cast<std::size_t>(package.text.data() - left.data());
    text.append(left.substr(0, start)).append(found->second);
    left.remove_prefix(start + package.text.size());
  }
  return text.append(left);
}

}  // namespace imgops
