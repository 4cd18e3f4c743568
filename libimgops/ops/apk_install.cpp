// apk keeps one file for all: a block of lines a package, its directories and files with their
// SHA-1 in it; the scripts of all packages are one archive beside it.
#include "libimgops/ops/apk_install.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/old_checksum.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/ops/made_layer.hpp"
#include "libimgops/ops/patch_refusals.hpp"
#include "libimgops/packages/apk_installed.hpp"
#include "libimgops/packages/line_lists.hpp"
#include "libimgops/packages/version.hpp"
#include "libimgops/tar/tar_reader.hpp"
#include "libimgops/tar/tar_writer.hpp"
#include "libimgops/tree/resolve.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace imgops {
namespace {

constexpr std::uint64_t largest_database_bytes = 64ULL << 20;

// What .PKGINFO says; a key may come several times.
using Information = std::multimap<std::string, std::string, std::less<>>;

Information read_information(const PackageFile& package) {
  Information information;
  const auto document = package.archive.control.find(".PKGINFO");
  for (const std::string_view line : split_lines(document->second.text)) {
    const std::size_t equals = line.find(" = ");
    if (line.starts_with('#') || equals == std::string_view::npos) continue;
    information.emplace(line.substr(0, equals), line.substr(equals + 3));
  }
  return information;
}

std::string value_of(const Information& information, std::string_view key) {
  const auto found = information.find(key);
  return found == information.end() ? std::string() : found->second;
}

std::string checksum_text(std::string_view sha1) {
  return "Q1" + to_base64(sha1);
}

bool is_directory(const Inode& inode) {
  return inode.type == FileType::directory;
}

// A file as the database has it.
struct KnownFile {
  std::string path;
  std::string checksum;  // "Q1…", empty when it has none
};

std::vector<KnownFile> files_of(std::string_view block) {
  std::vector<KnownFile> files;
  std::string directory;
  for (const std::string_view line : split_lines(block)) {
    if (line.size() < 2) continue;
    const std::string_view value = line.substr(2);
    if (line.starts_with("F:")) directory = value;
    if (line.starts_with("R:")) files.push_back({join(directory, value), {}});
    if (line.starts_with("Z:") && !files.empty()) files.back().checksum = value;
  }
  return files;
}

class Installer {
 public:
  Installer(const Tree& tree, const PackageFile& package, ContentReader& contents)
      : tree_(tree),
        package_(package),
        contents_(contents),
        information_(read_information(package)) {}

  DpkgInstall run() {
    refuse_unsafe_patch(tree_, *package_.files, subject());
    read_old_version();
    for (const LayerEntry& entry : package_.files->entries) by_path_[entry.path] = &entry;
    for (const LayerEntry& entry : package_.files->entries) add_file(entry);
    remove_old_files();
    write_installed();
    write_scripts();
    write_triggers();
    return {{removed_.take(), files_.take(), database_.take()}, std::move(skipped_)};
  }

 private:
  std::string subject() const { return printable(package_.name); }

  [[noreturn]] void refuse(const std::string& what) const {
    throw Error(ErrorKind::conflict, subject() + ": " + what);
  }

  std::optional<std::string> text(const std::string& path) const {
    const Node* const node = resolve(tree_, path, LastComponent::follow);
    if (node == nullptr || node->inode->type != FileType::regular) return std::nullopt;
    return contents_.text(node->inode->content, largest_database_bytes);
  }

  void read_old_version() {
    const std::string name = value_of(information_, "pkgname");
    const std::string version = value_of(information_, "pkgver");
    if (name.empty() || version.empty() || name.find('/') != std::string::npos) {
      throw Error(ErrorKind::corrupt, subject() + ": .PKGINFO does not say name and version");
    }
    for (const char* directory : {"lib/apk/db", "usr/lib/apk/db"}) {
      if (const auto found = text(std::string(directory) + "/installed")) {
        directory_ = directory;
        installed_ = *found;
        break;
      }
    }
    const std::vector<ApkPackage> packages = parse_apk_installed(installed_);
    const auto old = std::ranges::find(packages, std::string_view(name), &ApkPackage::name);
    if (old == packages.end()) refuse(name + " is not installed in the image");
    const std::string architecture = value_of(information_, "arch");
    if (old->architecture != architecture && architecture != "noarch" &&
        old->architecture != "noarch") {
      refuse(name + " is for " + printable(architecture) + ", the image has it for " +
             printable(old->architecture));
    }
    if (compare_apk_versions(version, old->version) < 0) {
      refuse(name + " " + printable(version) + " is older than " + printable(old->version) +
             ", which the image has");
    }
    skipped_ = {name, std::string(old->version), version, scripts_of(package_.archive), {}};
    old_text_ = old->text;
    for (KnownFile& file : files_of(old->text)) {
      old_files_.emplace(real_path(tree_, file.path), std::move(file));
    }
  }

