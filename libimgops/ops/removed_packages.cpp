#include "libimgops/ops/removed_packages.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/ops/lay_over.hpp"
#include "libimgops/ops/made_layer.hpp"
#include "libimgops/packages/control_file.hpp"
#include "libimgops/packages/dpkg_status.hpp"
#include "libimgops/packages/line_lists.hpp"
#include "libimgops/tree/resolve.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace imgops {
namespace {

constexpr std::uint64_t largest_database_bytes = 64ULL << 20;
constexpr std::string_view status_path = "var/lib/dpkg/status";
constexpr std::string_view info_directory = "var/lib/dpkg/info";
constexpr std::string_view triggers_directory = "var/lib/dpkg/triggers";
constexpr std::string_view list_ending = ".list";

bool is_directory(const Node* node) {
  return node != nullptr && node->inode()->type() == FileType::directory;
}

class Remover {
 public:
  Remover(const Operation& operation, const Tree& base, const Tree& ours, const Tree& theirs)
      : contents_(operation.layers), base_(base), ours_(ours), theirs_(theirs) {}

  WithoutRemoved run(const MergeChoices& choices) {
    WithoutRemoved result{ours_, theirs_, choices};
    const auto base = status_of(base_);
    const auto ours = status_of(ours_);
    const auto theirs = status_of(theirs_);
    if (!base || !ours || !theirs) return result;
    find_removed(*base, *ours, *theirs);
    if (removed_.empty()) return result;
    for (const Node& node : theirs_.subtree(info_directory)) {
      if (is_of_removed(node.path())) look_at(node, result.choices);
    }
    for (const Node& node : theirs_.subtree(triggers_directory)) leave_interests_out(node);
    change_status(*ours, *theirs);
    SilentObserver silent;
    if (!of_ours_.is_empty()) result.ours = lay_over(ours_, of_ours_.take(), 0, silent);
    result.theirs = lay_over(theirs_, of_theirs_.take(), 0, silent);
    return result;
  }

 private:
  std::string text(const Node& node) {
    return contents_.text(node.inode()->content(), largest_database_bytes);
  }

  std::optional<ControlFile> status_of(const Tree& tree) {
    const Node* const node = tree.find(status_path);
    if (node == nullptr || node->inode()->type() != FileType::regular) return std::nullopt;
    try {
      return ControlFile::parse(text(*node));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::corrupt && error.kind() != ErrorKind::unsupported) throw;
      return std::nullopt;
    }
  }

  void find_removed(const ControlFile& base, const ControlFile& ours, const ControlFile& theirs) {
    const auto names_of = [](const ControlFile& file) {
      std::set<std::string> names;
      for (const InstalledPackage& package : installed_packages(file)) names.insert(package.name);
      return names;
    };
    const std::set<std::string> before = names_of(base);
    const std::set<std::string> kept = names_of(ours);
    for (const std::string& name : names_of(theirs)) {
      if (before.contains(name) && !kept.contains(name)) removed_.insert(name);
    }
  }

  // "var/lib/dpkg/info/NAME.list", "…/NAME:ARCH.postinst"
  bool is_of_removed(std::string_view path) const {
    if (path.size() <= info_directory.size()) return false;
    std::string_view name = path.substr(info_directory.size() + 1);
    name = name.substr(0, name.rfind('.'));
    return removed_.contains(std::string(name.substr(0, name.find(':'))));
  }

  void look_at(const Node& document, MergeChoices& choices) {
    leave_out(document.path(), choices);
    if (!document.path().ends_with(list_ending) || is_directory(&document)) return;
    const std::string list = text(document);
    for (const std::string_view line : split_lines(list)) {
      if (line.starts_with('/')) leave_out(real_path(theirs_, line.substr(1)), choices);
    }
  }

  void leave_out(std::string_view path, MergeChoices& choices) {
    const Node* const theirs = theirs_.find(path);
    if (theirs == nullptr || is_directory(theirs)) return;
    const Node* const ours = ours_.find(path);
    if (ours == nullptr) {
      choices.paths.try_emplace(std::string(path), Resolution{Settlement::ours, {}});
    } else if (base_.find(path) == nullptr && is_same(*ours, *theirs)) {
      of_ours_.add_whiteout(path);
      of_theirs_.add_whiteout(path);
    }
  }

  bool is_same(const Node& left, const Node& right) {
    if (left.inode() == right.inode()) return true;
    return left.inode()->type() == right.inode()->type() &&
           left.inode()->link_target() == right.inode()->link_target() &&
           (left.inode()->type() != FileType::regular ||
            contents_.equal(left.inode()->content(), right.inode()->content()));
  }

  // Lines "NAME", "NAME:ARCH/noawait", in triggers/File behind a path.
  void leave_interests_out(const Node& document) {
    if (document.inode()->type() != FileType::regular) return;
    const std::string before = text(document);
    std::string after;
    for (const std::string_view line : split_lines(before)) {
      std::string_view name = line.substr(line.rfind(' ') + 1);  // the whole where there is none
      name = name.substr(0, name.find_first_of(":/"));
      if (!removed_.contains(std::string(name))) after.append(line).append("\n");
    }
    if (after.size() == before.size()) return;
    if (after.empty()) {
      of_theirs_.add_whiteout(document.path());
    } else {
      of_theirs_.add_text(document.path(), std::move(after), *document.inode());
    }
  }

  void change_status(const ControlFile& ours, const ControlFile& theirs) {
    ControlFile changed{theirs.opening, {}};
    for (const Paragraph& paragraph : theirs.paragraphs) {
      const std::string_view name = paragraph.value("Package");
      if (!removed_.contains(std::string(name))) {
        changed.paragraphs.push_back(paragraph);
        continue;
      }
      const auto found = std::ranges::find_if(ours.paragraphs, [&](const Paragraph& other) {
        return other.value("Package") == name &&
               other.value("Architecture") == paragraph.value("Architecture");
      });
      if (found != ours.paragraphs.end()) changed.paragraphs.push_back(*found);
    }
    of_theirs_.add_text(status_path, changed.print(), *theirs_.find(status_path)->inode());
  }

  ContentReader contents_;
  const Tree& base_;
  const Tree& ours_;
  const Tree& theirs_;
  std::set<std::string> removed_;  // names of packages
  MadeLayer of_ours_;
  MadeLayer of_theirs_;
};

}  // namespace

WithoutRemoved leave_removed_out(const Operation& operation, const Tree& base, const Tree& ours,
                                 const Tree& theirs, const MergeChoices& choices) {
  return Remover(operation, base, ours, theirs).run(choices);
}

}  // namespace imgops
