// apk keeps one file for all: a block of lines a package, its directories and files with their
// SHA-1 in it; the scripts of all packages are one archive beside it.
#include "libimgops/install/apk_install.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/glob.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/install/apk_database.hpp"
#include "libimgops/install/apk_description.hpp"
#include "libimgops/install/apk_rights.hpp"
#include "libimgops/install/apk_scripts.hpp"
#include "libimgops/install/apk_takeover.hpp"
#include "libimgops/ops/made_layer.hpp"
#include "libimgops/ops/patch_refusals.hpp"
#include "libimgops/packages/apk_world.hpp"
#include "libimgops/packages/line_lists.hpp"
#include "libimgops/packages/version.hpp"
#include "libimgops/tree/resolve.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace imgops {
namespace {

bool is_directory(const Inode& inode) {
  return inode.type() == FileType::directory;
}

bool is_directory(const LayerEntry& entry) {
  return entry.kind() == EntryKind::file && is_directory(entry.inode);
}

class Installer {
 public:
  Installer(const Tree& tree, const PackageFile& package, ContentReader& contents)
      : tree_(tree),
        package_(package),
        contents_(contents),
        subject_(printable(package.name)),
        description_(package.archive, subject_),
        database_(tree, contents),
        protection_(database_.protection()),
        takeover_(database_, description_, subject_) {}

  DpkgInstall run() {
    check_names();
    refuse_unsafe_patch(tree_, *package_.files, subject_);
    read_old_version();
    for (const LayerEntry& entry : package_.files->entries) by_path_[entry.path] = &entry;
    for (const LayerEntry& entry : package_.files->entries) add(entry);
    remove_old_files();
    write_database();
    return {
        {removed_.take(), files_.take(), written_.take()}, std::move(skipped_), std::move(notes_)};
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw Error(ErrorKind::conflict, subject_ + ": " + what);
  }

  // apk leaves such files out and calls the package broken.
  void check_names() const {
    for (const LayerEntry& entry : package_.files->entries) {
      const std::string_view path = entry.path;
      const bool is_odd = std::ranges::any_of(path, [](char letter) {
        return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f;
      });
      if (!is_odd) continue;
      throw Error(ErrorKind::corrupt,
                  subject_ + ": /" + printable(path) + ": a control character in a name");
    }
  }

  void read_old_version() {
    old_ = database_.find(description_.name());
    if (old_ == nullptr) refuse(description_.name() + " is not installed in the image");
    const std::string architecture = description_.value("arch");
    const auto has_architecture = [&](const ApkPackage& package) {
      return package.architecture == architecture;
    };
    const bool is_foreign = old_->architecture == "noarch"
                                ? std::ranges::none_of(database_.packages(), has_architecture)
                                : !has_architecture(*old_);
    if (is_foreign && architecture != "noarch") {
      refuse(description_.name() + " is for " + printable(architecture) +
             ", the image has it for " + printable(old_->architecture));
    }
    if (compare_apk_versions(description_.version(), old_->version) < 0) {
      refuse(description_.name() + " " + description_.version() + " is older than " +
             printable(old_->version) + ", which the image has");
    }
    refuse_other_wishes();
    if (description_.value("size").find_first_not_of('0') == std::string::npos &&
        !package_.files->entries.empty()) {
      throw Error(ErrorKind::corrupt, subject_ + ": has files, and .PKGINFO says it has none");
    }
    skipped_ = {description_.name(),
                std::string(old_->version),
                description_.version(),
                scripts_of(package_.archive),
                {}};
    ApkFiles files = parse_apk_files(old_->text);
    for (ApkDirectory& directory : files.directories) {
      old_directories_.insert_or_assign(database_.real_directory(directory.path),
                                        std::move(directory.rights));
    }
    for (ApkFile& file : files.files) {
      std::string real = real_path(tree_, file.path);
      old_files_.emplace(std::move(real), std::move(file));
    }
  }

  // What the image's owner asked for would be brought back by the next run of apk.
  void refuse_other_wishes() const {
    const std::string checksum = description_.checksum();
    ApkPackage itself;
    itself.name = description_.name();
    itself.version = description_.version();
    itself.checksum = checksum;
    const auto wish = unmet_wish(database_.text("etc/apk/world").value_or(""), itself);
    if (wish) {
      refuse("/etc/apk/world asks for " + printable(*wish) + ", and the package is " +
             description_.name() + " " + description_.version());
    }
  }

  // ---- files
  // -------------------------------------------------------------------------------------

  std::string checksum_of(const Inode& inode) const { return apk_checksum_of(inode, contents_); }

  // What a hard link means; itself for anything else.
  const LayerEntry& first_of(const LayerEntry& entry) const {
    if (entry.kind() != EntryKind::hard_link) return entry;
    const auto first = by_path_.find(entry.link_path());
    if (first == by_path_.end() || first->second->kind() != EntryKind::file) {
      throw Error(ErrorKind::corrupt, subject_ + ": /" + printable(entry.path) +
                                          ": links to what is not in the package");
    }
    return *first->second;
  }

