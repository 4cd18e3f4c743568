#include "libimgops/install/install_packages.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/install/apk_install.hpp"
#include "libimgops/install/dpkg_install.hpp"
#include "libimgops/ops/lay_over.hpp"
#include "libimgops/ops/package_database.hpp"
#include "libimgops/packages/control_file.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace imgops {
namespace {

// What was in order before, or is new, must be in order after.
class DependencyJudge {
 public:
  DependencyJudge(const Tree& before, const Tree& after, PackageManager manager,
                  ContentReader& contents)
      : before_(read_packages(before, manager, contents)),
        after_(read_packages(after, manager, contents)) {}

  void run() const {
    if (!after_) return;
    for (const auto& [name, package] : after_->packages) {
      judge_other_machine(name, package);
      for (const Dependency& need : package.needs) {
        if (after_->set.meets(need, package.architecture)) continue;
        if (was_unmet(name, need)) continue;
        refuse(name, "needs " + printable(need.text) + ", which the image does not have");
      }
      for (const Dependency& enemy : package.bears_not) {
        const auto there = after_->set.matching(enemy, name);
        if (there.empty() || was_there(name, enemy)) continue;
        refuse(name, "does not bear " + printable(there.front()) + " (" + printable(enemy.text) +
                         "), which the image has");
      }
    }
  }

 private:
  [[noreturn]] static void refuse(const std::string& name, const std::string& what) {
    throw Error(ErrorKind::conflict, "package " + printable(name) + ": " + what,
                "give the packages it needs in the same patch");
  }

  // A package that is there for two machines is there in one version.
  void judge_other_machine(const std::string& name, const KnownPackage& package) const {
    const std::string first = name.substr(0, name.find(':'));
    const auto other = after_->packages.find(first);
    if (first == name || other == after_->packages.end()) return;
    if (other->second.version == package.version) return;
    const KnownPackage* const old_first = old(first);
    const KnownPackage* const old_package = old(name);
    const bool was_so = old_first != nullptr && old_package != nullptr &&
                        old_first->version != old_package->version;
    if (was_so) return;
    refuse(first, printable(other->second.version) + " for " +
                      printable(other->second.architecture) + " cannot be with " +
                      printable(package.version) + " for " + printable(package.architecture));
  }

  const KnownPackage* old(const std::string& name) const {
    if (!before_) return nullptr;
    const auto found = before_->packages.find(name);
    return found == before_->packages.end() ? nullptr : &found->second;
  }

  bool was_unmet(const std::string& name, const Dependency& need) const {
    const KnownPackage* const package = old(name);
    return package != nullptr && !before_->set.meets(need, package->architecture) &&
           std::ranges::any_of(package->needs,
                               [&](const Dependency& other) { return other.text == need.text; });
  }

  bool was_there(const std::string& name, const Dependency& enemy) const {
    const KnownPackage* const package = old(name);
    return package != nullptr && !before_->set.matching(enemy, name).empty() &&
           std::ranges::any_of(package->bears_not,
                               [&](const Dependency& other) { return other.text == enemy.text; });
  }

  std::optional<KnownPackages> before_;
  std::optional<KnownPackages> after_;
};

// Databases have a line a file; what a line break would add to them goes with the next version.
void check_names(const PackageFile& package) {
  for (const LayerEntry& entry : package.files->entries) {
    const std::string_view path = entry.path;
    if (path.find('\n') == std::string_view::npos) continue;
    throw Error(ErrorKind::corrupt,
                printable(package.name) + ": /" + printable(path) + ": a line break in a name");
  }
}

Tree lay_all(Tree tree, std::span<const std::shared_ptr<const LayerIndex>> layers,
             std::size_t layer_number) {
  SilentObserver silent;  // what there is to say was said when the package was read
  for (const auto& layer : layers) {
    if (layer->entries.empty()) continue;
    tree = lay_over(tree, relocate(tree, *layer), layer_number, silent);
  }
  return tree;
}

// relocate() makes new indexes whose contents are in the old ones.
Tree owning(const Tree& tree, std::span<const std::shared_ptr<const LayerIndex>> layers) {
  std::vector<std::shared_ptr<const void>> owners = tree.owners();
  owners.insert(owners.end(), layers.begin(), layers.end());
  return {{tree.nodes().begin(), tree.nodes().end()}, std::move(owners)};
}

}  // namespace

std::string architecture_of(const PackageFile& package) {
  if (package.archive.format == PackageFormat::apk) return apk_architecture(package);
  const auto control = package.archive.control.find("control");
  const ControlFile file = with_context(printable(package.name),
                                        [&] { return ControlFile::parse(control->second.text); });
  return file.paragraphs.empty() ? std::string()
                                 : std::string(file.paragraphs.front().value("Architecture"));
}

InstalledPackages install_packages(const Operation& operation, const Tree& tree,
                                   std::span<const PackageFile> packages,
                                   std::size_t layer_number) {
  ContentReader contents(operation.layers);
  InstalledPackages result{tree, {}, {}};
  bool has_deb = false;
  bool has_apk = false;
  for (const PackageFile& package : packages) {
    check_names(package);
    for (const Diagnostic& diagnostic : package.files->diagnostics) {
      operation.observer.diagnose(diagnostic);
    }
    const bool is_deb = package.archive.format == PackageFormat::deb;
    (is_deb ? has_deb : has_apk) = true;
    DpkgInstall install = is_deb ? plan_dpkg_install(result.tree, package, contents)
                                 : plan_apk_install(result.tree, package, contents);
    result.tree = with_context(printable(package.name), [&] {
      return owning(lay_all(result.tree, install.layers, layer_number), install.layers);
    });
    result.skipped.push_back(std::move(install.skipped));
    std::ranges::move(install.notes, std::back_inserter(result.notes));
  }
  if (has_deb) DependencyJudge(tree, result.tree, PackageManager::dpkg, contents).run();
  if (has_apk) DependencyJudge(tree, result.tree, PackageManager::apk, contents).run();
  return result;
}

}  // namespace imgops
