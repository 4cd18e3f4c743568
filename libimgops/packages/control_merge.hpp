// Three-way merge of files of paragraphs: by key, then field by field.
#pragma once

#include "libimgops/base/verdict.hpp"
#include "libimgops/packages/control_file.hpp"
#include "libimgops/packages/keyed_merge.hpp"
#include "libimgops/packages/merged_text.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgops {

struct ControlMergeRules {
  std::vector<std::string_view> key_fields;  // what tells paragraphs apart: Package, Architecture
  std::vector<std::string_view> set_fields;  // lists with commas whose order says nothing
  // Of fields of one paragraph that both sides changed two ways.
  MergePolicy field_policy = MergePolicy::fail;
  // Of whole paragraphs: deleted on one side and changed on the other, or fields in conflict.
  MergePolicy policy = MergePolicy::fail;
};

// The values of the key fields with a blank between them: "libc6 amd64".
std::string paragraph_key(const Paragraph& paragraph,
                          const std::vector<std::string_view>& key_fields);

// Whether the fields are the same, whatever their order.
bool has_same_fields(const Paragraph& left, const Paragraph& right);

// One paragraph of three, field by field: in the order of theirs, fields that ours alone has
// behind. `base` may be null. Nullopt when a field was changed two ways and `field_policy` is fail.
std::optional<Paragraph> merge_fields(const Paragraph* base, const Paragraph& ours,
                                      const Paragraph& theirs, const ControlMergeRules& rules);

// Asked about paragraphs that both sides changed differently.
using SettleParagraph = std::function<std::optional<Paragraph>(const ThreeRecords<Paragraph>&)>;
struct ThreeFiles {
  ControlFile base, ours, theirs;
};
ThreeFiles parse_versions(const ThreeVersions& versions);  // as ControlFile::parse
KeyedMerge<Paragraph> merge_paragraphs(const ThreeFiles& files, const ControlMergeRules& rules,
                                       const SettleParagraph& settle);

// The whole: paragraphs by key, their fields by merge_fields. `what` is plural: "templates".
MergedText merge_control_files(const ThreeVersions& versions, const ControlMergeRules& rules,
                               std::string_view what);

// The text of a merge, or its conflicts as the reason: "packages changed on both sides: a, b".
MergedText conclude(const std::vector<std::string>& conflicts,
                    const std::vector<std::string>& settled, MergePolicy policy,
                    std::string_view what, std::string text);

}  // namespace imgops
