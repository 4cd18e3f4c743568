// buildah copies the line of the Dockerfile: quotes and variables are still there, commands are
// lists or text for a shell.
#include "libimgops/dockerfile/dialects.hpp"
#include "libimgops/dockerfile/go_text.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace imgops {
namespace {

std::string_view trim(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t begin = std::min(text.find_first_not_of(blanks), text.size());
  return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

// `["a", "b"]`, or what a docker of before 2016 printed in its place.
std::optional<std::vector<std::string>> read_items(std::string_view text) {
  auto items = parse_json_list(text);
  return items ? items : parse_quoted_list(text);
}

// Without brackets the shell gets the text: always this one, whatever SHELL said (measured).
std::vector<std::string> command_of(std::string_view text) {
  if (auto items = read_items(text)) return *std::move(items);
  return {"/bin/sh", "-c", std::string(text)};
}

ReadSettings read_pairs(std::string_view group, std::string_view text,
                        const VariableLookup& variables) {
  const auto pairs = expand_pairs(text, variables);
  if (!pairs) return std::nullopt;
  std::vector<Setting> settings;
  for (const auto& [name, value] : *pairs) {
    settings.push_back({std::string(group), name, value ? Json(*value) : Json(nullptr)});
  }
  return settings;
}

// Words or a list, variables replaced; nullopt when one of them is not known.
std::optional<std::vector<std::string>> read_words(std::string_view text,
                                                   const VariableLookup& variables) {
  std::vector<std::string> result;
  auto items = read_items(text);
  if (!items) items = parse_bare_list(text);  // as that docker printed volumes
  for (const std::string& word : items ? *items : split_words(text)) {
    auto expanded = expand_word(word, variables);
    if (!expanded) return std::nullopt;
    if (items) {
      result.push_back(*std::move(expanded));
      continue;
    }
    // A variable may hold several words.
    for (std::string& part : split_words(*expanded)) result.push_back(std::move(part));
  }
  return result;
}

// "--interval=5s --retries=2 CMD curl x" as the configuration has it.
ReadSettings read_health_check(std::string_view text) {
  Json options = Json::object();
  while (text.starts_with("--")) {
    const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
    const std::string_view option = text.substr(2, end - 2);
    text = trim(text.substr(end));
    const std::string_view name = option.substr(0, option.find('='));
    const std::string_view value = option.substr(std::min(name.size() + 1, option.size()));
    if (name == "retries") {
      unsigned count = 0;
      const auto parsed = std::from_chars(value.data(), value.data() + value.size(), count);
      if (parsed.ec != std::errc() || parsed.ptr != value.data() + value.size()) {
        return std::nullopt;
      }
      if (count > 0) options["Retries"] = count;
      continue;
    }
    const std::string_view key = name == "interval"         ? "Interval"
                                 : name == "timeout"        ? "Timeout"
                                 : name == "start-period"   ? "StartPeriod"
                                 : name == "start-interval" ? "StartInterval"
                                                            : "";
    const auto duration = parse_duration(value);
    if (key.empty() || !duration) return std::nullopt;
    if (*duration != 0) options[std::string(key)] = *duration;
  }
  Json check = Json::object();
  if (text.starts_with("CMD")) {
    const std::string_view command = trim(text.substr(3));
    if (auto items = read_items(command)) {
      items->insert(items->begin(), "CMD");
      check["Test"] = *items;
    } else {
      check["Test"] = std::vector<std::string>{"CMD-SHELL", std::string(command)};
    }
  } else if (text == "NONE") {
    check["Test"] = std::vector<std::string>{"NONE"};
  } else {
    return std::nullopt;
  }
  for (const auto& [key, value] : options.items()) check[key] = value;
  return std::vector<Setting>{{"Healthcheck", "", std::move(check)}};
}

}  // namespace

ReadSettings read_buildah(const HistoryInstruction& instruction, const Surroundings& around) {
  const std::string_view group = group_of(instruction.keyword);
  const std::string_view text = trim(instruction.arguments);
  if (text.empty()) return std::nullopt;
  if (group == "Env" || group == "Labels") return read_pairs(group, text, around.variables);
  if (group == "Cmd" || group == "Entrypoint") {
    return std::vector{list_setting(group, command_of(text))};
  }
  if (group == "Shell") {
    const auto items = read_items(text);
    if (!items) return std::nullopt;
    return std::vector{list_setting(group, *items)};
  }
  if (group == "Healthcheck") {
    if (auto printed = parse_health_check(text)) {
      return std::vector<Setting>{{"Healthcheck", "", *std::move(printed)}};
    }
    return read_health_check(text);
  }
  if (group == "OnBuild") return std::vector{list_setting(group, {std::string(text)})};
  if (group == "author") return std::vector{text_setting(group, text)};
  const auto words = group == "Volumes" || group == "ExposedPorts"
                         ? read_words(text, around.variables)
                         : std::optional<std::vector<std::string>>();
  if (group == "Volumes") {
    if (!words) return std::nullopt;
    return set_settings(group, *words);
  }
  if (group == "ExposedPorts") {
    if (!words) return std::nullopt;
    return port_settings(*words, PortRange::whole);
  }
  const auto value = expand_word(text, around.variables);
  if (!value) return std::vector<Setting>{{std::string(group), "", nullptr}};
  if (group == "WorkingDir") return std::vector{directory_setting(around.so_far, *value)};
  return std::vector{text_setting(group, *value)};
}

}  // namespace imgops
