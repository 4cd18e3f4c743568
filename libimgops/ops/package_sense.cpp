// A package has what it needs when the set it came with has it: ours for packages of the app,
// theirs for those of the new base. Only what was met there and is not in the merged set is a
// problem; what was broken before is nobody's news. Libraries likewise: found in ours, not found in
// merged.
#include "libimgops/ops/package_sense.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/ops/elf_files.hpp"
#include "libimgops/ops/library_search.hpp"
#include "libimgops/ops/package_database.hpp"
#include "libimgops/packages/rpm_database.hpp"
#include "libimgops/tree/resolve.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace imgops {
namespace {

using Packages = std::optional<KnownPackages>;

PackageProblem problem(PackageProblemKind kind, std::string_view subject, std::string_view needs,
                       const std::string& text) {
  return {kind, std::string(subject), std::string(needs), printable(text)};
}

Packages read_if_readable(const Tree& tree, PackageManager manager, ContentReader& contents) {
  try {
    return read_packages(tree, manager, contents);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt && error.kind() != ErrorKind::unsupported) throw;
    return std::nullopt;
  }
}

// The package as a side has it, when it is the very one of the merged set.
const KnownPackage* same_in(const Packages& side, const std::string& name,
                            const KnownPackage& package) {
  if (!side) return nullptr;
  const auto found = side->packages.find(name);
  if (found == side->packages.end()) return nullptr;
  const bool is_same = found->second.version == package.version &&
                       found->second.architecture == package.architecture;
  return is_same ? &found->second : nullptr;
}

class PackageJudge {
 public:
  PackageJudge(const Packages& ours, const Packages& theirs, const KnownPackages& merged,
               std::set<PackageProblem>& problems)
      : ours_(ours), theirs_(theirs), merged_(merged), problems_(problems) {}

  void run() {
    for (const auto& [name, package] : merged_.packages) {
      judge_needs(name, package);
      judge_conflicts(name, package);
    }
  }

 private:
  bool was_met(const Packages& side, const std::string& name, const KnownPackage& package,
               const Dependency& dependency) const {
    return same_in(side, name, package) != nullptr &&
           side->set.meets(dependency, package.architecture);
  }

  void judge_needs(const std::string& name, const KnownPackage& package) {
    for (const Dependency& dependency : package.needs) {
      if (merged_.set.meets(dependency, package.architecture)) continue;
      if (!was_met(ours_, name, package, dependency) &&
          !was_met(theirs_, name, package, dependency)) {
        continue;
      }
      std::string text = "package " + name + " needs " + dependency.text + ", which is not there";
      const auto other = merged_.packages.find(dependency.alternatives.front().name);
      if (other != merged_.packages.end()) text += " (installed is " + other->second.version + ")";
      problems_.insert(problem(PackageProblemKind::dependency, name, dependency.text, text));
    }
  }

  void judge_conflicts(const std::string& name, const KnownPackage& package) {
    for (const Dependency& unwanted : package.bears_not) {
      for (const std::string& other : merged_.set.matching(unwanted, own_name(name))) {
        if (stood_together(ours_, name, package, other) ||
            stood_together(theirs_, name, package, other)) {
          continue;
        }
        problems_.insert(problem(PackageProblemKind::conflict, name, unwanted.text,
                                 "package " + name + " does not bear " + unwanted.text + ", and " +
                                     other + " is there"));
      }
    }
  }

  static std::string_view own_name(std::string_view name) { return name.substr(0, name.find(':')); }

  // Whether both packages, in these versions, are together on a side already.
  bool stood_together(const Packages& side, const std::string& name, const KnownPackage& package,
                      const std::string& other) const {
    if (same_in(side, name, package) == nullptr) return false;
    const auto found = merged_.packages.find(other);
    return found != merged_.packages.end() && same_in(side, other, found->second) != nullptr;
  }

  const Packages& ours_;
  const Packages& theirs_;
  const KnownPackages& merged_;
  std::set<PackageProblem>& problems_;
};

// Whether the merged database is that of theirs to the last file: then the app has no packages of
// its own, and nothing need be read.
bool is_theirs(const MergedTrees& trees, PackageManager manager) {
  const std::vector<std::string_view> places =
      manager == PackageManager::dpkg
          ? std::vector<std::string_view>{"var/lib/dpkg/status", "var/lib/dpkg/status.d"}
          : std::vector<std::string_view>{"lib/apk/db/installed", "usr/lib/apk/db/installed"};
  return std::ranges::all_of(places, [&](std::string_view place) {
    return std::ranges::equal(trees.theirs.subtree(place), trees.merged.subtree(place), {},
                              &Node::inode, &Node::inode);
  });
}

