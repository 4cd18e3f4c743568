// What dpkg does between unpacking and configuring, without running a script: the old list of files
// tells what vanishes, the package's archive what comes, the database what may be touched.
#include "libimgops/install/dpkg_install.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/install/dpkg_checksums.hpp"
#include "libimgops/install/dpkg_conffiles.hpp"
#include "libimgops/install/dpkg_control.hpp"
#include "libimgops/install/dpkg_database.hpp"
#include "libimgops/install/dpkg_paragraph.hpp"
#include "libimgops/install/dpkg_takeover.hpp"
#include "libimgops/install/dpkg_trigger_files.hpp"
#include "libimgops/ops/made_layer.hpp"
#include "libimgops/ops/patch_refusals.hpp"
#include "libimgops/packages/line_lists.hpp"
#include "libimgops/packages/version.hpp"
#include "libimgops/tree/resolve.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

namespace imgops {
namespace {

std::string absolute(std::string_view path) {
  return "/" + std::string(path);
}

bool is_directory(const LayerEntry& entry) {
  return entry.kind() == EntryKind::file && entry.inode.type() == FileType::directory;
}

bool is_directory(const Node* node) {
  return node != nullptr && node->inode()->type() == FileType::directory;
}

class Installer {
 public:
  Installer(const Tree& tree, const PackageFile& package, ContentReader& contents)
      : tree_(tree), package_(package), contents_(contents), database_(tree, contents) {}

  DpkgInstall run() {
    control_ = read_dpkg_control(document("control"), subject());
    name_ = control_.value("Package");
    refuse_unsafe_patch(tree_, *package_.files, subject());
    check_package_files(package_.archive, *package_.files, contents_, subject());
    read_old_version();
    for (const LayerEntry& entry : package_.files->entries) by_path_[entry.path] = &entry;
    conffiles_->check(*package_.files);
    for (const LayerEntry& entry : package_.files->entries) add_file(entry);
    remove_conffiles();
    remove_old_files();
    write_info();
    write_other_lists();
    write_status();
    write_triggers();
    return {{removed_.take(), files_.take(), info_.take()}, std::move(skipped_), std::move(notes_)};
  }

 private:
  std::string subject() const { return printable(package_.name); }

  [[noreturn]] void refuse(const std::string& what) const {
    throw Error(ErrorKind::conflict, subject() + ": " + what);
  }

  std::string_view document(std::string_view name) const {
    const auto found = package_.archive.control.find(name);
    return found == package_.archive.control.end() ? std::string_view() : found->second.text;
  }

  void read_old_version() {
    const std::string_view architecture = control_.value("Architecture");
    auto found = database_.find(name_, architecture);
    if (!found || found->get().value("Package") != name_) {
      refuse(name_ + " is not installed in the image");
    }
    record_ = std::move(*found);
    const std::string_view there = record_.get().value("Architecture");
    const bool is_foreign =
        there == "all" ? !database_.has_architecture(architecture) : there != architecture;
    if (is_foreign && architecture != "all") {
      refuse(name_ + " is for " + printable(architecture) + ", the image has it for " +
             printable(there));
    }
    const std::string old_version(record_.get().value("Version"));
    const std::string new_version(control_.value("Version"));
    if (compare_dpkg_versions(new_version, old_version) < 0) {
      refuse(name_ + " " + printable(new_version) + " is older than " + printable(old_version) +
             ", which the image has");
    }
    skipped_ = {name_, old_version, new_version, scripts_of(package_.archive), {}};
    conffiles_.emplace(record_.get(), document("conffiles"), subject());
    diversions_ = database_.diversions();
    for (const std::string& path : database_.list(record_)) {
      old_paths_.insert(real_path(tree_, destination(std::string_view(path).substr(1))));
    }
    old_prefix_ = database_.info_prefix(record_);
    prefix_ = database_.info_prefix_after(record_, control_);
    if (!database_.knows_files(record_)) {
      notes_.push_back(subject() + ": the image has no list of the files of " + name_ + " " +
                       printable(old_version) + ": what the package no longer has stays");
    }
    takeover_.emplace(database_, control_, subject());
  }

