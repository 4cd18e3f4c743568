#include "libimgops/ops/dpkg_database.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/glob.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/packages/line_lists.hpp"
#include "libimgops/tree/resolve.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace imgops {
namespace {

constexpr std::uint64_t largest_database_bytes = 64ULL << 20;

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

std::string_view without_slash(std::string_view absolute) {
  return absolute.starts_with('/') ? absolute.substr(1) : absolute;
}

}  // namespace

std::optional<std::string> DpkgDatabase::text(std::string_view path) const {
  const Node* const node = resolve(tree_, path, LastComponent::follow);
  if (node == nullptr || node->inode->type != FileType::regular) return std::nullopt;
  return contents_.text(node->inode->content, largest_database_bytes);
}

bool DpkgDatabase::exists() const {
  return resolve(tree_, dpkg_status_path, LastComponent::follow) != nullptr ||
         resolve(tree_, dpkg_status_directory, LastComponent::follow) != nullptr;
}

std::optional<DpkgRecord> DpkgDatabase::find(std::string_view package,
                                             std::string_view architecture) const {
  std::optional<DpkgRecord> found;
  const auto look = [&](std::string_view path, bool needs_status) {
    const auto content = text(path);
    if (!content) return;
    ControlFile file =
        with_context("/" + printable(path), [&] { return ControlFile::parse(*content); });
    for (std::size_t at = 0; at < file.paragraphs.size(); ++at) {
      const Paragraph& paragraph = file.paragraphs[at];
      if (paragraph.value("Package") != package || !is_installed(paragraph, needs_status)) continue;
      const bool is_wanted = paragraph.value("Architecture") == architecture;
      if (found && !is_wanted) continue;
      found = DpkgRecord{std::string(path), file, at};
    }
  };
  look(dpkg_status_path, true);
  if (!found) look(join(dpkg_status_directory, package), false);
  return found;
}

bool DpkgDatabase::has_lists(const DpkgRecord& record) const {
  return record.path == dpkg_status_path;
}

std::string DpkgDatabase::info_prefix(const DpkgRecord& record) const {
  const std::string name(record.get().value("Package"));
  if (!has_lists(record)) return join(dpkg_status_directory, name);
  const std::string plain = join(dpkg_info_directory, name);
  const std::string qualified = plain + ":" + std::string(record.get().value("Architecture"));
  return resolve(tree_, qualified + ".list", LastComponent::keep) != nullptr ? qualified : plain;
}

std::vector<std::string> DpkgDatabase::list(const DpkgRecord& record) const {
  std::vector<std::string> paths;
  const auto content = text(info_prefix(record) + ".list");
  if (!content) return paths;
  for (const std::string_view line : split_lines(*content)) {
    if (line.size() > 1 && line != "/.") paths.emplace_back(line);
  }
  return paths;
}

const std::multimap<std::string, DpkgDatabase::Listed, std::less<>>& DpkgDatabase::listed() const {
  if (listed_) return *listed_;
  listed_.emplace();
  const Node* const directory = resolve(tree_, dpkg_info_directory, LastComponent::follow);
  if (directory == nullptr) return *listed_;
  for (const Node& node : tree_.subtree(directory->path)) {
    const std::string_view name = file_name(node.path);
    if (!name.ends_with(".list") || node.inode->type != FileType::regular) continue;
    const std::string list(name.substr(0, name.size() - 5));
    const std::string content = contents_.text(node.inode->content, largest_database_bytes);
    for (const std::string_view line : split_lines(content)) {
      listed_->emplace(file_name(line), Listed{list, std::string(line)});
    }
  }
  return *listed_;
}

std::vector<std::string> DpkgDatabase::owners_of(std::string_view real,
                                                 std::string_view except) const {
  std::vector<std::string> owners;
  const auto [begin, end] = listed().equal_range(file_name(real));
  for (auto at = begin; at != end; ++at) {
    const std::string_view package = std::string_view(at->second.list);
    if (package.substr(0, package.find(':')) == except) continue;
    if (real_path(tree_, without_slash(at->second.line)) == real) owners.emplace_back(package);
  }
  std::ranges::sort(owners);
  const auto rest = std::ranges::unique(owners);
  owners.erase(rest.begin(), rest.end());
  return owners;
}

std::vector<std::string> DpkgDatabase::info_files(const DpkgRecord& record) const {
  std::vector<std::string> names;
  const std::string prefix = info_prefix(record) + ".";
  const Node* const directory = resolve(tree_, parent_path(prefix), LastComponent::follow);
  if (directory == nullptr) return names;
  const std::string wanted(file_name(prefix));
  for (const Node& node : tree_.subtree(directory->path)) {
    const std::string_view name = file_name(node.path);
    if (parent_path(node.path) != directory->path || !name.starts_with(wanted)) continue;
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
  const auto content = text(file);
  if (!content) return std::nullopt;
  for (const std::string_view line : split_lines(*content)) {
    const std::vector<std::string_view> fields = split_fields(line, ':');
    if (fields.size() > 2 && fields[0] == name) return number(fields[2], 10);
  }
  return std::nullopt;
}

std::optional<StatOverride> DpkgDatabase::override_of(std::string_view absolute) const {
  const auto content = text("var/lib/dpkg/statoverride");
  if (!content) return std::nullopt;
  for (const std::string_view line : split_lines(*content)) {
    const std::vector<std::string_view> fields = split_fields(line, ' ');
    if (fields.size() != 4 || fields[3] != absolute) continue;
    const auto uid = id_of(fields[0], "etc/passwd");
    const auto gid = id_of(fields[1], "etc/group");
    const auto mode = number(fields[2], 8);
    if (uid && gid && mode && *mode <= 07777) {
      return StatOverride{*uid, *gid, static_cast<std::uint16_t>(*mode)};
    }
  }
  return std::nullopt;
}

const std::vector<DpkgDatabase::Filter>& DpkgDatabase::filters() const {
  if (filters_) return *filters_;
  filters_.emplace();
  std::vector<std::string> files;
  const Node* const directory = resolve(tree_, "etc/dpkg/dpkg.cfg.d", LastComponent::follow);
  if (directory != nullptr) {
    for (const Node& node : tree_.subtree(directory->path)) files.emplace_back(node.path);
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
