// Revisions as text that shows every part, for tables of expected values.
#pragma once

#include "libimgops/repository/revision.hpp"

#include <string>
#include <variant>

namespace imgops::made {

struct SuffixText {
  std::string operator()(const LayersBack& suffix) const {
    return "back " + std::to_string(suffix.count);
  }
  std::string operator()(const StepNumber& suffix) const {
    return "step " + std::to_string(suffix.number);
  }
  std::string operator()(const StepMatching& suffix) const {
    return "matching " + suffix.expression;
  }
  std::string operator()(const LayerPrefix& suffix) const { return "layer " + suffix.prefix; }
  std::string operator()(const BaseSelector&) const { return "base"; }
};

// "oci ./lay | app:1 | back 2 | base"
inline std::string text_of(const Revision& revision) {
  constexpr const char* transports[] = {"here", "oci", "oci-archive", "docker-archive"};
  std::string text = transports[static_cast<std::size_t>(revision.transport)];
  if (!revision.place.empty()) text += " " + revision.place;
  text += " | " + revision.name;
  if (revision.moves_ago) text += " | " + std::to_string(*revision.moves_ago) + " ago";
  for (const RevisionSuffix& suffix : revision.suffixes) {
    text += " | " + std::visit(SuffixText{}, suffix);
  }
  return text;
}

inline std::string text_of(const std::optional<RevisionRange>& range) {
  if (!range) return "no range";
  const std::string dots = range->kind == RangeKind::symmetric ? " ... " : " .. ";
  return (range->from ? text_of(*range->from) : "base") + dots + text_of(range->to);
}

}  // namespace imgops::made
