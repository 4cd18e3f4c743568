#include "tools/imgops/merge_choices.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/file.hpp"
#include "libimgops/base/path.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace imgops::cli {
namespace {

// What --resolve takes a file for: settings and packages are larger than any of them.
constexpr std::uint64_t largest_given_bytes = 64 << 20;
constexpr std::string_view setting_prefix = "config:";

std::string read_given(const std::string& file) {
  auto text = read_file(file, largest_given_bytes);
  if (text) return std::move(*text);
  throw Error(ErrorKind::not_found, fmt::format("--resolve: {}: no such file", printable(file)));
}

void add_resolution(MergeChoices& choices, const std::string& word) {
  const std::size_t equals = word.rfind('=');
  if (equals == std::string::npos || equals == 0) {
    throw Error(
        ErrorKind::invalid_argument,
        fmt::format("--resolve {}: not PATH=ours, PATH=theirs or PATH=FILE", printable(word)));
  }
  const std::string key = word.substr(0, equals);
  const std::string value = word.substr(equals + 1);
  Resolution resolution;
  if (value == "theirs") resolution.by = Settlement::theirs;
  const bool is_side = value == "ours" || value == "theirs";
  if (key.starts_with(setting_prefix)) {
    if (!is_side) {
      throw Error(ErrorKind::invalid_argument,
                  fmt::format("--resolve {}: settings are ours or theirs", printable(word)));
    }
    choices.settings[key.substr(setting_prefix.size())] =
        value == "ours" ? MergePolicy::ours : MergePolicy::theirs;
    return;
  }
  const auto path = canonical_path(key);
  if (!path || path->empty()) {
    throw Error(ErrorKind::invalid_argument,
                fmt::format("--resolve {}: no path inside an image", printable(word)));
  }
  if (!is_side) resolution = {Settlement::given, read_given(value)};
  choices.paths[*path] = std::move(resolution);
}

MergePolicy policy_of(const Options& options) {
  const bool ours = options.flag("ours");
  const bool theirs = options.flag("theirs");
  if (int(ours) + int(theirs) + int(options.flag("fail")) > 1) {
    throw Error(ErrorKind::invalid_argument, "only one of --ours, --theirs and --fail");
  }
  if (ours) return MergePolicy::ours;
  return theirs ? MergePolicy::theirs : MergePolicy::fail;
}

std::string_view word_of(Settlement settlement) {
  switch (settlement) {
    case Settlement::ours:
      return "ours";
    case Settlement::theirs:
      return "theirs";
    case Settlement::given:
      break;
  }
  return "given";
}

// Conflicts that are open, then settled ones, then what drivers made, then the rest.
int rank(const MergedPath& path) {
  if (path.is_open()) return 0;
  if (path.verdict == Verdict::conflict) return 1;
  return path.verdict == Verdict::merged ? 2 : 3;
}

std::string note_of(const MergedPath& path) {
  std::string note;
  if (path.kind) note = name(*path.kind);
  if (path.settlement) note += fmt::format(" = {}", word_of(*path.settlement));
  if (!path.driver.empty()) note += (note.empty() ? "" : " ") + path.driver;
  if (path.reason.empty()) return note;
  return note + (note.empty() ? "" : ": ") + printable(path.reason);
}

std::string coloured_verdict(const Context& context, const MergedPath& path) {
  if (path.is_open()) return coloured(context, Colour::red, name(path.verdict));
  const bool plain = rank(path) == 3;
  return plain ? std::string(name(path.verdict))
               : coloured(context, Colour::yellow, name(path.verdict));
}

}  // namespace

void declare_merge_options(Declarations& declarations) {
  declarations.flag("ours", "conflicts: keep what the image has")
      .flag("theirs", "conflicts: take what the newcomer has")
      .flag("fail", "conflicts: write nothing (the default)")
      .list("resolve", "PATH=ours|theirs|FILE", "settle one path, or config:KEY=ours|theirs")
      .list("text-merge", "GLOB", "merge these files line by line, beside text in /etc");
}

MergeChoices merge_choices(const Options& options) {
  MergeChoices choices;
  choices.policy = policy_of(options);
  for (const std::string& word : options.list("resolve")) add_resolution(choices, word);
  return choices;
}

Json verdicts_json(std::span<const MergedPath> paths) {
  Json rows = Json::array();
  for (const MergedPath& path : paths) {
    Json row = Json::object();
    put_path(row, "path", path.path);
    row["verdict"] = name(path.verdict);
    if (path.kind) row["kind"] = name(*path.kind);
    if (path.settlement) row["settled"] = word_of(*path.settlement);
    if (!path.driver.empty()) row["driver"] = path.driver;
    if (!path.reason.empty()) put_bytes(row, "reason", path.reason);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string verdicts_text(const Context& context, std::span<const MergedPath> paths) {
  std::vector<const MergedPath*> shown;
  for (const MergedPath& path : paths) {
    if (rank(path) < 3 || context.globals().verbosity > 0) shown.push_back(&path);
  }
  std::ranges::stable_sort(shown, {}, [](const MergedPath* path) { return rank(*path); });
  Table table({{"VERDICT"}, {"PATH"}, {"NOTE"}});
  for (const MergedPath* path : shown) {
    table.add({coloured_verdict(context, *path), shown_path(path->path), note_of(*path)});
  }
  return table.empty() ? std::string() : table.text(table_width(context));
}

std::string verdicts_sentence(std::span<const MergedPath> paths) {
  std::map<Verdict, std::size_t> counts;
  for (const MergedPath& path : paths) ++counts[path.verdict];
  std::string text = counted(paths.size(), "path");
  std::string_view joint = ": ";
  for (const auto& [verdict, count] : counts) {
    text += fmt::format("{}{} {}", joint, count, name(verdict));
    joint = ", ";
  }
  return text;
}

void tell_doubts(Context& context, std::span<const MergedPath> paths) {
  for (const MergedPath& path : paths) {
    if (!path.is_doubtful) continue;
    context.observer().warn(
        fmt::format("{}: {}: {}", shown_path(path.path), path.driver, printable(path.reason)));
  }
}

std::size_t count_open(std::span<const MergedPath> paths) {
  return static_cast<std::size_t>(std::ranges::count_if(paths, &MergedPath::is_open));
}

void throw_open_conflicts(std::string_view subject, std::size_t count) {
  throw Error(
      ErrorKind::conflict,
      fmt::format("{}: {} open, nothing written", printable(subject), counted(count, "conflict")),
      "--ours or --theirs settles all of them, --resolve PATH=… one; -v lists every path");
}

}  // namespace imgops::cli
