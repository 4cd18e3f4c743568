// What a paragraph holds falls into three: the version with everything that describes it, the state
// ("ok installed"), and the wish in front of it ("install", "hold"). A wish can change beside
// anything else; a state or a version only while the other side changed neither.
#include "libimgops/packages/dpkg_status.hpp"

#include "libimgops/packages/control_merge.hpp"

#include <algorithm>
#include <map>
#include <span>

namespace imgops {
namespace {

const std::vector<std::string_view> key_fields{"Package", "Architecture"};

// "install ok installed"
struct Status {
  std::string_view wish;
  std::string_view state;
};

Status status_of(const Paragraph& paragraph) {
  const std::string_view value = paragraph.value("Status");
  const std::size_t blank = std::min(value.find(' '), value.size());
  const std::size_t rest = std::min(value.find_first_not_of(' ', blank), value.size());
  return {value.substr(0, blank), value.substr(rest)};
}

// All but the wish.
bool is_same_but_wish(const Paragraph& left, const Paragraph& right) {
  return status_of(left).state == status_of(right).state &&
         left.fields.size() == right.fields.size() &&
         std::ranges::all_of(left.fields, [&](const ControlField& field) {
           if (is_same_field_name(field.name(), "Status")) return true;
           const ControlField* const other = right.find(field.name());
           return other != nullptr && other->value() == field.value();
         });
}

bool is_other_version(const Paragraph& left, const Paragraph& right) {
  return left.value("Version") != right.value("Version") ||
         status_of(left).state != status_of(right).state;
}

Paragraph with_wish(Paragraph paragraph, std::string_view wish) {
  const std::string value = std::string(wish) + ' ' + std::string(status_of(paragraph).state);
  for (ControlField& field : paragraph.fields) {
    if (is_same_field_name(field.name(), "Status")) field = ControlField::make("Status", value);
  }
  return paragraph;
}

std::optional<Paragraph> settle(const ThreeRecords<Paragraph>& records) {
  if (records.base == nullptr || records.ours == nullptr || records.theirs == nullptr) {
    return std::nullopt;
  }
  const Paragraph& base = *records.base;
  const Paragraph& ours = *records.ours;
  const Paragraph& theirs = *records.theirs;
  if (!is_other_version(base, ours) && !is_other_version(base, theirs)) {
    return merge_fields(&base, ours, theirs, {key_fields, {}, {}, {}});
  }
  const std::string_view wish =
      status_of(base).wish == status_of(ours).wish ? status_of(theirs).wish : status_of(ours).wish;
  const bool is_one_wish = status_of(base).wish == status_of(ours).wish ||
                           status_of(base).wish == status_of(theirs).wish ||
                           status_of(ours).wish == status_of(theirs).wish;
  if (!is_one_wish) return std::nullopt;
  if (is_same_but_wish(base, ours) || is_same_but_wish(ours, theirs))
    return with_wish(theirs, wish);
  if (is_same_but_wish(base, theirs)) return with_wish(ours, wish);
  return std::nullopt;
}

// "libssl3 amd64 (ours 3.0.2, theirs 3.0.3)", so that one sees what to do.
std::string with_versions(const std::string& key, const ThreeFiles& files) {
  const auto version_in = [&](const ControlFile& file) -> std::string {
    for (const Paragraph& paragraph : file.paragraphs) {
      if (paragraph_key(paragraph, key_fields) != key) continue;
      return std::string(paragraph.value("Version"));
    }
    return "none";
  };
  return key + " (ours " + version_in(files.ours) + ", theirs " + version_in(files.theirs) + ")";
}

// Names of packages that are there for several architectures though not all allow it.
std::map<std::string, std::size_t> names_in_the_way(const std::vector<Paragraph>& paragraphs) {
  std::map<std::string, std::size_t> counts;
  std::map<std::string, bool> is_exclusive;
  for (const Paragraph& paragraph : paragraphs) {
    const std::string name(paragraph.value("Package"));
    ++counts[name];
    if (paragraph.value("Multi-Arch") != "same") is_exclusive[name] = true;
  }
  std::erase_if(counts, [&](const auto& item) {
    return item.second < 2 || !is_exclusive.contains(item.first);
  });
  return counts;
}

std::vector<std::string> doubled_packages(const std::vector<Paragraph>& merged,
                                          const ThreeFiles& files) {
  const auto ours = names_in_the_way(files.ours.paragraphs);
  const auto theirs = names_in_the_way(files.theirs.paragraphs);
  std::vector<std::string> names;
  for (const auto& [name, count] : names_in_the_way(merged)) {
    if (!ours.contains(name) && !theirs.contains(name)) names.push_back(name);
  }
  return names;
}

std::string joined(std::string_view left, std::string_view right) {
  std::string list(left);
  if (!left.empty() && !right.empty()) list += ", ";
  list += right;
  return list;
}

}  // namespace

std::vector<InstalledPackage> installed_packages(const ControlFile& status) {
  std::vector<InstalledPackage> packages;
  for (const Paragraph& paragraph : status.paragraphs) {
    if (paragraph.value("Package").empty()) continue;
    const std::string_view state = status_of(paragraph).state;
    const bool is_there = paragraph.find("Status") == nullptr || state.ends_with(" installed") ||
                          state.ends_with(" triggers-pending") ||
                          state.ends_with(" triggers-awaited");
    if (!is_there) continue;
    packages.push_back(
        {std::string(paragraph.value("Package")), std::string(paragraph.value("Architecture")),
         std::string(paragraph.value("Version")), std::string(paragraph.value("Multi-Arch")),
         joined(paragraph.value("Pre-Depends"), paragraph.value("Depends")),
         joined(paragraph.value("Breaks"), paragraph.value("Conflicts")),
         std::string(paragraph.value("Provides"))});
  }
  return packages;
}

MergedText merge_dpkg_status(const ThreeVersions& versions, MergePolicy policy) {
  return merge_readable(versions, [&] {
    const ThreeFiles files = parse_versions(versions);
    const ControlMergeRules rules{key_fields, {}, MergePolicy::fail, policy};
    KeyedMerge<Paragraph> merged = merge_paragraphs(files, rules, settle);
    // Only as many as the reason shows: looking up each would be a square.
    const std::size_t shown = std::min(merged.conflicts.size(), most_enumerated);
    for (std::string& key : std::span(merged.conflicts).first(shown)) {
      key = with_versions(key, files);
    }
    const std::vector<std::string> doubled = doubled_packages(merged.records, files);
    if (merged.conflicts.empty() && !doubled.empty()) {
      return not_merged("packages that cannot be there for two architectures: " +
                        enumerate(doubled));
    }
    const std::string text = ControlFile{files.theirs.opening, std::move(merged.records)}.print();
    return conclude(merged.conflicts, merged.settled, policy, "packages", text);
  });
}

}  // namespace imgops
