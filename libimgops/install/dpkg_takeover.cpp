#include "libimgops/install/dpkg_takeover.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/install/dpkg_paragraph.hpp"
#include "libimgops/packages/line_lists.hpp"
#include "libimgops/tree/resolve.hpp"

#include <algorithm>
#include <utility>

namespace imgops {
namespace {

// Whether one of `relations` means a package of this name, version and architecture. What a package
// provides does not count.
bool mean(const std::vector<Dependency>& relations, const Paragraph& package) {
  return std::ranges::any_of(relations, [&](const Dependency& dependency) {
    const PackageRelation& relation = dependency.alternatives.front();
    const bool is_for_all = relation.architecture.empty() || relation.architecture == "any";
    return relation.name == package.value("Package") &&
           (is_for_all || relation.architecture == package.value("Architecture")) &&
           admits(relation, package.value("Version"));
  });
}

}  // namespace

DpkgTakeover::DpkgTakeover(const DpkgDatabase& database, const Paragraph& control,
                           std::string subject)
    : database_(database),
      control_(control),
      subject_(std::move(subject)),
      replaces_(
          with_context(subject_, [&] { return parse_dependencies(control.value("Replaces")); })) {}

void DpkgTakeover::refuse(const std::string& what) const {
  throw Error(ErrorKind::conflict, subject_ + ": " + what);
}

FileTaking DpkgTakeover::judge(const std::string& real, bool is_conffile) {
  FileTaking taking = FileTaking::own;
  for (const std::string& list : database_.owners_of(real, control_.value("Package"))) {
    const std::size_t colon = std::min(list.find(':'), list.size());
    const std::string_view name = std::string_view(list).substr(0, colon);
    const auto record = database_.find(
        name, colon == list.size() ? std::string_view() : std::string_view(list).substr(colon + 1));
    if (!record) continue;  // removed but for its configuration: whoever comes may have it
    const Paragraph& other = record->get();
    const std::string whose = "/" + printable(real) + ": is of package " + printable(list) + " " +
                              printable(other.value("Version"));
    if (mean(replaces_, other)) {
      const Conffiles conffiles = parse_conffiles(other.value("Conffiles"));
      const bool is_theirs = std::ranges::any_of(conffiles, [&](const auto& conffile) {
        return real_path(database_.tree(), std::string_view(conffile.first).substr(1)) == real;
      });
      if (is_conffile || is_theirs) {
        refuse(whose + ", and a configuration file, which dpkg alone can move");
      }
      lost_[list].insert(real);
    } else if (mean(parse_dependencies(other.value("Replaces")), control_)) {
      taking = FileTaking::left_to_other;
    } else {
      const bool is_named = std::ranges::any_of(replaces_, [&](const Dependency& dependency) {
        return dependency.alternatives.front().name == name;
      });
      refuse(whose + (is_named ? ", of which the package replaces other versions only"
                               : ", which the package does not replace"));
    }
  }
  return taking;
}

// The list of that package for the other machine; empty for none.
std::string DpkgTakeover::sharer_of(const std::string& real, std::string_view own) const {
  if (control_.value("Multi-Arch") != "same") return {};
  const std::string_view name = control_.value("Package");
  for (const std::string& list : database_.owners_of(real, {})) {
    const std::size_t colon = std::min(list.find(':'), list.size());
    if (list == own || colon == list.size() || list.substr(0, colon) != name) continue;
    const auto record = database_.find(name, std::string_view(list).substr(colon + 1));
    if (record && record->get().value("Version") == control_.value("Version")) return list;
  }
  return {};
}

void DpkgTakeover::check_shared_file(const LayerEntry& entry, const std::string& real,
                                     std::string_view own, ContentReader& contents) const {
  if (entry.kind() != EntryKind::file) return;
  const std::string other = sharer_of(real, own);
  const Node* const there = database_.tree().find(real);
  if (other.empty() || there == nullptr) return;
  const Inode& theirs = *there->inode();
  const bool is_same = theirs.type() == entry.inode.type() &&
                       theirs.link_target() == entry.inode.link_target() &&
                       contents.equal(theirs.content(), entry.inode.content());
  if (!is_same) {
    refuse("/" + printable(real) + ": is another file than that of " + printable(other));
  }
}

std::vector<ShortenedList> DpkgTakeover::lists() const {
  std::vector<ShortenedList> lists;
  for (const auto& [list, lost] : lost_) {
    ShortenedList shortened{database_.list_path(list), {}};
    const std::string text = database_.text(shortened.path).value_or("");
    bool has_files = false;
    for (const std::string_view line : split_lines(text)) {
      const std::string path = real_path(database_.tree(), path_in_list(line));
      if (lost.contains(path)) continue;
      shortened.text.append(line).append("\n");
      const Node* const node = database_.tree().find(path);
      has_files = has_files || (node != nullptr && node->inode()->type() != FileType::directory);
    }
    if (!has_files) {
      refuse("takes all files of package " + printable(list) + ", which dpkg would then remove");
    }
    lists.push_back(std::move(shortened));
  }
  return lists;
}

}  // namespace imgops
