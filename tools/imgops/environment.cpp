#include "tools/imgops/environment.hpp"

#include "libimgops/base/error.hpp"

#include <array>
#include <charconv>
#include <clocale>
#include <cstdlib>
#include <string_view>

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace imgops::cli {
namespace {

// Unset and empty are the same to us, as to most programs.
std::optional<std::string> variable(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before threads
  if (value == nullptr || *value == '\0') return std::nullopt;
  return std::string(value);
}

std::optional<std::int64_t> source_date_epoch() {
  const auto text = variable("SOURCE_DATE_EPOCH");
  if (!text) return std::nullopt;
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
  if (error != std::errc() || end != text->data() + text->size() || seconds < 0) {
    throw Error(ErrorKind::invalid_argument, "SOURCE_DATE_EPOCH: not a number of seconds");
  }
  return seconds;
}

// Source: XDG Base Directory Specification; a relative path counts as not set.
std::optional<std::filesystem::path> user_directory(const char* name, const char* below_home) {
  if (const auto chosen = variable(name); chosen && chosen->front() == '/') {
    return std::filesystem::path(*chosen) / "imgops";
  }
  if (const auto home = variable("HOME")) {
    return std::filesystem::path(*home) / below_home / "imgops";
  }
  return std::nullopt;
}

bool is_program(std::string_view name) {
  const std::string directories = variable("PATH").value_or("/usr/bin:/bin");
  std::size_t begin = 0;
  while (begin <= directories.size()) {
    const std::size_t end = std::min(directories.find(':', begin), directories.size());
    const std::string directory = directories.substr(begin, end - begin);
    if (!directory.empty() && access((directory + "/" + std::string(name)).c_str(), X_OK) == 0) {
      return true;
    }
    begin = end + 1;
  }
  return false;
}

std::string pager() {
  if (const auto chosen = variable("PAGER")) return *chosen == "cat" ? std::string() : *chosen;
  return is_program("less") ? "less -FR" : "";
}

}  // namespace

Environment read_environment() {
  Environment environment;
  std::setlocale(LC_CTYPE, "");  // NOLINT(concurrency-mt-unsafe): before threads
  environment.unicode = std::string_view(nl_langinfo(CODESET)) == "UTF-8";  // NOLINT
  environment.layout = variable("IMGOPS_LAYOUT");
  environment.format = variable("IMGOPS_FORMAT");
  environment.source_date_epoch = source_date_epoch();
  environment.temporary_directory = variable("TMPDIR").value_or("/tmp");
  environment.cache_directory = user_directory("XDG_CACHE_HOME", ".cache");
  environment.configuration_directory = user_directory("XDG_CONFIG_HOME", ".config");
  environment.pager = pager();
  environment.editor = variable("VISUAL").value_or(variable("EDITOR").value_or("vi"));
  environment.no_color = variable("NO_COLOR").has_value();
  environment.dumb_terminal = variable("TERM").value_or("dumb") == "dumb";
  environment.output_is_terminal = isatty(STDOUT_FILENO) == 1;
  environment.error_is_terminal = isatty(STDERR_FILENO) == 1;
  return environment;
}

std::size_t terminal_width(int descriptor) noexcept {
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;  // NOLINT
  return size.ws_col;
}

}  // namespace imgops::cli
