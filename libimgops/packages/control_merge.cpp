#include "libimgops/packages/control_merge.hpp"

#include <algorithm>
#include <set>

namespace imgops {
namespace {

constexpr std::string_view blanks = " \t\r\n";

std::string lower_name(const ControlField& field) {
  std::string name(field.name());
  for (char& character : name) {
    if (character >= 'A' && character <= 'Z') character = static_cast<char>(character + 32);
  }
  // Comment lines have no name; each is its own.
  return name.empty() ? field.text() : name;
}

// The parts between commas, without the blanks around them; in order, each once.
std::vector<std::string> members_of(std::string_view list) {
  std::vector<std::string> members;
  std::set<std::string_view> seen;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    std::string_view member = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    const std::size_t begin = std::min(member.find_first_not_of(blanks), member.size());
    member = member.substr(begin, member.find_last_not_of(blanks) + 1 - begin);
    if (!member.empty() && seen.insert(member).second) members.emplace_back(member);
  }
  return members;
}

std::string_view value_of(const ControlField* field) {
  return field == nullptr ? std::string_view() : field->value();
}

ControlField merge_sets(const ThreeRecords<ControlField>& fields) {
  const std::vector<std::string> base = members_of(value_of(fields.base));
  const std::vector<std::string> ours = members_of(value_of(fields.ours));
  const std::vector<std::string> theirs = members_of(value_of(fields.theirs));
  const auto itself = [](const std::string& member) { return member; };
  const auto merged = merge_keyed<std::string>(
      {base, ours, theirs}, itself, std::equal_to<>(),
      [](const auto&) { return std::optional<std::string>(); }, MergePolicy::theirs);
  std::string value;
  for (const std::string& member : merged.records) {
    if (!value.empty()) value += ", ";
    value += member;
  }
  const ControlField* const named = fields.theirs != nullptr ? fields.theirs : fields.ours;
  return ControlField::make(named->name(), value);
}

}  // namespace

std::string paragraph_key(const Paragraph& paragraph,
                          const std::vector<std::string_view>& key_fields) {
  std::string key;
  for (const std::string_view name : key_fields) {
    if (!key.empty()) key += ' ';
    key += paragraph.value(name);
  }
  return key;
}

bool has_same_fields(const Paragraph& left, const Paragraph& right) {
  return left.fields.size() == right.fields.size() &&
         std::ranges::all_of(left.fields, [&](const ControlField& field) {
           const ControlField* const other = right.find(field.name());
           return other != nullptr && other->value() == field.value();
         });
}

std::optional<Paragraph> merge_fields(const Paragraph* base, const Paragraph& ours,
                                      const Paragraph& theirs, const ControlMergeRules& rules) {
  const std::vector<ControlField> none;
  const auto is_set = [&](const ControlField& field) {
    return std::ranges::any_of(rules.set_fields, [&](std::string_view name) {
      return is_same_field_name(name, field.name());
    });
  };
  const auto settle = [&](const ThreeRecords<ControlField>& fields) {
    const ControlField& any = fields.theirs != nullptr ? *fields.theirs : *fields.ours;
    return is_set(any) ? std::optional(merge_sets(fields)) : std::nullopt;
  };
  const auto is_same = [](const ControlField& left, const ControlField& right) {
    return left.value() == right.value();
  };
  auto merged =
      merge_keyed<ControlField>({base == nullptr ? none : base->fields, ours.fields, theirs.fields},
                                lower_name, is_same, settle, rules.field_policy);
  if (!merged.conflicts.empty()) return std::nullopt;
  return Paragraph{std::move(merged.records), theirs.separator};
}

ThreeFiles parse_versions(const ThreeVersions& versions) {
  return {versions.base ? ControlFile::parse(*versions.base) : ControlFile(),
          ControlFile::parse(versions.ours), ControlFile::parse(versions.theirs)};
}

KeyedMerge<Paragraph> merge_paragraphs(const ThreeFiles& files, const ControlMergeRules& rules,
                                       const SettleParagraph& settle) {
  const auto key_of = [&](const Paragraph& paragraph) {
    return paragraph_key(paragraph, rules.key_fields);
  };
  return merge_keyed<Paragraph>(
      {files.base.paragraphs, files.ours.paragraphs, files.theirs.paragraphs}, key_of,
      has_same_fields, settle, rules.policy);
}

MergedText merge_control_files(const ThreeVersions& versions, const ControlMergeRules& rules,
                               std::string_view what) {
  return merge_readable(versions, [&] {
    const ThreeFiles files = parse_versions(versions);
    const auto settle = [&](const ThreeRecords<Paragraph>& records) {
      if (records.ours == nullptr || records.theirs == nullptr) return std::optional<Paragraph>();
      return merge_fields(records.base, *records.ours, *records.theirs, rules);
    };
    KeyedMerge<Paragraph> merged = merge_paragraphs(files, rules, settle);
    const std::string text = ControlFile{files.theirs.opening, std::move(merged.records)}.print();
    return conclude(merged.conflicts, merged.settled, rules.policy, what, text);
  });
}

MergedText conclude(const std::vector<std::string>& conflicts,
                    const std::vector<std::string>& settled, MergePolicy policy,
                    std::string_view what, std::string text) {
  if (!conflicts.empty()) {
    return not_merged(std::string(what) + " changed on both sides: " + enumerate(conflicts));
  }
  MergedText merged{std::move(text), {}};
  if (!settled.empty()) {
    merged.reason = std::string(policy == MergePolicy::ours ? "ours" : "theirs") +
                    " taken of: " + enumerate(settled);
  }
  return merged;
}

}  // namespace imgops
