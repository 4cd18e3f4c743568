#include "tools/imgops/merge_choices.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/file.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/ops/merge_drivers.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>

namespace imgops::cli {
namespace {

// What --resolve takes a file for: settings and packages are larger than any of them.
constexpr std::uint64_t largest_given_bytes = 64 << 20;
constexpr std::string_view setting_prefix = "config:";

std::string read_given(const std::string& file) {
  std::error_code unreadable;  // is told when it is read
  if (std::filesystem::is_directory(file, unreadable)) {
    throw Error(ErrorKind::invalid_argument,
                fmt::format("--resolve: {}: is a directory, not a file", printable(file)));
  }
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

// A line of the table; the lower the rank, the more it matters.
struct VerdictLine {
  int rank = 3;  // 0 open conflict, 1 settled one, 2 made by a driver, 3 the rest
  Verdict verdict;
  std::string what;
  std::string note;
};

int rank_of(Verdict verdict, bool is_open) {
  if (is_open) return 0;
  if (verdict == Verdict::conflict) return 1;
  return verdict == Verdict::merged ? 2 : 3;
}

std::string conflict_note(const std::optional<ConflictKind>& kind, std::string_view settled) {
  std::string note(kind ? name(*kind) : std::string_view());
  if (!settled.empty()) note += fmt::format(" = {}", settled);
  return note;
}

VerdictLine line_of(const MergedPath& path) {
  std::string note =
      conflict_note(path.kind, path.settlement ? word_of(*path.settlement) : std::string_view());
  if (!path.driver.empty()) note += (note.empty() ? "" : " ") + path.driver;
  if (!path.reason.empty()) note += (note.empty() ? "" : ": ") + printable(path.reason);
  return {rank_of(path.verdict, path.is_open()), path.verdict, shown_path(path.path),
          std::move(note)};
}

std::string_view word_of(MergePolicy policy) {
  return policy == MergePolicy::ours ? "ours" : "theirs";
}

std::string value_note(const SettingVerdict& setting) {
  const auto text = [](const std::optional<std::string>& value) {
    return value ? printable(*value) : std::string("-");
  };
  return fmt::format("base {} ours {} theirs {}", text(setting.base), text(setting.ours),
                     text(setting.theirs));
}

VerdictLine line_of(const SettingVerdict& setting) {
  const bool is_settled = setting.settled != MergePolicy::fail;
  std::string note =
      conflict_note(setting.kind, is_settled ? word_of(setting.settled) : std::string_view());
  note += (note.empty() ? "" : ": ") + value_note(setting);
  return {rank_of(setting.verdict, is_open(setting)), setting.verdict,
          fmt::format("config:{}", printable(setting.key)), std::move(note)};
}

std::string coloured_verdict(const Context& context, const VerdictLine& line) {
  if (line.rank == 3) return std::string(name(line.verdict));
  return coloured(context, line.rank == 0 ? Colour::red : Colour::yellow, name(line.verdict));
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
  choices.drivers = standard_merge_drivers({options.list("text-merge"), choices.policy});
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

Json setting_verdicts_json(std::span<const SettingVerdict> settings) {
  Json rows = Json::array();
  for (const SettingVerdict& setting : settings) {
    Json row = Json::object();
    put_bytes(row, "key", setting.key);
    row["verdict"] = name(setting.verdict);
    if (setting.kind) row["kind"] = name(*setting.kind);
    if (setting.settled != MergePolicy::fail) row["settled"] = word_of(setting.settled);
    row["base"] = setting.base ? Json(*setting.base) : Json();
    row["ours"] = setting.ours ? Json(*setting.ours) : Json();
    row["theirs"] = setting.theirs ? Json(*setting.theirs) : Json();
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string verdicts_text(const Context& context, std::span<const MergedPath> paths,
                          std::span<const SettingVerdict> settings) {
  std::vector<VerdictLine> lines;
  for (const SettingVerdict& setting : settings) lines.push_back(line_of(setting));
  for (const MergedPath& path : paths) {
    if (context.globals().verbosity > 0 || rank_of(path.verdict, path.is_open()) < 3) {
      lines.push_back(line_of(path));
    }
  }
  if (context.globals().verbosity == 0) {
    std::erase_if(lines, [](const VerdictLine& line) { return line.rank == 3; });
  }
  std::ranges::stable_sort(lines, {}, &VerdictLine::rank);
  Table table({{"VERDICT"}, {"PATH"}, {"NOTE"}});
  for (const VerdictLine& line : lines) {
    table.add({coloured_verdict(context, line), line.what, line.note});
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

std::size_t count_open(std::span<const MergedPath> paths,
                       std::span<const SettingVerdict> settings) {
  const auto open_paths = std::ranges::count_if(paths, &MergedPath::is_open);
  const auto open_settings = std::ranges::count_if(
      settings, [](const SettingVerdict& setting) { return is_open(setting); });
  return static_cast<std::size_t>(open_paths + open_settings);
}

void throw_open_conflicts(std::string_view subject, std::size_t count, Settling settling) {
  throw Error(
      ErrorKind::conflict,
      fmt::format("{}: {} open, nothing written", printable(subject), counted(count, "conflict")),
      settling == Settling::by_choice
          ? "--ours or --theirs settles all of them, --resolve PATH=… one; -v lists every path"
          : "the notes say what settles those that --ours or --theirs does not; --resolve PATH=… "
            "settles one, -v lists every path");
}

}  // namespace imgops::cli
