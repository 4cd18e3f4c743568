// The classic builder and BuildKit write down what they have understood: variables are replaced,
// quotes are gone, lists are printed by Go. Where that leaves doubt, the names and values of the
// finished image tell what was meant.
#include "libimgops/dockerfile/dialects.hpp"
#include "libimgops/dockerfile/go_text.hpp"

#include <algorithm>
#include <utility>

namespace imgops {
namespace {

bool is_identifier(std::string_view text) {
  return !text.empty() && text.front() != '-' && std::ranges::all_of(text, [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '_' || letter == '-' || letter == '.';
  });
}

// Whether `name` may begin a pair: one the finished image has, or, when it does not even have the
// first, whatever looks like a name.
class PairNames {
 public:
  PairNames(std::string_view group, std::string_view first, const Settings& finished)
      : group_(group), finished_(finished), has_first_(finished.find(group, first) != nullptr) {}

  bool contains(std::string_view name) const {
    return has_first_ ? finished_.find(group_, name) != nullptr : is_identifier(name);
  }

 private:
  std::string_view group_;
  const Settings& finished_;
  bool has_first_;
};

// Nothing longer is a name or a path; so that strangers' text costs no more than it is long.
constexpr std::size_t longest_name = 4096;

// Whether `text` goes on with a blank and another pair, or ends.
bool is_pair_end(std::string_view text, const PairNames& names) {
  if (text.empty()) return true;
  if (text.front() != ' ') return false;
  const std::size_t equals = text.substr(0, longest_name).find('=');
  return equals != std::string_view::npos && names.contains(text.substr(1, equals - 1));
}

// Where the value at the front of `text` ends.
std::size_t value_length(std::string_view text, const Setting* final_value,
                         const PairNames& names) {
  if (final_value != nullptr && final_value->value.is_string()) {
    const auto& value = final_value->value.get_ref<const std::string&>();
    if (text.starts_with(value) && is_pair_end(text.substr(value.size()), names)) {
      return value.size();
    }
  }
  std::size_t end = 0;
  while (!is_pair_end(text.substr(end), names)) ++end;
  return end;
}

// "A=b c D=e": values are not quoted.
ReadSettings read_pairs(std::string_view group, std::string_view text, const Settings& finished) {
  std::vector<Setting> settings;
  const PairNames names(group, text.substr(0, text.find('=')), finished);
  while (!text.empty()) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) return std::nullopt;
    const std::string name(text.substr(0, equals));
    text.remove_prefix(equals + 1);
    const std::size_t length = value_length(text, finished.find(group, name), names);
    settings.push_back({std::string(group), name, std::string(text.substr(0, length))});
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  if (settings.empty()) return std::nullopt;
  return settings;
}

ReadSettings read_list(std::string_view group, std::string_view text) {
  const auto items = parse_quoted_list(text);
  if (!items) return std::nullopt;
  return std::vector<Setting>{list_setting(group, *items)};
}

// Printed without quotes, so that elements with blanks are told only by the finished image.
ReadSettings read_shell(std::string_view text, const Settings& finished) {
  if (const Setting* const last = finished.find("Shell"); last != nullptr) {
    std::string printed;
    for (const Json& item : last->value) {
      if (!item.is_string()) return std::nullopt;
      printed += (printed.empty() ? "[" : " ") + item.get<std::string>();
    }
    if (text == printed + "]") return std::vector<Setting>{{"Shell", "", last->value}};
  }
  const auto items = parse_bare_list(text);
  if (!items) return std::nullopt;
  return std::vector<Setting>{list_setting("Shell", *items)};
}

ReadSettings read_volumes(std::string_view text, const Settings& finished) {
  const auto words = parse_bare_list(text);
  if (!words) return std::nullopt;
  // A path with blanks is in the finished image under its whole name.
  std::vector<std::string> paths;
  for (std::size_t first = 0; first < words->size();) {
    std::string path = (*words)[first];
    std::size_t end = first + 1;
    std::string longer = path;
    for (std::size_t last = end; last < words->size(); ++last) {
      longer += " " + (*words)[last];
      if (longer.size() > longest_name || finished.find("Volumes", path) != nullptr) break;
      if (finished.find("Volumes", longer) == nullptr) continue;
      path = longer;
      end = last + 1;
      break;
    }
    paths.push_back(std::move(path));
    first = end;
  }
  return set_settings("Volumes", paths);
}

std::string_view without_trailing_blanks(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n')) text.remove_suffix(1);
  return text;
}

std::vector<std::string> words_of(std::string_view text) {
  return parse_bare_list("[" + std::string(text) + "]").value_or(std::vector<std::string>());
}

// All that both write alike.
ReadSettings read_printed(const HistoryInstruction& instruction, const Surroundings& around) {
  const std::string_view group = group_of(instruction.keyword);
  if (group == "Env" || group == "Labels") {
    return read_pairs(group, instruction.arguments, around.finished);
  }
  const std::string_view text = without_trailing_blanks(instruction.arguments);
  if (group == "Cmd" || group == "Entrypoint") return read_list(group, text);
  if (group == "Shell") return read_shell(text, around.finished);
  if (group == "Volumes") return read_volumes(text, around.finished);
  if (group == "Healthcheck") {
    auto check = parse_health_check(text);
    if (!check) return std::nullopt;
    return std::vector<Setting>{{"Healthcheck", "", *std::move(check)}};
  }
  if (group == "OnBuild") return std::vector<Setting>{list_setting(group, {std::string(text)})};
  if (text.empty()) return std::nullopt;
  if (group == "WorkingDir") return std::vector{directory_setting(around.so_far, text)};
  return std::vector{text_setting(group, text)};
}

// The classic builder makes a container of each step, and what a health check leaves open comes
// from the step before.
void inherit_fields(Json& check, const Setting* before) {
  if (before == nullptr || !before->value.is_object()) return;
  for (const auto& [key, value] : before->value.items()) {
    if (!check.contains(key)) check[key] = value;
  }
}

}  // namespace

ReadSettings read_classic(const HistoryInstruction& instruction, const Surroundings& around) {
  if (instruction.keyword == "EXPOSE") {
    return port_settings(words_of(instruction.arguments), PortRange::each);
  }
  ReadSettings settings = read_printed(instruction, around);
  if (settings && instruction.keyword == "HEALTHCHECK") {
    inherit_fields(settings->front().value, around.so_far.find("Healthcheck"));
  }
  return settings;
}

ReadSettings read_buildkit(const HistoryInstruction& instruction, const Surroundings& around) {
  if (instruction.keyword != "EXPOSE") return read_printed(instruction, around);
  const std::string_view text = without_trailing_blanks(instruction.arguments);
  auto ports = parse_set(text);
  if (!ports) ports = parse_bare_list(text);
  return port_settings(ports ? *ports : words_of(text), PortRange::each);
}

}  // namespace imgops