void judge_packages(const MergedTrees& trees, PackageManager manager, ContentReader& contents,
                    std::set<PackageProblem>& problems) {
  if (is_theirs(trees, manager)) return;
  const Packages ours = read_if_readable(trees.ours, manager, contents);
  if (!ours) return;
  const Packages theirs = read_if_readable(trees.theirs, manager, contents);
  try {
    const Packages merged = read_packages(trees.merged, manager, contents);
    if (merged) PackageJudge(ours, theirs, *merged, problems).run();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt && error.kind() != ErrorKind::unsupported) throw;
    const std::string_view subject = manager == PackageManager::dpkg ? "dpkg" : "apk";
    problems.insert(problem(
        PackageProblemKind::database, subject, "",
        "the merged database of " + std::string(subject) + " cannot be read: " + error.what()));
  }
}

bool is_same_file(const Inode& left, const Inode& right) {
  return &left == &right ||
         (left.type() == right.type() && left.content().size_bytes == right.content().size_bytes &&
          left.content().fingerprint == right.content().fingerprint);
}

void judge_libraries(const Operation& operation, const MergedTrees& trees, ContentReader& contents,
                     std::set<PackageProblem>& problems) {
  const std::vector<FoundElf> files = find_elf_files(operation, trees.base, trees.ours);
  if (files.empty()) return;
  LibrarySearch before(trees.ours, contents);
  LibrarySearch after(trees.merged, contents);
  for (const FoundElf& file : files) {
    const Node* const now = trees.merged.find(file.path);
    if (now == nullptr || !is_same_file(*file.inode, *now->inode())) continue;
    for (const std::string& library : file.elf.needed) {
      if (!before.finds(file.elf, file.path, library) ||
          after.finds(file.elf, file.path, library)) {
        continue;
      }
      problems.insert(problem(
          PackageProblemKind::shared_object, file.path, library,
          "/" + std::string(file.path) + " needs " + library + ", which is no longer found"));
    }
    const std::string& loader = file.elf.interpreter;
    if (!loader.empty() && before.has_file(loader) && !after.has_file(loader)) {
      problems.insert(problem(
          PackageProblemKind::interpreter, file.path, loader,
          "/" + std::string(file.path) + " is started by " + loader + ", which is not there"));
    }
  }
}

// rpm --------------------------------------------------------------------------------------------

struct RpmFile {
  const Node* node = nullptr;
  RpmDatabase kind = RpmDatabase::none;
};

std::string first_bytes(const Content& content, ContentReader& contents) {
  if (content.size_bytes == 0) return {};
  std::array<std::byte, 16> buffer{};
  const std::unique_ptr<Source> source = contents.open(content);
  return std::string(as_text(std::span(buffer).first(read_fully(*source, buffer))));
}

RpmFile find_rpm(const Tree& tree, ContentReader& contents) {
  for (const char* path : {"usr/lib/sysimage/rpm/rpmdb.sqlite", "usr/lib/sysimage/rpm/Packages.db",
                           "usr/lib/sysimage/rpm/Packages", "var/lib/rpm/rpmdb.sqlite",
                           "var/lib/rpm/Packages.db", "var/lib/rpm/Packages"}) {
    const Node* const node = resolve(tree, path, LastComponent::follow);
    if (node == nullptr || node->inode()->type() != FileType::regular) continue;
    const RpmDatabase kind = rpm_database(first_bytes(node->inode()->content(), contents));
    if (kind != RpmDatabase::none) return {node, kind};
  }
  return {};
}

// Whether the base has another file there, or none.
bool is_changed(const RpmFile& file, const Tree& base, ContentReader& contents) {
  const Node* const before = base.find(file.node->path());
  return before == nullptr || before->inode()->type() != FileType::regular ||
         !contents.equal(before->inode()->content(), file.node->inode()->content());
}

}  // namespace

std::string_view name(PackageProblemKind kind) noexcept {
  switch (kind) {
    case PackageProblemKind::dependency:
      return "dependency";
    case PackageProblemKind::conflict:
      return "conflict";
    case PackageProblemKind::shared_object:
      return "shared-object";
    case PackageProblemKind::interpreter:
      return "interpreter";
    case PackageProblemKind::database:
      break;
  }
  return "database";
}

std::vector<PackageProblem> package_problems(const Operation& operation, const MergedTrees& trees) {
  ContentReader contents(operation.layers);
  std::set<PackageProblem> problems;
  judge_packages(trees, PackageManager::dpkg, contents, problems);
  judge_packages(trees, PackageManager::apk, contents, problems);
  judge_libraries(operation, trees, contents, problems);
  return {problems.begin(), problems.end()};
}

std::optional<std::string> rpm_clash(const Operation& operation, const Tree& base, const Tree& ours,
                                     const Tree& theirs) {
  ContentReader contents(operation.layers);
  const RpmFile one = find_rpm(ours, contents);
  const RpmFile other = find_rpm(theirs, contents);
  if (one.node == nullptr || other.node == nullptr) return std::nullopt;
  if (one.node->path() == other.node->path()) return std::nullopt;  // a clash of one path
  if (!is_changed(one, base, contents) || !is_changed(other, base, contents)) return std::nullopt;
  return printable("rpm databases: ours at /" + std::string(one.node->path()) + " (" +
                   std::string(name(one.kind)) + "), theirs at /" +
                   std::string(other.node->path()) + " (" + std::string(name(other.kind)) +
                   "), both changed; neither is merged");
}

}  // namespace imgops
