#include "libimgops/packages/merged_text.hpp"

#include "libimgops/base/bytes.hpp"

#include <algorithm>
#include <cstddef>

namespace imgops {
namespace {

constexpr std::size_t longest_name_bytes = 200;

}  // namespace

MergedText not_merged(std::string_view reason) {
  return {std::nullopt, printable(reason)};
}

bool is_too_large(const ThreeVersions& versions) {
  const auto texts = {versions.base.value_or(std::string_view()), versions.ours, versions.theirs};
  return std::ranges::any_of(texts, [](std::string_view text) {
    return text.size() > largest_merged_bytes ||
           std::ranges::count(text, '\n') > static_cast<std::ptrdiff_t>(most_merged_lines);
  });
}

std::string enumerate(std::span<const std::string> names) {
  const std::size_t shown = names.size() > most_enumerated ? most_enumerated - 1 : names.size();
  std::string text;
  for (std::size_t at = 0; at < shown; ++at) {
    if (at > 0) text += ", ";
    text += printable(std::string_view(names[at]).substr(0, longest_name_bytes));
  }
  if (shown < names.size()) text += " and " + std::to_string(names.size() - shown) + " more";
  return text;
}

}  // namespace imgops
