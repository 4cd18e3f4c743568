#include "tools/imgops/diff_screen.hpp"

#include "libimgops/base/bytes.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/line_diff.hpp"
#include "tools/imgops/listing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace imgops::cli {
namespace {

constexpr std::size_t largest_count = 10;
constexpr std::uint64_t text_limit_bytes = 1 << 20;

std::string shown_value(const std::optional<Json>& value) {
  if (!value) return "-";
  return printable(value->is_string() ? value->get<std::string>() : print_json(*value));
}

std::string shown_delta(const Context& context, const Change& change) {
  const std::int64_t delta = size_delta(change);
  if (delta == 0) return "";
  const auto bytes = static_cast<std::uint64_t>(std::abs(delta));
  return fmt::format("{}{}", delta > 0 ? "+" : "-", shown_size(context, bytes));
}

std::string shown_status(const Context& context, const Change& change) {
  switch (status_letter(change)) {
    case 'A':
      return coloured(context, Colour::green, "A");
    case 'D':
      return coloured(context, Colour::red, "D");
    default:
      return coloured(context, Colour::yellow, "M");
  }
}

void add_file(const Context& context, Table& table, const Change& change) {
  table.add({shown_status(context, change), shown_path(change.path()), shown_delta(context, change),
             difference_text(change)});
}

Table file_table() {
  return Table({{""}, {""}, {"", Align::right}, {""}});
}

Json side_json(const Node* node) {
  if (node == nullptr) return nullptr;
  Json json = file_json({node->path(), EntryKind::file, node->inode(), {}, {}}, 0);
  json.erase("path");
  json.erase("pathBytes");
  return json;
}

// Text of a regular file; nullopt when it is none, too large or holds a NUL.
std::optional<std::string> text_of(ContentReader& contents, const Node* node) {
  if (node == nullptr) return std::string();
  const Content& content = node->inode()->content();
  if (node->inode()->type() != FileType::regular || content.size_bytes > text_limit_bytes)
    return std::nullopt;
  std::string text = contents.text(content, text_limit_bytes);
  if (text.find('\0') != std::string::npos) return std::nullopt;
  return text;
}

std::string hunk_text(const Context& context, const std::vector<LineEdit>& edits,
                      const Hunk& hunk) {
  std::string lines;
  std::size_t removed = 0;
  std::size_t added = 0;
  for (std::size_t at = hunk.first; at < hunk.end; ++at) {
    const LineEdit& edit = edits[at];
    if (edit.kind != LineKind::added) ++removed;
    if (edit.kind != LineKind::removed) ++added;
    const std::string text = printable(edit.text);
    switch (edit.kind) {
      case LineKind::same:
        lines += " " + text;
        break;
      case LineKind::removed:
        lines += coloured(context, Colour::red, "-" + text);
        break;
      case LineKind::added:
        lines += coloured(context, Colour::green, "+" + text);
        break;
    }
    lines += '\n';
  }
  // An edit tells which line of the other side it follows; a side's first line is the next one.
  const LineEdit& first = edits[hunk.first];
  const bool before_follows = first.kind == LineKind::added && removed > 0;
  const bool after_follows = first.kind == LineKind::removed && added > 0;
  return fmt::format("@@ -{},{} +{},{} @@\n{}", first.before + (before_follows ? 1 : 0), removed,
                     first.after + (after_follows ? 1 : 0), added, lines);
}

std::string file_content_text(const Context& context, ContentReader& contents,
                              const Change& change) {
  const std::string path = shown_path(change.path());
  const auto before = text_of(contents, change.before);
  const auto after = text_of(contents, change.after);
  if (!before || !after) return fmt::format("{}: no text\n", path);
  const auto edits = line_edits(*before, *after);
  std::string text = fmt::format("--- {}\n+++ {}\n", change.before == nullptr ? "/dev/null" : path,
                                 change.after == nullptr ? "/dev/null" : path);
  for (const Hunk& hunk : hunks(edits)) text += hunk_text(context, edits, hunk);
  return text;
}

// Whether bytes of a regular file came, went or changed.
bool has_content_change(const Change& change) {
  const auto is_file = [](const Node* node) {
    return node != nullptr && node->inode()->type() == FileType::regular;
  };
  if (change.before == nullptr) return is_file(change.after);
  if (change.after == nullptr) return is_file(change.before);
  return change.differences.content && is_file(change.before) && is_file(change.after);
}

}  // namespace

std::string settings_text(const Context& context, const std::vector<ConfigChange>& settings) {
  std::string text;
  for (const ConfigChange& change : settings) {
    text += fmt::format("config {} {} {} {}\n", printable(change.key), shown_value(change.before),
                        sign(context, "→", "->"), shown_value(change.after));
  }
  return text;
}

std::string files_text(const Context& context, const ChangeSet& files) {
  Table table = file_table();
  for (const Change& change : files) add_file(context, table, change);
  return table.text();
}

std::string largest_text(const Context& context, const ChangeSet& files) {
  std::vector<const Change*> sorted;
  for (const Change& change : files) {
    if (size_delta(change) != 0) sorted.push_back(&change);
  }
  std::ranges::stable_sort(sorted, std::ranges::greater(),
                           [](const Change* change) { return std::abs(size_delta(*change)); });
  if (sorted.size() > largest_count) sorted.resize(largest_count);
  Table table = file_table();
  for (const Change* const change : sorted) add_file(context, table, *change);
  return table.text();
}

std::string summary_text(const Context& context, const DiffSummary& summary) {
  return fmt::format("{}: {} added, {} modified, {} deleted{}+{} -{}\n",
                     counted(summary.added + summary.modified + summary.deleted, "path"),
                     summary.added, summary.modified, summary.deleted, sign(context, " · ", ", "),
                     shown_size(context, summary.bytes_added),
                     shown_size(context, summary.bytes_removed));
}

std::string name_status_text(const ChangeSet& files) {
  std::string text;
  for (const Change& change : files) {
    text += fmt::format("{}\t{}\n", status_letter(change), shown_path(change.path()));
  }
  return text;
}

std::string content_text(const Context& context, DiffReport& report) {
  ContentReader contents(report.layers());
  std::string text;
  for (const Change& change : report.files()) {
    if (has_content_change(change)) text += file_content_text(context, contents, change);
  }
  return text;
}

Json settings_json(const std::vector<ConfigChange>& settings) {
  Json json = Json::object();
  for (const ConfigChange& change : settings) {
    json[change.key] = {{"from", change.before.value_or(nullptr)},
                        {"to", change.after.value_or(nullptr)}};
  }
  return json;
}

Json files_json(const ChangeSet& files) {
  Json rows = Json::array();
  for (const Change& change : files) {
    Json row = Json::object();
    row["status"] = std::string(1, status_letter(change));
    put_path(row, "path", change.path());
    row["from"] = side_json(change.before);
    row["to"] = side_json(change.after);
    row["sizeDelta"] = size_delta(change);
    if (status_letter(change) == 'M') row["differs"] = difference_text(change);
    rows.push_back(std::move(row));
  }
  return rows;
}

Json summary_json(const DiffSummary& summary) {
  return {{"added", summary.added},
          {"modified", summary.modified},
          {"deleted", summary.deleted},
          {"bytesAdded", summary.bytes_added},
          {"bytesRemoved", summary.bytes_removed}};
}

}  // namespace imgops::cli