  void add(const LayerEntry& entry) {
    const std::string path(std::string_view(entry.path));
    if (path.empty()) return;
    if (is_directory(entry)) return add_directory(entry, path);
    const std::string real = real_path(tree_, path);
    if (!old_files_.contains(real) && takeover_.judge(real) == FileTaking::left_to_other) return;
    new_files_.insert(real);
    list(entry, path);
    std::string place = path;
    if (const Node* const there = tree_.find(real); there != nullptr && keeps(path, real, *there)) {
      if (checksum_of(*there->inode()) == checksum_of(first_of(entry).inode)) return;
      place += ".apk-new";
      refuse_odd_neighbour(place);
      notes_.push_back(subject_ + ": /" + printable(path) +
                       ": the image changed it; the package's is beside it as " +
                       printable(file_name(place)));
    }
    const auto first = places_.find(std::string_view(entry.link_path()));
    if (entry.kind() == EntryKind::hard_link && first != places_.end()) {
      files_.add_entry(fields_of(entry), place, first->second);
    } else {
      files_.add_entry(fields_of(first_of(entry)), place);
    }
    places_[path] = place;
  }

  void add_directory(const LayerEntry& entry, const std::string& path) {
    const std::string real = database_.real_directory(path);
    list_ +=
        "F:" + path + "\n" + print_apk_rights('M', rights_of(entry.inode), usual_directory_rights);
    directory_ = path;
    const auto old = old_directories_.find(real);
    const Node* const there = tree_.find(real);
    const bool is_there = there != nullptr && is_directory(*there->inode());
    // What is there keeps its rights where they are the image's own or others have a say.
    const bool is_ours = is_there && real == path && old != old_directories_.end() &&
                         rights_of(*there->inode()) == old->second &&
                         rights_of(entry.inode) != old->second && !others().contains(real);
    if (!is_there || is_ours) files_.add_entry(fields_of(entry), path);
    new_directories_.insert(real);
  }

  // In a protected directory what is not as the database says stays.
  bool keeps(const std::string& path, const std::string& real, const Node& there) const {
    if (!protection_.covers(parent_path(path))) return false;
    const ApkOwner* const owner = database_.owner_of(real);
    return owner == nullptr || !has_apk_checksum(*there.inode(), owner->file.checksum, contents_);
  }

  void refuse_odd_neighbour(const std::string& path) const {
    const Node* const there = tree_.find(real_path(tree_, path));
    if (there == nullptr || there->inode()->type() == FileType::regular) return;
    refuse("/" + printable(path) + ": is no plain file in the image");
  }

  void list(const LayerEntry& entry, const std::string& path) {
    if (parent_path(path) != directory_) {
      directory_ = parent_path(path);
      list_ += "F:" + *directory_ + "\n";
      new_directories_.insert(database_.real_directory(*directory_));
    }
    const Inode& inode = first_of(entry).inode;
    list_ += "R:" + std::string(file_name(path)) + "\n" +
             print_apk_rights('a', rights_of(inode), usual_file_rights);
    const std::string checksum = checksum_of(inode);
    if (!checksum.empty()) list_ += "Z:" + checksum + "\n";
  }

  const std::set<std::string, std::less<>>& others() {
    if (!others_) others_ = database_.directories_of_others(description_.name());
    return *others_;
  }

  void remove_old_files() {
    std::set<std::string, PathLess> gone;
    for (const auto& [real, file] : old_files_) {
      if (new_files_.contains(real)) continue;
      const ApkOwner* const owner = database_.owner_of(real);
      if (owner != nullptr && owner->package != old_) continue;
      const Node* const node = tree_.find(real);
      if (node == nullptr || is_directory(*node->inode())) continue;
      const bool is_protected = protection_.covers(parent_path(file.path));
      if (is_protected) {
        const Node* const offered = tree_.find(real + ".apk-new");
        if (offered != nullptr && !is_directory(*offered->inode())) gone.emplace(offered->path());
        if (!has_apk_checksum(*node->inode(), file.checksum, contents_)) continue;
      }
      gone.insert(real);
    }
    remove_emptied_directories(gone);
    for (const std::string& path : gone) {
      if (!gone.contains(parent_path(path))) removed_.add_whiteout(path);
    }
  }