  std::string checksum_of(const Inode& inode) const {
    if (inode.type == FileType::symlink) {
      return checksum_text(old_checksum_of(OldChecksum::sha1, inode.link_target));
    }
    if (inode.type != FileType::regular) return {};
    OldChecksumSink sink(OldChecksum::sha1);
    contents_.copy(inode.content, sink);
    return checksum_text(sink.finish());
  }

  void add_file(const LayerEntry& entry) {
    const std::string path(std::string_view(entry.path));
    if (path.empty()) return;
    const std::string real = real_path(tree_, path);
    new_paths_.insert(real);
    if (entry.kind == EntryKind::file && is_directory(entry.inode)) {
      const Node* const there = resolve(tree_, path, LastComponent::follow);
      if (there == nullptr || !is_directory(*there->inode)) files_.add_entry(entry, path);
      return;
    }
    // Below /etc what the image changed is protected.
    if (path.starts_with("etc/") && entry.inode.type == FileType::regular &&
        !may_replace(entry, real)) {
      return;
    }
    refuse_foreign_file(real);
    if (entry.kind == EntryKind::hard_link) {
      files_.add_entry(entry, path, entry.link_path);
    } else {
      files_.add_entry(entry, path);
    }
  }

  bool may_replace(const LayerEntry& entry, const std::string& real) const {
    ConffileSums sums;
    const auto old = old_files_.find(real);
    if (old != old_files_.end()) sums.old_package = old->second.checksum;
    const Node* const there = tree_.find(real);
    if (there != nullptr) sums.image = checksum_of(*there->inode);
    sums.new_package = checksum_of(entry.inode);
    return judge_conffile(sums, subject() + ": /" + printable(real)) == ConffileFate::install;
  }

  void refuse_foreign_file(const std::string& real) const {
    if (old_files_.contains(real) || tree_.find(real) == nullptr) return;
    for (const ApkPackage& other : parse_apk_installed(installed_)) {
      if (other.name == skipped_.package) continue;
      for (const KnownFile& file : files_of(other.text)) {
        if (real_path(tree_, file.path) != real) continue;
        refuse("/" + printable(real) + ": is of package " + printable(other.name));
      }
    }
  }

  void remove_old_files() {
    for (const auto& [real, file] : old_files_) {
      if (new_paths_.contains(real)) continue;
      const Node* const node = tree_.find(real);
      if (node != nullptr && !is_directory(*node->inode)) removed_.add_whiteout(real);
    }
  }

  // ---- the database
  // ------------------------------------------------------------------------------

  std::string joined(std::string_view key) const {
    std::string words;
    for (auto [at, end] = information_.equal_range(key); at != end; ++at) {
      words += (words.empty() ? "" : " ") + at->second;
    }
    return words;
  }

  std::string description() const {
    std::string block = "C:" + checksum_text(package_.archive.control_checksum) + "\n";
    const auto add = [&block](char letter, const std::string& value) {
      if (!value.empty()) block += std::string(1, letter) + ":" + value + "\n";
    };
    add('P', skipped_.package);
    add('V', skipped_.new_version);
    add('A', value_of(information_, "arch"));
    add('S', std::to_string(package_.archive.file_bytes));
    add('I', value_of(information_, "size"));
    add('T', value_of(information_, "pkgdesc"));
    add('U', value_of(information_, "url"));
    add('L', value_of(information_, "license"));
    add('o', value_of(information_, "origin"));
    add('m', value_of(information_, "maintainer"));
    add('t', value_of(information_, "builddate"));
    add('c', value_of(information_, "commit"));
    add('k', value_of(information_, "provider_priority"));
    add('D', joined("depend"));
    add('p', joined("provides"));
    add('i', joined("install_if"));
    add('r', joined("replaces"));
    add('q', value_of(information_, "replaces_priority"));
    return block;
  }

  static std::string rights(char letter, const Inode& inode, std::uint16_t usual) {
    if (inode.uid == 0 && inode.gid == 0 && inode.mode == usual) return {};
    std::string mode;
    for (std::uint32_t left = inode.mode; left != 0; left /= 8) {
      mode.insert(mode.begin(), static_cast<char>('0' + left % 8));
    }
    return std::string(1, letter) + ":" + std::to_string(inode.uid) + ":" +
           std::to_string(inode.gid) + ":" + mode + "\n";
  }

