#include "libimgops/install/dpkg_database.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/glob.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/ops/package_database.hpp"
#include "libimgops/packages/line_lists.hpp"
#include "libimgops/tree/resolve.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

namespace imgops {
namespace {

constexpr std::uint64_t largest_database_bytes = 64ULL << 20;
constexpr std::string_view list_ending = ".list";
constexpr std::string_view checksums_ending = ".md5sums";

std::optional<std::uint32_t> number(std::string_view text, int base) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// status.d has no Status: what is there is installed.
bool is_installed(const Paragraph& paragraph, bool needs_status) {
  const std::string_view status = paragraph.value("Status");
  return status.empty() ? !needs_status : status.ends_with(" ok installed");
}

}  // namespace

std::string_view path_in_list(std::string_view line) noexcept {
  constexpr std::size_t checksum_digits = 32;
  if (!line.starts_with('/')) {
    // "checksum  path"; some tools write the path as the archive had it.
    line.remove_prefix(std::min(checksum_digits + 2, line.size()));
    if (line.starts_with("./")) line.remove_prefix(1);
  }
  if (line.starts_with('/')) line.remove_prefix(1);
  return line == "." ? std::string_view() : line;
}

std::optional<std::string> DpkgDatabase::text(std::string_view path) const {
  const Node* const node = resolve(tree_, path, LastComponent::follow);
  if (node == nullptr || node->inode()->type() != FileType::regular) return std::nullopt;
  return contents_.text(node->inode()->content(), largest_database_bytes);
}

bool DpkgDatabase::exists() const {
  return resolve(tree_, dpkg_status_path, LastComponent::follow) != nullptr ||
         resolve(tree_, dpkg_status_directory, LastComponent::follow) != nullptr;
}

std::optional<DpkgRecord> DpkgDatabase::find(std::string_view package,
                                             std::string_view architecture) const {
  std::optional<DpkgRecord> found;
  const auto look = [&](std::string_view path, bool needs_status, bool is_any_name) {
    const auto content = text(path);
    if (!content) return;
    ControlFile file =
        with_context("/" + printable(path), [&] { return ControlFile::parse(*content); });
    for (std::size_t at = 0; at < file.paragraphs.size(); ++at) {
      const Paragraph& paragraph = file.paragraphs[at];
      const bool is_it = is_any_name || paragraph.value("Package") == package;
      if (!is_it || !is_installed(paragraph, needs_status)) continue;
      const bool is_wanted = paragraph.value("Architecture") == architecture;
      if (found && !is_wanted) continue;
      found = DpkgRecord{std::string(path), file, at};
    }
  };
  look(dpkg_status_path, true, false);
  if (found) return found;
  // Names of files are mostly those of packages, and sometimes cut.
  const Node* const directory = resolve(tree_, dpkg_status_directory, LastComponent::follow);
  if (directory == nullptr) return found;
  look(join(dpkg_status_directory, package), false, false);
  for (const Node& node : tree_.subtree(directory->path())) {
    if (found) return found;
    if (!node.path().ends_with(checksums_ending)) look(node.path(), false, false);
  }
  if (!found) look(join(dpkg_status_directory, package), false, true);
  return found;
}

bool DpkgDatabase::has_architecture(std::string_view architecture) const {
  const auto known = read_packages(tree_, PackageManager::dpkg, contents_);
  return known && std::ranges::any_of(known->packages, [&](const auto& package) {
           return package.second.architecture == architecture;
         });
}

bool DpkgDatabase::has_lists(const DpkgRecord& record) const {
  return record.path == dpkg_status_path;
}

std::string DpkgDatabase::info_prefix(const DpkgRecord& record) const {
  const std::string name(record.get().value("Package"));
  if (!has_lists(record)) return record.path;
  const std::string plain = join(dpkg_info_directory, name);
  const std::string qualified = plain + ":" + std::string(record.get().value("Architecture"));
  return resolve(tree_, qualified + ".list", LastComponent::keep) != nullptr ? qualified : plain;
}

std::string DpkgDatabase::info_prefix_after(const DpkgRecord& record,
                                            const Paragraph& control) const {
  constexpr std::string_view field = "Multi-Arch";
  const bool is_shared = control.value(field) == "same";
  const bool was_shared = record.get().value(field) == "same";
  if (!has_lists(record) || is_shared == was_shared) return info_prefix(record);
  const std::string plain = join(dpkg_info_directory, control.value("Package"));
  return is_shared ? plain + ":" + std::string(control.value("Architecture")) : plain;
}

bool DpkgDatabase::knows_files(const DpkgRecord& record) const {
  const std::string_view ending = has_lists(record) ? list_ending : checksums_ending;
  return resolve(tree_, info_prefix(record) + std::string(ending), LastComponent::follow) !=
         nullptr;
}

std::vector<std::string> DpkgDatabase::list(const DpkgRecord& record) const {
  std::vector<std::string> paths;
  const std::string_view ending = has_lists(record) ? list_ending : checksums_ending;
  const std::string content = text(info_prefix(record) + std::string(ending)).value_or("");
  for (const std::string_view line : split_lines(content)) {
    const std::string_view path = path_in_list(line);
    if (!path.empty()) paths.push_back("/" + std::string(path));
  }
  return paths;
}

std::string DpkgDatabase::package_of_list(std::string_view directory, std::string_view list) const {
  const std::string name(list.substr(0, list.find(':')));
  if (directory != dpkg_status_directory) return name;
  const std::string path = join(directory, list);
  const ControlFile file = with_context(
      "/" + printable(path), [&] { return ControlFile::parse(text(path).value_or("")); });
  return file.paragraphs.empty() ? name : std::string(file.paragraphs.front().value("Package"));
}

void DpkgDatabase::read_lists(std::string_view directory, std::string_view ending) const {
  const Node* const there = resolve(tree_, directory, LastComponent::follow);
  if (there == nullptr) return;
  for (const Node& node : tree_.subtree(there->path())) {
    const std::string_view name = file_name(node.path());
    if (!name.ends_with(ending) || node.inode()->type() != FileType::regular) continue;
    const std::string list(name.substr(0, name.size() - ending.size()));
    const std::string package = package_of_list(directory, list);
    const std::string content = contents_.text(node.inode()->content(), largest_database_bytes);
    for (const std::string_view line : split_lines(content)) {
      const std::string_view path = path_in_list(line);
      listed_->emplace(file_name(path), Listed{list, package, std::string(path)});
    }
  }
}

const std::multimap<std::string, DpkgDatabase::Listed, std::less<>>& DpkgDatabase::listed() const {
  if (listed_) return *listed_;
  listed_.emplace();
  read_lists(dpkg_info_directory, list_ending);
  read_lists(dpkg_status_directory, checksums_ending);
  return *listed_;
}

std::string DpkgDatabase::list_path(std::string_view list) const {
  const std::string usual = join(dpkg_info_directory, std::string(list) + std::string(list_ending));
  if (resolve(tree_, usual, LastComponent::follow) != nullptr) return usual;
  return join(dpkg_status_directory, std::string(list) + std::string(checksums_ending));
}

std::vector<std::string> DpkgDatabase::owners_of(std::string_view real,
                                                 std::string_view except) const {
  std::set<std::string> owners;
  const auto [begin, end] = listed().equal_range(file_name(real));
  for (auto at = begin; at != end; ++at) {
    if (at->second.package == except) continue;
    if (real_path(tree_, at->second.path) == real) owners.insert(at->second.list);
  }
  return {owners.begin(), owners.end()};
}

std::vector<std::string> DpkgDatabase::info_files(const DpkgRecord& record) const {
  std::vector<std::string> names;
  const std::string prefix = info_prefix(record) + ".";
  const Node* const directory = resolve(tree_, parent_path(prefix), LastComponent::follow);
  if (directory == nullptr) return names;
  const std::string wanted(file_name(prefix));
  for (const Node& node : tree_.subtree(directory->path())) {
    const std::string_view name = file_name(node.path());
    if (parent_path(node.path()) != directory->path() || !name.starts_with(wanted)) continue;
    const std::string_view kind = name.substr(wanted.size());
    if (kind.find('.') == std::string_view::npos) names.emplace_back(kind);
  }
  return names;
}

std::vector<FileDiversion> DpkgDatabase::diversions() const {
  std::vector<FileDiversion> diversions;
  const auto content = text("var/lib/dpkg/diversions");
  if (!content) return diversions;
  const std::vector<std::string_view> lines = split_lines(*content);
  for (std::size_t at = 0; at + 2 < lines.size(); at += 3) {
    diversions.push_back(
        {std::string(lines[at]), std::string(lines[at + 1]), std::string(lines[at + 2])});
  }
  return diversions;
}

std::optional<std::uint32_t> DpkgDatabase::id_of(std::string_view name,
                                                 std::string_view file) const {
  if (name.starts_with('#')) return number(name.substr(1), 10);
  const std::string content = text(file).value_or("");
  for (const std::string_view line : split_lines(content)) {
    const std::vector<std::string_view> fields = split_fields(line, ':');
    if (fields.size() > 2 && fields[0] == name) return number(fields[2], 10);
  }
  return name == "root" ? std::optional<std::uint32_t>(0) : std::nullopt;
}

std::optional<StatOverride> DpkgDatabase::override_of(std::string_view absolute) const {
  const auto content = text("var/lib/dpkg/statoverride");
  if (!content) return std::nullopt;
  for (const std::string_view line : split_lines(*content)) {
    const std::vector<std::string_view> fields = split_fields(line, ' ');
    if (fields.size() != 4 || fields[3] != absolute) continue;
    const auto mode = number(fields[2], 8);
    if (!mode || *mode > 07777) continue;
    // A name that the image does not know (some have no passwd) is whoever has the file now.
    const Node* const there = resolve(tree_, absolute, LastComponent::keep);
    const auto id = [&](std::string_view name, std::string_view file,
                        std::uint32_t (Inode::*owner)() const noexcept) {
      if (const auto known = id_of(name, file)) return *known;
      if (there != nullptr) return (there->inode()->*owner)();
      throw Error(ErrorKind::conflict, printable(absolute) + ": statoverride gives it to " +
                                           printable(name) + ", whom /" + std::string(file) +
                                           " does not know");
    };
    return StatOverride{id(fields[0], "etc/passwd", &Inode::uid),
                        id(fields[1], "etc/group", &Inode::gid), static_cast<std::uint16_t>(*mode)};
  }
  return std::nullopt;
}

const std::vector<DpkgDatabase::Filter>& DpkgDatabase::filters() const {
  if (filters_) return *filters_;
  filters_.emplace();
  std::vector<std::string> files;
  const Node* const directory = resolve(tree_, "etc/dpkg/dpkg.cfg.d", LastComponent::follow);
  if (directory != nullptr) {
    for (const Node& node : tree_.subtree(directory->path())) files.emplace_back(node.path());
  }
  files.emplace_back("etc/dpkg/dpkg.cfg");
  for (const std::string& file : files) {
    const std::string content = text(file).value_or("");
    for (std::string_view line : split_lines(content)) {
      for (const std::string_view word : {"path-exclude", "path-include"}) {
        if (!line.starts_with(word)) continue;
        std::string_view pattern = line.substr(word.size());
        pattern.remove_prefix(std::min(pattern.find_first_not_of(" \t="), pattern.size()));
        // A star of dpkg's goes on over slashes.
        std::string glob;
        for (const char letter : pattern) glob += letter == '*' ? "**" : std::string(1, letter);
        filters_->push_back({word == "path-exclude", std::move(glob)});
      }
    }
  }
  return *filters_;
}

bool DpkgDatabase::is_excluded(std::string_view absolute) const {
  bool is_out = false;
  for (const Filter& filter : filters()) {
    if (matches_glob(filter.pattern, absolute)) is_out = filter.excludes;
  }
  return is_out;
}

}  // namespace imgops
