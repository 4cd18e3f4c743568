// Settings kept in files: imgops/config.toml of the user, .imgops/config.toml of a layout. A layout
// may come from a stranger, so its file can set little, and nothing that names a program, a file, a
// host or a credential, hides an answer or switches a check off.
// Source: command-line §6; security T32.
#pragma once

#include "tools/imgops/command_line.hpp"
#include "tools/imgops/environment.hpp"
#include "tools/imgops/options.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace imgops::cli {

enum class SettingsOwner : std::uint8_t { user, layout };

using Settings = std::map<std::string, std::string, std::less<>>;  // option -> its value

// Throws Error(invalid_argument) with `subject` and the line for what is no TOML, no setting, not
// allowed in the file of `owner`, or no value of the option.
Settings parse_settings(std::string_view text, SettingsOwner owner, std::string_view subject);

// What the user's file says, then the layout's (empty path: none), which wins. A layout's file that
// belongs to another user, or lies in a directory that does, is not read.
Settings read_settings(const Environment& environment, const std::filesystem::path& layout);

// `options`, with the settings for what neither they nor the environment decide; only those that
// `line` knows as options.
Options with_settings(Options options, const CommandLine& line, const Settings& settings,
                      const Environment& environment);

}  // namespace imgops::cli
