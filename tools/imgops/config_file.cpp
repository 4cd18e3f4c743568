#include "tools/imgops/config_file.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/file.hpp"
#include "libimgops/repository/sidecar.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>

#include <sys/stat.h>
#include <unistd.h>

namespace imgops::cli {
namespace {

constexpr std::uint64_t file_limit_bytes = 64 << 10;

// A setting is an option of the same name. `format` is not for layouts: a template from a stranger
// could print any digest as the answer.
struct Setting {
  std::string_view name;
  std::string_view choices;  // between bars; empty: a number from 1 on, or any text
  bool is_number;
  bool is_for_layouts;
};
constexpr auto known_settings = std::to_array<Setting>({
    {"color", "auto|always|never", false, true},
    {"format", "", false, false},
    {"history", "keep|one|redact", false, true},
    {"human", "yes|no", false, true},
    {"jobs", "", true, true},
    {"progress", "auto|plain|json|none", false, true},
});

[[noreturn]] void refuse(std::string_view subject, const toml::node& node,
                         const std::string& what) {
  throw Error(ErrorKind::invalid_argument,
              fmt::format("{}:{}: {}", printable(subject), node.source().begin.line, what));
}

const Setting& find_setting(std::string_view name, SettingsOwner owner, std::string_view subject,
                            const toml::node& node) {
  const auto* const found = std::ranges::find(known_settings, name, &Setting::name);
  if (found == known_settings.end()) {
    refuse(subject, node, fmt::format("no setting is called '{}'", printable(name)));
  }
  if (owner == SettingsOwner::layout && !found->is_for_layouts) {
    refuse(subject, node, fmt::format("'{}' is no setting of a layout", name));
  }
  return *found;
}

bool is_choice(std::string_view choices, std::string_view word) {
  const std::string fenced = fmt::format("|{}|", choices);
  return word.find('|') == std::string_view::npos &&
         fenced.find(fmt::format("|{}|", word)) != std::string::npos;
}

std::string value_of(const Setting& setting, const toml::node& node, std::string_view subject) {
  if (setting.is_number) {
    const auto number = node.value_exact<std::int64_t>();
    if (!number || *number < 1) {
      refuse(subject, node, fmt::format("{} is a number from 1 on", setting.name));
    }
    return std::to_string(*number);
  }
  auto word = node.value_exact<std::string>();
  if (!word) refuse(subject, node, fmt::format("{} is a text between quotes", setting.name));
  if (!setting.choices.empty() && !is_choice(setting.choices, *word)) {
    refuse(subject, node,
           fmt::format("{}: '{}' is not {}", setting.name, printable(*word), setting.choices));
  }
  return std::move(*word);
}

bool is_ours(const std::filesystem::path& file) {
  struct stat status {};
  if (::lstat(file.c_str(), &status) != 0) return false;
  return S_ISREG(status.st_mode) && (status.st_uid == ::geteuid() || status.st_uid == 0);
}

void read_into(Settings& settings, const std::filesystem::path& file, SettingsOwner owner) {
  const auto text = read_file(file, file_limit_bytes);
  if (!text) return;
  for (auto& [name, value] : parse_settings(*text, owner, file.string())) {
    settings.insert_or_assign(name, std::move(value));
  }
}

}  // namespace

Settings parse_settings(std::string_view text, SettingsOwner owner, std::string_view subject) {
  Settings settings;
  try {
    const toml::table table = toml::parse(text, subject);
    for (const auto& [key, node] : table) {
      const Setting& setting = find_setting(key.str(), owner, subject, node);
      settings.emplace(setting.name, value_of(setting, node, subject));
    }
  } catch (const toml::parse_error& error) {
    throw Error(ErrorKind::invalid_argument,
                fmt::format("{}:{}: {}", printable(subject), error.source().begin.line,
                            printable(error.description())));
  }
  return settings;
}

Settings read_settings(const Environment& environment, const std::filesystem::path& layout) {
  Settings settings;
  if (environment.configuration_directory) {
    read_into(settings, *environment.configuration_directory / "config.toml", SettingsOwner::user);
  }
  if (layout.empty()) return settings;
  const std::filesystem::path state = layout / ".imgops";
  const std::filesystem::path file = state / "config.toml";
  if (judge_sidecar(state) == SidecarState::usable && is_ours(file)) {
    read_into(settings, file, SettingsOwner::layout);
  }
  return settings;
}

Options with_settings(Options options, const CommandLine& line, const Settings& settings,
                      const Environment& environment) {
  Declarations local;
  if (line.command != nullptr) line.command->declare(local);
  const auto is_option = [&](std::string_view name) {
    return std::ranges::any_of(
        std::array{&std::as_const(local), &global_declarations()}, [&](const Declarations* group) {
          return std::ranges::find(group->all_options(), name, &OptionDeclaration::name) !=
                 group->all_options().end();
        });
  };
  for (const auto& [name, value] : settings) {
    if (options.flag(name) || !is_option(name)) continue;
    if (name == "format" && (environment.format || options.flag("json"))) continue;
    if (name == "color" && environment.no_color) continue;
    options.add(name, {value});
  }
  return options;
}

}  // namespace imgops::cli