  // Where a file of the package goes, links of the image aside.
  std::string destination(std::string_view path) const {
    for (const FileDiversion& diversion : diversions_) {
      if (diversion.from == absolute(path) && diversion.package != name_) {
        const auto to = canonical_path(diversion.to);
        if (!to) refuse("/" + printable(path) + ": is diverted out of the image");
        return *to;
      }
    }
    return std::string(path);
  }

  void add_file(const LayerEntry& entry) {
    const std::string_view path = entry.path;
    list_.push_back(path.empty() ? "/." : absolute(path));
    if (path.empty()) return;
    const std::string target = destination(path);
    const std::string real = real_path(tree_, target);
    new_paths_.insert(real);
    if (is_directory(entry)) {
      // What is there stays as it is, be it a link to a directory.
      if (is_directory(resolve(tree_, target, LastComponent::follow))) return;
      if (database_.is_excluded(absolute(path))) return;
      EntryFields placed = fields_of(entry);
      obey_override(placed.inode, path);
      return files_.add_entry(placed, target);
    }
    const bool is_conffile = conffiles_->brings(absolute(path));
    if (!old_paths_.contains(real) &&
        takeover_->judge(real, is_conffile) == FileTaking::left_to_other) {
      list_.pop_back();
      return;
    }
    takeover_->check_shared_file(entry, real, file_name(old_prefix_), contents_);
    if (is_conffile && !is_to_be_installed(entry, real)) return;
    if (database_.is_excluded(absolute(path))) return;
    put(entry, target, is_conffile ? tree_.find(real) : nullptr);
    written_.insert(std::string(path));
  }

  // With the owner and mode of the configuration file that was there, unless that is null.
  void put(const LayerEntry& entry, const std::string& target, const Node* conffile) {
    EntryFields placed = fields_of(entry);
    std::string link_target;
    if (entry.kind() == EntryKind::hard_link && written_.contains(std::string(entry.link_path()))) {
      link_target = destination(entry.link_path());
    } else if (entry.kind() == EntryKind::hard_link) {
      // Its first name stays out of the image: this one becomes the file.
      const auto first = by_path_.find(entry.link_path());
      if (first == by_path_.end()) {
        throw Error(ErrorKind::corrupt, subject() + ": /" + printable(entry.path) +
                                            ": links to what is not in the package");
      }
      placed = fields_of(*first->second);
    }
    obey_override(placed.inode, entry.path);
    keep_rights(placed.inode, conffile);
    files_.add_entry(placed, target, link_target);
  }

  void obey_override(InodeFields& placed, std::string_view path) const {
    const auto owner =
        with_context(subject(), [&] { return database_.override_of(absolute(path)); });
    if (!owner) return;
    std::tie(placed.uid, placed.gid, placed.mode) = std::tie(owner->uid, owner->gid, owner->mode);
  }

  bool is_to_be_installed(const LayerEntry& entry, const std::string& real) {
    const std::string path = absolute(entry.path);
    if (entry.kind() != EntryKind::file || entry.inode.type() != FileType::regular) return true;
    if (const auto beside = conffiles_->beside(tree_, path, real)) {
      if (database_.is_excluded(path)) return false;
      put(entry, *beside, nullptr);
      notes_.push_back(subject() + ": " + printable(path) +
                       ": is no plain file in the image; the package's is /" + printable(*beside));
      return false;
    }
    const Node* const there = tree_.find(real);
    std::string image;
    if (there != nullptr) image = dpkg_checksum(there->inode()->content(), contents_);
    const std::string brought = dpkg_checksum(entry.inode.content(), contents_);
    const ConffileFate fate = conffiles_->judge(path, image, brought);
    if (fate == ConffileFate::keep && image.empty() && !conffiles_->was(path, brought)) {
      notes_.push_back(subject() + ": " + printable(path) +
                       ": the image removed it and the package changed it; it stays away");
    }
    return fate == ConffileFate::install;
  }

