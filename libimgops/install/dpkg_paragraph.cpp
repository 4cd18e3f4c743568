#include "libimgops/install/dpkg_paragraph.hpp"

#include "libimgops/packages/line_lists.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace imgops {
namespace {

constexpr auto field_order = std::to_array<std::string_view>(
    {"Package",      "Essential",      "Protected",   "Status",     "Priority",
     "Section",      "Installed-Size", "Origin",      "Maintainer", "Bugs",
     "Architecture", "Multi-Arch",     "Source",      "Version",    "Replaces",
     "Provides",     "Depends",        "Pre-Depends", "Recommends", "Suggests",
     "Breaks",       "Conflicts",      "Enhances",    "Conffiles",  "Description"});

// Fields dpkg does not know come last, in the order of the control document.
std::size_t rank(std::string_view name) {
  const auto found = std::ranges::find_if(
      field_order, [name](std::string_view known) { return is_same_field_name(known, name); });
  return static_cast<std::size_t>(found - field_order.begin());
}

}  // namespace

Conffiles parse_conffiles(std::string_view value) {
  Conffiles conffiles;
  for (std::string_view line : split_lines(value)) {
    while (line.starts_with(' ')) line.remove_prefix(1);
    const std::size_t blank = line.find(' ');
    if (blank == std::string_view::npos || !line.starts_with('/')) continue;
    conffiles.emplace_back(line.substr(0, blank), line.substr(blank + 1));
  }
  return conffiles;
}

Paragraph make_dpkg_paragraph(const Paragraph& control, std::string_view status,
                              const Conffiles& conffiles, std::string separator) {
  Paragraph paragraph;
  for (const ControlField& field : control.fields) {
    const bool is_ours =
        is_same_field_name(field.name(), "Status") || is_same_field_name(field.name(), "Conffiles");
    if (!field.name().empty() && !is_ours) paragraph.fields.push_back(field);
  }
  if (!status.empty()) {
    paragraph.fields.push_back(ControlField::make("Status", status));
    if (!conffiles.empty()) {
      constexpr std::string_view name = "Conffiles";
      std::string text = std::string(name) + ":\n";
      for (const auto& [path, checksum] : conffiles) text += " " + path + " " + checksum + "\n";
      paragraph.fields.emplace_back(std::move(text), name.size());
    }
    std::ranges::stable_sort(paragraph.fields, {},
                             [](const ControlField& field) { return rank(field.name()); });
  }
  paragraph.separator = std::move(separator);
  return paragraph;
}

bool is_package_name(std::string_view name) noexcept {
  const auto is_plain = [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
  };
  return name.size() > 1 && name.size() < 200 && is_plain(name.front()) &&
         std::ranges::all_of(name, [&](char letter) {
           return is_plain(letter) || letter == '+' || letter == '-' || letter == '.';
         });
}

}  // namespace imgops
