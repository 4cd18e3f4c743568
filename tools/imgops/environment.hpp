// Everything the program takes from its surroundings, read once; nothing else asks the environment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace imgops::cli {

struct Environment {
  std::optional<std::string> layout;              // IMGOPS_LAYOUT
  std::optional<std::string> format;              // IMGOPS_FORMAT
  std::optional<std::int64_t> source_date_epoch;  // seconds
  std::filesystem::path temporary_directory;      // TMPDIR, else /tmp
  // Of this user, "…/imgops".
  std::optional<std::filesystem::path> cache_directory;
  std::optional<std::filesystem::path> configuration_directory;
  std::string pager;      // a shell command; empty: none to be had
  std::string editor;     // a shell command: VISUAL, else EDITOR, else vi
  bool no_color = false;  // NO_COLOR set and not empty
  bool dumb_terminal = false;
  bool unicode = false;  // the locale's characters are UTF-8
  bool output_is_terminal = false;
  bool error_is_terminal = false;
};

// Throws Error(invalid_argument) when SOURCE_DATE_EPOCH is no number.
Environment read_environment();

// Columns of the terminal behind `descriptor`; 80 when it does not tell.
std::size_t terminal_width(int descriptor) noexcept;

}  // namespace imgops::cli