  // What the package wants to be gone goes where nobody changed it, else out of the way.
  void remove_conffiles() {
    for (const NamedConffile& conffile : conffiles_->named()) {
      if (!conffile.removes) continue;
      const std::string real =
          real_path(tree_, destination(std::string_view(conffile.path).substr(1)));
      const Node* const node = tree_.find(real);
      if (node == nullptr || node->inode()->type() != FileType::regular) continue;
      const std::vector<std::string> owners = database_.owners_of(real, name_);
      if (!owners.empty()) refuse(conffile.path + ": is of package " + printable(owners.front()));
      if (conffiles_->was(conffile.path, dpkg_checksum(node->inode()->content(), contents_))) {
        gone_.insert(real);
        continue;
      }
      removed_.add_whiteout(real);
      vanished_.push_back(absolute(real));
      new_paths_.insert(real + ".dpkg-old");
      EntryFields moved;
      moved.inode = fields_of(*node->inode());
      files_.add_entry(moved, real + ".dpkg-old");
      notes_.push_back(subject() + ": " + printable(conffile.path) +
                       ": the package removes it and the image changed it; kept as .dpkg-old");
    }
  }

  // What the old version had and the new has not, unless another package has it too.
  void remove_old_files() {
    std::set<std::string, PathLess> directories;
    for (const std::string& path : old_paths_) {
      const Node* const node = tree_.find(path);
      if (node == nullptr || new_paths_.contains(path)) continue;
      if (is_directory(node)) {
        directories.insert(path);
      } else if (!keeps_conffile(path) && database_.owners_of(path, name_).empty()) {
        gone_.insert(path);
      }
    }
    for (auto at = directories.rbegin(); at != directories.rend(); ++at) {  // what is inside first
      const std::string& path = *at;
      const auto inside = tree_.subtree(path).subspan(1);
      const bool is_emptied = std::ranges::all_of(
          inside, [&](const Node& node) { return gone_.contains(node.path()); });
      if (is_emptied && !is_used(path) && database_.owners_of(path, name_).empty())
        gone_.insert(path);
    }
    for (const std::string& path : gone_) {
      vanished_.push_back(absolute(path));
      if (!gone_.contains(std::string(parent_path(path)))) removed_.add_whiteout(path);
    }
  }

  bool is_used(std::string_view directory) const {
    return std::ranges::any_of(
        new_paths_, [directory](const std::string& path) { return is_below(path, directory); });
  }

  // A configuration file of the old version stays, and the database says that it is obsolete; one
  // that the package wants to be gone is none of these.
  bool keeps_conffile(std::string_view real) {
    for (const auto& [path, said] : conffiles_->old()) {
      if (real_path(tree_, std::string_view(path).substr(1)) != real) continue;
      const auto& named = conffiles_->named();
      if (std::ranges::find(named, path, &NamedConffile::path) != named.end()) return true;
      conffiles_->keep_obsolete(path);
      list_.push_back(path);
      return true;
    }
    return false;
  }

  // With attributes of what is there, or is at `before`; else as the package's archive says.
  void write_text(const std::string& path, std::string text, const ControlMember* member,
                  const std::string& before = {}) {
    const Node* const old = tree_.find(real_path(tree_, before.empty() ? path : before));
    if (member != nullptr) {
      info_.add_text(path, std::move(text), member->mode, member->mtime);
    } else if (old != nullptr && old->inode()->type() == FileType::regular) {
      info_.add_text(path, std::move(text), *old->inode());
    } else {
      const ControlMember& control = package_.archive.control.at("control");
      info_.add_text(path, std::move(text), 0644, control.mtime);
    }
  }

  void write_info_file(const std::string& kind, std::string text,
                       const ControlMember* member = nullptr) {
    write_text(prefix_ + "." + kind, std::move(text), member, old_prefix_ + "." + kind);
    kinds_.insert(kind);
  }