  std::string file_lines() const {
    std::string lines;
    std::string directory = "/";  // none
    for (const LayerEntry& entry : package_.files->entries) {
      const std::string_view path = entry.path;
      if (path.empty()) continue;
      if (entry.kind == EntryKind::file && is_directory(entry.inode)) {
        directory = path;
        lines += "F:" + directory + "\n" + rights('M', entry.inode, 0755);
        continue;
      }
      if (parent_path(path) != directory) {
        directory = parent_path(path);
        lines += "F:" + directory + "\n";
      }
      const auto first = by_path_.find(entry.link_path);
      const Inode& inode = entry.kind == EntryKind::hard_link && first != by_path_.end()
                               ? first->second->inode
                               : entry.inode;
      const std::uint16_t usual = inode.type == FileType::symlink ? 0777 : 0644;
      lines += "R:" + std::string(file_name(path)) + "\n" + rights('a', inode, usual);
      const std::string checksum = checksum_of(inode);
      if (!checksum.empty()) lines += "Z:" + checksum + "\n";
    }
    return lines;
  }

  void put(const std::string& name, std::string content) {
    const std::string path = directory_ + "/" + name;
    const Node* const old = resolve(tree_, path, LastComponent::follow);
    database_.add_text(path, std::move(content), *old->inode);
  }

  void write_installed() {
    std::string all = installed_;
    all.replace(all.find(old_text_), old_text_.size(), description() + file_lines());
    put("installed", std::move(all));
  }

  std::string old_checksum() const {
    for (const std::string_view line : split_lines(old_text_)) {
      if (line.starts_with("C:")) return std::string(line.substr(2));
    }
    return {};
  }

  void write_scripts() {
    const auto archive = text(directory_ + "/scripts.tar");
    if (!archive) return;
    const std::string old_prefix =
        skipped_.package + "-" + skipped_.old_version + "." + old_checksum() + ".";
    std::string all;
    SilentObserver silent;
    StringSource source(*archive);
    TarReader reader(source, silent);
    while (const Member* const member = reader.next()) {
      if (member->path.starts_with(old_prefix)) continue;
      const std::string path = member->path;
      const FileAttributes attributes = member->attributes;
      std::string body;
      for (ByteView piece = reader.body(); !piece.empty(); piece = reader.body()) {
        body += as_text(piece);
      }
      add_member(all, path, attributes, body);
    }
    for (const auto& [name, member] : package_.archive.control) {
      if (name == ".PKGINFO" || name.starts_with(".SIGN.")) continue;
      FileAttributes attributes;
      attributes.mode = 0755;
      attributes.mtime = member.mtime;
      add_member(all,
                 skipped_.package + "-" + skipped_.new_version + "." +
                     checksum_text(package_.archive.control_checksum) + name,
                 attributes, member.text);
    }
    put("scripts.tar", all + std::string(tar_end()));
  }

  static void add_member(std::string& archive, const std::string& path,
                         const FileAttributes& attributes, const std::string& body) {
    archive += encode_header(path, attributes, body.size());
    archive += body;
    archive.append(tar_padding_bytes(body.size()), '\0');
  }

  // A line is the checksum of a package and the paths it watches.
  void write_triggers() {
    const auto lines = text(directory_ + "/triggers");
    if (!lines) return;
    std::string all;
    const std::string old = old_checksum();
    for (const std::string_view line : split_lines(*lines)) {
      const std::size_t blank = std::min(line.find(' '), line.size());
      const std::string_view checksum = line.substr(0, blank);
      if (checksum == old) {
        const std::string paths = joined("triggers");
        if (!paths.empty()) {
          all += checksum_text(package_.archive.control_checksum) + " " + paths + "\n";
        }
        continue;
      }
      all += std::string(line) + "\n";
      for (const std::string_view pattern : split_fields(line.substr(blank), ' ')) note(pattern);
    }
    if (all != *lines) put("triggers", std::move(all));
  }

  void note(std::string_view pattern) {
    const std::string_view directory = pattern.substr(0, pattern.find('*'));
    const bool concerns = std::ranges::any_of(new_paths_, [&](const std::string& path) {
      return directory.size() > 1 && ("/" + path).starts_with(directory);
    });
    if (!concerns) return;
    skipped_.triggers.push_back(
        {std::string(pattern), std::string(usual_work_of_trigger(directory))});
  }

  const Tree& tree_;
  const PackageFile& package_;
  ContentReader& contents_;
  Information information_;
  std::string directory_;  // of the database
  std::string installed_;
  std::string old_text_;
  std::map<std::string, KnownFile> old_files_;  // by real path
  std::set<std::string> new_paths_;
  std::map<std::string_view, const LayerEntry*> by_path_;
  MadeLayer removed_;
  MadeLayer files_;
  MadeLayer database_;
  SkippedWork skipped_;
};

}  // namespace

DpkgInstall plan_apk_install(const Tree& tree, const PackageFile& package,
                             ContentReader& contents) {
  return Installer(tree, package, contents).run();
}

std::string apk_architecture(const PackageFile& package) {
  return value_of(read_information(package), "arch");
}

}  // namespace imgops
