// One run of the program: its surroundings, its global options, and what is opened on demand: the
// selected layout, other places, threads, the watcher.
#pragma once

#include "libimgops/base/timestamp.hpp"
#include "libimgops/base/workers.hpp"
#include "libimgops/image/platform.hpp"
#include "libimgops/repository/revision.hpp"
#include "tools/imgops/blob_views.hpp"
#include "tools/imgops/environment.hpp"
#include "tools/imgops/options.hpp"
#include "tools/imgops/output.hpp"
#include "tools/imgops/pager.hpp"
#include "tools/imgops/place.hpp"
#include "tools/imgops/text_template.hpp"
#include "tools/imgops/watcher.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace imgops::cli {

enum class Format : std::uint8_t { table, json, json_lines, form };

struct GlobalOptions {
  std::optional<std::string> layout;
  std::uint64_t verbosity = 0;
  bool is_quiet = false;
  bool is_silent = false;  // not even findings
  bool is_strict = false;
  bool may_shorten = true;
  bool human_sizes = true;
  bool colours = false;
  Format format = Format::table;
  std::optional<TextTemplate> form;  // of Format::form
  ProgressStyle progress = ProgressStyle::none;
  std::optional<Platform> platform;
  std::vector<RevisionSuffix> selectors;  // --at-step, --at-layer: behind every image named
  std::string selectors_text;             // the same as suffixes are written
  std::size_t jobs = 1;
  std::filesystem::path spool_directory;
};
// Options win over the environment. Throws Error(invalid_argument).
GlobalOptions global_options(const Options& options, const Environment& environment);

// Where short names are looked up: the layout chosen, else the nearest from here up; it need not
// exist. Empty: nowhere.
std::filesystem::path selected_path(const std::optional<std::string>& chosen);

// Not thread-safe, but for stop() and observer().
class Context {
 public:
  Context(Environment environment, GlobalOptions globals, std::string command_text,
          std::stop_token stop, Leftovers& leftovers);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  const Environment& environment() const noexcept { return environment_; }
  const GlobalOptions& globals() const noexcept { return globals_; }
  // Whether the answer is a document (document.hpp) instead of text for people.
  bool wants_json() const noexcept { return globals_.format != Format::table; }
  // Whether failures and findings are objects too.
  bool talks_json() const noexcept { return wants_json() && globals_.format != Format::form; }
  // What the user typed, for the logs.
  const std::string& command_text() const noexcept { return command_text_; }
  const std::stop_token& stop() const noexcept { return stop_; }
  // Throws Error(cancelled) when the user asked to stop.
  void check_stop() const;
  Timestamp now() const;

  Output& output() noexcept { return output_; }
  Watcher& observer() noexcept { return watcher_; }
  Workers& workers();
  // In --tmpdir; gone with its owner.
  std::unique_ptr<TemporaryDirectory> make_temporary_directory();
  // The same in `parent`.
  std::unique_ptr<TemporaryDirectory> make_temporary_directory(const std::filesystem::path& parent);
  const PlaceSettings& place_settings();

  // A sentence on stderr; nothing with --quiet or when talking JSON.
  void say(std::string_view sentence);
  // As say(), with -v only.
  void say_more(std::string_view sentence);
  // From here on stdout goes through the pager, when it is a terminal.
  void start_pager();
  void finish();

  // --layout, else IMGOPS_LAYOUT, else the nearest layout from here up. Throws Error(not_found).
  Place& selected_layout();
  std::filesystem::path selected_path() const;
  Place& layout(const std::filesystem::path& path);
  // Where a revision is looked up; opened once.
  Place& place(const Revision& revision);
  // The refs of the selected layout; empty without one.
  const std::vector<std::string>& known_names();

  // Throws Error(conflict) when there were warnings under --strict. Call before names move.
  void check_strict() const;

 private:
  Environment environment_;
  GlobalOptions globals_;
  std::string command_text_;
  std::stop_token stop_;
  Leftovers& leftovers_;
  Output output_;
  Watcher watcher_;
  std::unique_ptr<Workers> workers_;
  std::optional<PlaceSettings> settings_;
  std::map<std::string, std::unique_ptr<Place>> places_;
  std::optional<std::vector<std::string>> known_names_;
  std::optional<PagerProcess> pager_;
};

}  // namespace imgops::cli