  // Directories of the old version, and those above them, that nobody has now.
  void remove_emptied_directories(std::set<std::string, PathLess>& gone) {
    std::set<std::string, PathLess> used(others().begin(), others().end());
    const auto use = [&used](std::string_view path) {
      while (!path.empty() && used.emplace(path).second) path = parent_path(path);
    };
    for (const std::string& path : new_directories_) use(path);
    for (const std::string& path : new_files_) use(parent_path(path));
    std::set<std::string, PathLess> candidates;
    for (const auto& [directory, rights] : old_directories_) {
      for (std::string_view path = directory; !path.empty(); path = parent_path(path)) {
        candidates.emplace(path);
      }
    }
    for (auto at = candidates.rbegin(); at != candidates.rend(); ++at) {  // what is inside first
      const Node* const node = tree_.find(*at);
      if (node == nullptr || !is_directory(*node->inode()) || used.contains(*at)) continue;
      if (std::ranges::all_of(tree_.subtree(*at).subspan(1),
                              [&](const Node& inside) { return gone.contains(inside.path()); })) {
        gone.insert(*at);
      }
    }
  }

  // ---- the database
  // ------------------------------------------------------------------------------

  void put(const std::string& name, std::string content) {
    const std::string path = database_.path_of(name);
    const Node* old = resolve(tree_, path, LastComponent::follow);
    const bool is_there = old != nullptr && old->inode()->type() == FileType::regular;
    if (!is_there) old = resolve(tree_, database_.path_of("installed"), LastComponent::follow);
    written_.add_text(path, std::move(content), *old->inode());
  }

  void write_database() {
    std::map<const ApkPackage*, std::string> changed = takeover_.shortened();
    changed[old_] = description_.fields() + kept_fields() + list_;
    put("installed", database_.with(changed));
    const auto scripts = database_.text(database_.path_of("scripts.tar"));
    std::string archive =
        with_scripts_of(package_.archive, description_, *old_, scripts.value_or(""));
    if (archive != scripts.value_or("")) put("scripts.tar", std::move(archive));
    write_triggers();
  }

  // The tag of the repository that the image's owner chose.
  std::string kept_fields() const {
    for (const std::string_view line : split_lines(old_->text)) {
      if (line.starts_with("F:")) break;
      if (line.starts_with("s:")) return std::string(line) + "\n";
    }
    return {};
  }

  // A line is the checksum of a package and the directories it watches.
  void write_triggers() {
    const std::string before = database_.text(database_.path_of("triggers")).value_or("");
    const std::string wanted = description_.values("triggers");
    std::string own =
        wanted.empty() ? std::string() : description_.checksum() + " " + wanted + "\n";
    std::string all;
    for (const std::string_view line : split_lines(before)) {
      const std::size_t blank = std::min(line.find(' '), line.size());
      if (line.substr(0, blank) == old_->checksum) {
        all += std::exchange(own, {});
        continue;
      }
      all.append(line).append("\n");
      for (const std::string_view pattern : split_fields(line.substr(blank), ' ')) note(pattern);
    }
    all += own;
    for (const std::string_view pattern : split_fields(wanted, ' ')) note(pattern);
    if (all != before) put("triggers", std::move(all));
    std::ranges::sort(skipped_.triggers, {}, &SkippedTrigger::name);
  }

  void note(std::string_view pattern) {
    const std::string_view watched = pattern.substr(pattern.starts_with('+') ? 1 : 0);
    const auto is_watched = [watched](const std::string& directory) {
      return matches_glob(watched, "/" + directory);
    };
    const bool concerns = watched.starts_with('/') &&
                          (std::ranges::any_of(new_directories_, is_watched) ||
                           std::ranges::any_of(old_directories_, [&](const auto& directory) {
                             return is_watched(directory.first);
                           }));
    const bool is_known = std::ranges::find(skipped_.triggers, pattern, &SkippedTrigger::name) !=
                          skipped_.triggers.end();
    if (!concerns || is_known) return;
    skipped_.triggers.push_back({std::string(pattern), std::string(usual_work_of_trigger(
                                                           watched.substr(0, watched.find('*'))))});
  }

  const Tree& tree_;
  const PackageFile& package_;
  ContentReader& contents_;
  std::string subject_;
  ApkDescription description_;
  ApkDatabase database_;
  ApkProtection protection_;
  ApkTakeover takeover_;
  const ApkPackage* old_ = nullptr;
  std::map<std::string, ApkFile> old_files_;          // by real path
  std::map<std::string, ApkRights> old_directories_;  // by real path
  std::set<std::string> new_files_;                   // real paths
  std::set<std::string> new_directories_;             // real paths
  std::map<std::string_view, const LayerEntry*> by_path_;
  std::map<std::string, std::string, std::less<>> places_;  // as the package calls it -> written
  std::optional<std::set<std::string, std::less<>>> others_;
  std::optional<std::string> directory_;  // that the last lines of list_ are in
  std::string list_;                      // lines "F:" and "R:"
  MadeLayer removed_;
  MadeLayer files_;
  MadeLayer written_;
  SkippedWork skipped_;
  std::vector<std::string> notes_;
};

}  // namespace

DpkgInstall plan_apk_install(const Tree& tree, const PackageFile& package,
                             ContentReader& contents) {
  return Installer(tree, package, contents).run();
}

std::string apk_architecture(const PackageFile& package) {
  return ApkDescription(package.archive, printable(package.name)).value("arch");
}

}  // namespace imgops
