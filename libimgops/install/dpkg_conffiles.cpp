#include "libimgops/install/dpkg_conffiles.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/packages/line_lists.hpp"
#include "libimgops/tree/resolve.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace imgops {
namespace {

constexpr std::string_view remove_flag = "remove-on-upgrade";
constexpr std::string_view never_installed = "newconffile";  // in place of a checksum
constexpr std::string_view unreadable = "-";                 // likewise

}  // namespace

ConffileFate judge_conffile(const ConffileSums& sums, const std::string& subject) {
  if (sums.image == sums.new_package) return ConffileFate::same;
  if (sums.image.empty()) {
    // A new one is put there; one that the image removed stays away.
    return sums.old_package.empty() ? ConffileFate::install : ConffileFate::keep;
  }
  if (sums.image == sums.old_package) return ConffileFate::install;
  if (sums.new_package == sums.old_package) return ConffileFate::keep;
  throw Error(ErrorKind::conflict,
              subject + ": a configuration file that both the image and the package changed",
              "put the wanted one into the image first, or patch with a directory");
}

void keep_rights(InodeFields& placed, const Node* there) {
  const bool are_files = placed.type == FileType::regular && there != nullptr &&
                         there->inode()->type() == FileType::regular;
  if (!are_files) return;
  placed.uid = there->inode()->uid();
  placed.gid = there->inode()->gid();
  placed.mode = there->inode()->mode();
}

std::vector<NamedConffile> parse_conffile_names(std::string_view document,
                                                std::string_view subject) {
  const auto refuse = [&](std::string_view line, const std::string& what) {
    throw Error(ErrorKind::corrupt,
                std::string(subject) + ": conffiles: " + printable(line) + ": " + what);
  };
  std::vector<NamedConffile> named;
  for (std::string_view line : split_lines(document)) {
    while (line.ends_with(' ') || line.ends_with('\t') || line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    if (line.empty()) continue;
    NamedConffile conffile;
    std::string_view path = line;
    if (!path.starts_with('/') && path.find(' ') != std::string_view::npos) {
      const std::string_view flag = path.substr(0, path.find(' '));
      if (flag != remove_flag) refuse(line, "dpkg knows no such flag");
      conffile.removes = true;
      path.remove_prefix(std::min(path.find_first_not_of(' ', flag.size()), path.size()));
    }
    if (!path.starts_with('/')) refuse(line, "is no absolute path");
    // Written otherwise than the archive has it, dpkg would not know the file again.
    if (canonical_path(path) != path.substr(1)) refuse(line, "is not written as a path of a file");
    conffile.path = path;
    named.push_back(std::move(conffile));
  }
  return named;
}

DpkgConffiles::DpkgConffiles(const Paragraph& installed, std::string_view document,
                             std::string subject)
    : subject_(std::move(subject)),
      named_(parse_conffile_names(document, subject_)),
      old_(parse_conffiles(installed.value("Conffiles"))) {}

bool DpkgConffiles::brings(std::string_view path) const {
  return std::ranges::any_of(named_, [path](const NamedConffile& conffile) {
    return conffile.path == path && !conffile.removes;
  });
}

std::string_view DpkgConffiles::old_checksum(std::string_view path) const {
  const auto found = std::ranges::find(old_, path, &Conffiles::value_type::first);
  if (found == old_.end()) return {};
  const std::string_view said = found->second;
  const std::string_view checksum = said.substr(0, said.find(' '));  // without "obsolete"
  return checksum == never_installed ? std::string_view() : checksum;
}

void DpkgConffiles::check(const LayerIndex& files) const {
  std::unordered_map<std::string_view, const LayerEntry*> by_path;
  for (const LayerEntry& entry : files.entries) by_path[std::string_view(entry.path)] = &entry;
  for (const NamedConffile& conffile : named_) {
    const auto found = by_path.find(std::string_view(conffile.path).substr(1));
    const bool is_there = found != by_path.end();
    std::string_view problem;
    if (conffile.removes) {
      if (is_there) problem = "is to be removed, and in the package";
    } else if (!is_there) {
      problem = "is not in the package";
    } else if (found->second->inode.type() == FileType::directory) {
      problem = "is a directory";
    }
    if (problem.empty()) continue;
    throw Error(ErrorKind::corrupt, subject_ + ": conffiles: " + printable(conffile.path) + ": " +
                                        std::string(problem));
  }
}

ConffileFate DpkgConffiles::judge(const std::string& path, const std::string& image,
                                  const std::string& new_package) {
  brought_.insert_or_assign(path, new_package);
  return judge_conffile({std::string(old_checksum(path)), image, new_package},
                        subject_ + ": " + printable(path));
}

std::optional<std::string> DpkgConffiles::beside(const Tree& tree, const std::string& path,
                                                 const std::string& real) {
  constexpr std::string_view ending = ".dpkg-new";
  const Node* const there = tree.find(real);
  if (there == nullptr || there->inode()->type() == FileType::regular) return std::nullopt;
  const Node* const end = resolve(tree, real, LastComponent::follow);
  const bool is_lost =
      end == nullptr ? leads_in_circles(tree, real) : end->inode()->type() != FileType::regular;
  if (is_lost) {
    brought_.insert_or_assign(path, std::string(unreadable));
    return std::string(end == nullptr ? std::string_view(real) : end->path()).append(ending);
  }
  const std::string_view old = old_checksum(path);
  brought_.insert_or_assign(path, std::string(old.empty() ? never_installed : old));
  return real + std::string(ending);
}

bool DpkgConffiles::was(const std::string& path, std::string_view checksum) const {
  return old_checksum(path) == checksum;
}

void DpkgConffiles::keep_obsolete(const std::string& path) {
  obsolete_.insert(path);
}

Conffiles DpkgConffiles::field() const {
  Conffiles field;
  for (const NamedConffile& conffile : named_) {
    const auto brought = brought_.find(conffile.path);
    if (conffile.removes) {
      const std::string_view old = old_checksum(conffile.path);
      field.emplace_back(conffile.path, std::string(old.empty() ? never_installed : old) + " " +
                                            std::string(remove_flag));
    } else if (brought != brought_.end()) {
      field.emplace_back(*brought);
    }
  }
  for (auto at = old_.rbegin(); at != old_.rend(); ++at) {  // in this order, as dpkg has them
    if (obsolete_.contains(at->first)) {
      field.emplace_back(at->first, std::string(old_checksum(at->first)) + " obsolete");
    }
  }
  return field;
}

}  // namespace imgops