  void write_info() {
    const std::string_view given = document("md5sums");
    write_info_file(
        "md5sums", given.empty() ? dpkg_checksums(*package_.files, contents_) : std::string(given));
    if (database_.has_lists(record_)) {
      std::string list;
      for (const std::string& path : list_) list += path + "\n";
      write_info_file("list", std::move(list));
      for (const auto& [name, member] : package_.archive.control) {
        // The list is ours to make: files it names are taken away with the next version.
        if (name == "control" || name == "md5sums" || name == "list") continue;
        if (name.find('.') != std::string::npos) {
          throw Error(ErrorKind::corrupt, subject() + ": control part: " + printable(name) +
                                              " is no name of a document");
        }
        write_info_file(name, member.text, &member);
      }
    }
    for (const std::string& kind : database_.info_files(record_)) {
      if (prefix_ == old_prefix_ && kinds_.contains(kind)) continue;
      removed_.add_whiteout(real_path(tree_, old_prefix_ + "." + kind));
    }
  }

  void write_status() {
    ControlFile& file = record_.file;
    Paragraph& paragraph = file.paragraphs[record_.paragraph];
    // Who installs a package wants it, whatever was wanted before. status.d has no such field.
    const std::string status = paragraph.value("Status").empty() ? "" : "install ok installed";
    paragraph = make_dpkg_paragraph(control_, status, conffiles_->field(), paragraph.separator);
    write_text(record_.path, file.print(), nullptr);
  }

  // Lists of packages that lost a file to this one.
  void write_other_lists() {
    for (ShortenedList& list : takeover_->lists()) {
      write_text(list.path, std::move(list.text), nullptr);
    }
  }

  // Who is told of what from now on. Where dpkg keeps no lists, nobody is.
  void write_triggers() {
    const auto requests_in = [](const std::string& where, std::string_view text) {
      return with_context(where, [&] { return parse_triggers(text); });
    };
    const TriggerRequests now = requests_in(subject(), document("triggers"));
    std::set<std::string> set_off(now.activated.begin(), now.activated.end());
    if (database_.has_lists(record_)) {
      const std::string path = old_prefix_ + ".triggers";
      const TriggerRequests old =
          requests_in("/" + printable(path), database_.text(path).value_or(""));
      const bool is_renamed = prefix_ != old_prefix_;
      TriggerFiles files =
          change_triggers(database_,
                          {is_renamed ? std::string(file_name(old_prefix_)) : name_,
                           std::string(file_name(prefix_))},
                          old, now);
      for (auto& [file, text] : files.changed) write_or_remove(file, std::move(text));
      set_off.merge(triggers_set_off(files.path_interests, list_));
      set_off.merge(triggers_set_off(files.path_interests, vanished_));
    }
    for (const std::string& name : set_off) {
      skipped_.triggers.push_back({name, std::string(usual_work_of_trigger(name))});
    }
  }

  void write_or_remove(const std::string& path, std::string text) {
    if (text.empty()) {
      removed_.add_whiteout(real_path(tree_, path));
    } else {
      write_text(path, std::move(text), nullptr);
    }
  }

  const Tree& tree_;
  const PackageFile& package_;
  ContentReader& contents_;
  DpkgDatabase database_;
  Paragraph control_;
  DpkgRecord record_;
  std::string name_;
  std::string old_prefix_;  // of its info files
  std::string prefix_;
  std::set<std::string> kinds_;  // "list", "postinst": those that it has
  std::optional<DpkgConffiles> conffiles_;
  std::vector<FileDiversion> diversions_;
  std::set<std::string> old_paths_;  // real ones, of the old version
  std::set<std::string> new_paths_;
  std::set<std::string, PathLess> gone_;  // real ones that nobody has now
  std::map<std::string_view, const LayerEntry*> by_path_;
  std::set<std::string> written_;      // as the package calls them
  std::vector<std::string> list_;      // absolute, in the package's order
  std::vector<std::string> vanished_;  // absolute
  std::optional<DpkgTakeover> takeover_;
  MadeLayer removed_;
  MadeLayer files_;
  MadeLayer info_;
  SkippedWork skipped_;
  std::vector<std::string> notes_;
};

}  // namespace

DpkgInstall plan_dpkg_install(const Tree& tree, const PackageFile& package,
                              ContentReader& contents) {
  return Installer(tree, package, contents).run();
}

}  // namespace imgops
