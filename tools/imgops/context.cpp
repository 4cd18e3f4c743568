#include "tools/imgops/context.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "tools/imgops/cache_key.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include <unistd.h>

namespace imgops::cli {
namespace {

// A word, or a template, which has braces or at least is more than a word.
void choose_format(const std::string& word, GlobalOptions& globals) {
  if (word == "table") {
    globals.format = Format::table;
  } else if (word == "json") {
    globals.format = Format::json;
  } else if (word == "jsonl") {
    globals.format = Format::json_lines;
  } else if (word.find("{{") == std::string::npos) {
    throw Error(
        ErrorKind::invalid_argument,
        fmt::format("--format: '{}' is not table, json, jsonl or a template", printable(word)),
        "a template has actions such as {{.digest}}");
  } else {
    globals.format = Format::form;
    globals.form = TextTemplate::parse(word);
  }
}

ProgressStyle progress_of(const Options& options, const Environment& environment) {
  const auto word = options.choice("progress", {"auto", "plain", "json", "none"}).value_or("auto");
  if (options.flag("quiet") || word == "none") return ProgressStyle::none;
  if (word == "json") return ProgressStyle::json;
  const bool can_draw = environment.error_is_terminal && !environment.dumb_terminal;
  return word == "auto" && can_draw ? ProgressStyle::bar : ProgressStyle::plain;
}

bool colours_of(const Options& options, const Environment& environment) {
  const auto word = options.choice("color", {"auto", "always", "never"}).value_or("auto");
  if (word == "always") return true;
  return word == "auto" && environment.output_is_terminal && !environment.no_color;
}

Talk talk_of(const GlobalOptions& globals) {
  if (globals.is_silent) return Talk::none;
  const bool is_json = globals.format == Format::json || globals.format == Format::json_lines;
  return is_json ? Talk::json : Talk::text;
}

// The twin of a suffix: `beginning` + value + `end` must be one suffix.
void add_selector(GlobalOptions& globals, const Options& options, std::string_view name,
                  std::string_view beginning, std::string_view end) {
  const auto value = options.text(name);
  if (!value) return;
  const std::string text = fmt::format("{}{}{}", beginning, *value, end);
  const auto suffixes =
      with_context(fmt::format("--{}", name), [&] { return parse_suffixes(text); });
  if (suffixes.size() != 1) {
    throw Error(ErrorKind::invalid_argument,
                fmt::format("--{}: '{}' is more than that", name, *value));
  }
  globals.selectors.push_back(suffixes.front());
  globals.selectors_text += text;
}

}  // namespace

GlobalOptions global_options(const Options& options, const Environment& environment) {
  GlobalOptions globals;
  globals.layout = options.text("layout");
  if (!globals.layout) globals.layout = environment.layout;
  globals.verbosity = options.count("verbose");
  globals.is_quiet = options.flag("quiet");
  globals.is_strict = options.flag("strict");
  globals.may_shorten = !options.flag("no-trunc");
  globals.human_sizes = options.choice("human", {"yes", "no"}).value_or("yes") == "yes";
  globals.colours = colours_of(options, environment);
  const std::string format = options.text("format").value_or(environment.format.value_or("table"));
  choose_format(options.flag("json") ? "json" : format, globals);
  globals.progress = progress_of(options, environment);
  if (const auto platform = options.text("platform")) globals.platform = Platform::parse(*platform);
  add_selector(globals, options, "at-step", "#", "");
  add_selector(globals, options, "at-layer", "^{layer:", "}");
  const std::size_t processors = std::max(1U, std::thread::hardware_concurrency());
  globals.jobs = options.number("jobs", 1).value_or(processors);
  globals.spool_directory =
      options.text("tmpdir").value_or(environment.temporary_directory.string());
  return globals;
}

std::filesystem::path selected_path(const std::optional<std::string>& chosen) {
  if (chosen) return *chosen;
  return Repository::discover(std::filesystem::current_path()).value_or("");
}

Context::Context(Environment environment, GlobalOptions globals, std::string command_text,
                 std::stop_token stop, Leftovers& leftovers)
    : environment_(std::move(environment)),
      globals_(std::move(globals)),
      command_text_(std::move(command_text)),
      stop_(std::move(stop)),
      leftovers_(leftovers),
      output_(STDOUT_FILENO),
      watcher_(globals_.progress, talk_of(globals_),
               globals_.verbosity > 0 ? Notes::shown : Notes::hidden) {}

Context::~Context() {
  if (pager_) end_pager(*pager_);
}

void Context::check_stop() const {
  if (stop_.stop_requested()) throw Error(ErrorKind::cancelled, "interrupted");
}

Timestamp Context::now() const {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(since - seconds);
  return {seconds.count(), static_cast<std::uint32_t>(rest.count())};
}

Workers& Context::workers() {
  if (workers_ == nullptr) workers_ = std::make_unique<Workers>(globals_.jobs);
  return *workers_;
}

std::unique_ptr<TemporaryDirectory> Context::make_temporary_directory() {
  return make_temporary_directory(globals_.spool_directory);
}

std::unique_ptr<TemporaryDirectory> Context::make_temporary_directory(
    const std::filesystem::path& parent) {
  return std::make_unique<TemporaryDirectory>(parent, leftovers_);
}

const PlaceSettings& Context::place_settings() {
  if (!settings_) {
    settings_ = PlaceSettings{globals_.spool_directory, std::nullopt, &workers(), &watcher_, stop_};
    if (environment_.cache_directory) {
      settings_->cache_key = read_cache_key(*environment_.cache_directory);
    }
  }
  return *settings_;
}

void Context::say(std::string_view sentence) {
  if (globals_.is_quiet || talks_json()) return;
  watcher_.print(fmt::format("{}\n", sentence));
}

void Context::say_more(std::string_view sentence) {
  if (globals_.verbosity > 0) say(sentence);
}

void Context::start_pager() {
  if (!environment_.output_is_terminal || environment_.pager.empty() || pager_) return;
  pager_ = imgops::cli::start_pager(environment_.pager);
  output_.redirect(pager_->descriptor);
}

void Context::finish() {
  watcher_.finish();
  try {
    output_.flush();
  } catch (const ClosedPipe&) {
    if (!pager_) throw;
  }
  if (pager_) end_pager(*std::exchange(pager_, std::nullopt));
}

std::filesystem::path Context::selected_path() const {
  return imgops::cli::selected_path(globals_.layout);
}

Place& Context::selected_layout() {
  const std::filesystem::path path = selected_path();
  if (path.empty()) {
    throw Error(ErrorKind::not_found, "no layout here or above",
                "-L DIR selects one, 'imgops init DIR' makes one");
  }
  return layout(path);
}

Place& Context::layout(const std::filesystem::path& path) {
  auto& place = places_["oci:" + path.lexically_normal().string()];
  if (place == nullptr) place = Place::open_layout(path, place_settings());
  return *place;
}

Place& Context::place(const Revision& revision) {
  switch (revision.transport) {
    case Transport::selected_layout:
      return selected_layout();
    case Transport::oci:
      return layout(revision.place);
    case Transport::oci_archive:
    case Transport::docker_archive:
      break;
  }
  auto& place = places_["archive:" + revision.place];
  if (place == nullptr) place = Place::open_archive(revision.place, place_settings());
  return *place;
}

const std::vector<std::string>& Context::known_names() {
  if (!known_names_) {
    known_names_.emplace();
    const std::filesystem::path path = selected_path();
    if (!path.empty() && std::filesystem::exists(path / "oci-layout")) {
      for (const NamedDescriptor& named : layout(path).names()) {
        known_names_->push_back(named.name);
      }
    }
  }
  return *known_names_;
}

void Context::check_strict() const {
  const std::uint64_t warnings = watcher_.warning_count();
  if (!globals_.is_strict || warnings == 0) return;
  throw Error(ErrorKind::conflict, fmt::format("{} warning{} under --strict: nothing written",
                                               warnings, warnings == 1 ? "" : "s"));
}

}  // namespace imgops::cli
