#include "tools/imgops/waste_report.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/glob.hpp"
#include "libimgops/base/path.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace imgops::cli {
namespace {

constexpr std::size_t shown_files = 20;

std::string_view name(HiddenReason reason) noexcept {
  switch (reason) {
    case HiddenReason::deleted:
      return "deleted";
    case HiddenReason::rewritten:
      return "rewritten";
    case HiddenReason::metadata_only:
      return "metadata only";
  }
  return "";
}

// All copies of one path.
struct Copies {
  std::uint64_t sum_bytes = 0;
  std::uint64_t smallest_bytes = UINT64_MAX;
  std::uint64_t count = 0;
};

std::map<std::string_view, Copies> copies_by_path(const ImageReport& report) {
  std::map<std::string_view, Copies> paths;
  const auto add = [](Copies& copies, std::uint64_t bytes) {
    copies.sum_bytes += bytes;
    copies.smallest_bytes = std::min(copies.smallest_bytes, bytes);
    ++copies.count;
  };
  for (const HiddenFile& hidden : report.hidden) add(paths[hidden.path], hidden.bytes);
  for (auto& [path, copies] : paths) {
    const Node* const node = report.tree.find(path);
    const bool shows = node != nullptr && node->inode()->type() == FileType::regular;
    if (shows) add(copies, node->inode()->content().size_bytes);
    // What is gone in the end needs nothing; dive counts the whiteout as a copy without bytes.
    if (!shows) add(copies, 0);
  }
  return paths;
}

bool looks_secret(std::string_view path) {
  static constexpr auto patterns = std::to_array<std::string_view>(
      {"id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "*.pem", "*.key", "*_key", ".netrc", ".npmrc",
       ".pypirc", ".git-credentials", "credentials", ".htpasswd", "*.p12", "*.pfx", ".env"});
  const std::string_view last = file_name(path);
  return std::ranges::any_of(patterns,
                             [last](std::string_view glob) { return matches_glob(glob, last); });
}

std::string written_text(const WasteScreen& screen, std::size_t layer) {
  const std::string revision = layer_revision(layer, screen.image.layers().size());
  return screen.base && layer < screen.base->layer_count ? revision + " base" : revision;
}

std::string hidden_text(const Context& context, const WasteScreen& screen) {
  Table table({{"HIDDEN", Align::right}, {"PATH"}, {"WRITTEN"}, {"HIDDEN BY"}, {""}});
  for (const HiddenFile& hidden : screen.report.hidden) {
    if (context.globals().may_shorten && table.size() == shown_files) break;
    const bool in_base = screen.base && hidden.written_in < screen.base->layer_count;
    table.add({shown_size(context, hidden.bytes), shown_path(hidden.path),
               written_text(screen, hidden.written_in),
               fmt::format("{} {}", layer_revision(hidden.hidden_by, screen.image.layers().size()),
                           name(hidden.reason)),
               in_base ? "not recoverable without a new base" : ""});
  }
  if (table.empty()) return {};
  std::string text = table.text(table_width(context));
  const std::size_t rest = screen.report.hidden.size() - table.size();
  if (rest > 0) text += fmt::format("… {} more, --no-trunc shows all\n", rest);
  return text;
}

std::string advice_text(const Context& context, const WasteScreen& screen) {
  std::string text;
  const bool has_base = screen.base && screen.base->is_certain();
  if (screen.sums.above_base_hidden > 0) {
    const std::string kept =
        !has_base
            ? ""
            : fmt::format(", keeps the base{}", screen.base->names.empty()
                                                    ? ""
                                                    : " " + printable(screen.base->names.front()));
    text += fmt::format("advice  imgops {} {}  drops {} unpacked{}\n",
                        has_base ? "compress" : "flatten", printable(screen.name),
                        shown_size(context, screen.sums.above_base_hidden), kept);
  }
  for (const HiddenFile& hidden : screen.report.hidden) {
    if (hidden.reason == HiddenReason::metadata_only || !looks_secret(hidden.path)) continue;
    text += fmt::format("secret? {} written {}, {} {}: still readable in the image\n",
                        shown_path(hidden.path), written_text(screen, hidden.written_in),
                        name(hidden.reason),
                        layer_revision(hidden.hidden_by, screen.image.layers().size()));
  }
  return text;
}

std::string sums_text(const Context& context, const WasteScreen& screen) {
  const WasteSums& sums = screen.sums;
  const ImageReport& report = screen.report;
  const double percent = report.unpacked_bytes == 0
                             ? 0
                             : 100.0 * static_cast<double>(sums.hidden_bytes) /
                                   static_cast<double>(report.unpacked_bytes);
  const std::string_view dot = sign(context, " · ", ", ");
  std::string text = fmt::format("stored {}{}unpacked {}{}visible {}{}hidden {} ({:.1f}%)",
                                 shown_size(context, report.stored_bytes), dot,
                                 shown_size(context, report.unpacked_bytes), dot,
                                 shown_size(context, report.visible_bytes), dot,
                                 shown_size(context, sums.hidden_bytes), percent);
  if (screen.base && screen.base->layer_count > 0) {
    text +=
        fmt::format("    above base: {} hidden of {}", shown_size(context, sums.above_base_hidden),
                    shown_size(context, sums.above_base_unpacked));
  }
  return text + fmt::format("\n  deleted later {}   rewritten {}   metadata-only copies {}\n",
                            shown_size(context, sums.deleted_bytes),
                            shown_size(context, sums.rewritten_bytes),
                            shown_size(context, sums.metadata_only_bytes));
}

Json hidden_json(const WasteScreen& screen) {
  Json rows = Json::array();
  const std::size_t layers = screen.image.layers().size();
  for (const HiddenFile& hidden : screen.report.hidden) {
    Json row = Json::object();
    put_path(row, "path", hidden.path);
    row["bytes"] = hidden.bytes;
    row["written"] = layer_revision(hidden.written_in, layers);
    row["hiddenBy"] = layer_revision(hidden.hidden_by, layers);
    row["reason"] = name(hidden.reason);
    rows.push_back(std::move(row));
  }
  return rows;
}

Json file_reference_json(const ImageReport& report) {
  Json rows = Json::array();
  for (const auto& [path, copies] : copies_by_path(report)) {
    Json row = Json::object();
    row["count"] = copies.count;
    row["sizeBytes"] = copies.sum_bytes;
    put_path(row, "file", path);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

WasteSums waste_sums(const ImageReport& report, std::size_t base_layers) {
  WasteSums sums;
  for (std::size_t layer = base_layers; layer < report.layers.size(); ++layer) {
    sums.above_base_unpacked += report.layers[layer].unpacked_bytes;
  }
  for (const HiddenFile& hidden : report.hidden) {
    sums.hidden_bytes += hidden.bytes;
    if (hidden.written_in >= base_layers) sums.above_base_hidden += hidden.bytes;
    switch (hidden.reason) {
      case HiddenReason::deleted:
        sums.deleted_bytes += hidden.bytes;
        break;
      case HiddenReason::rewritten:
        sums.rewritten_bytes += hidden.bytes;
        break;
      case HiddenReason::metadata_only:
        sums.metadata_only_bytes += hidden.bytes;
        break;
    }
  }
  std::uint64_t least = report.unpacked_bytes;
  for (const auto& [path, copies] : copies_by_path(report)) {
    sums.inefficient_bytes += copies.sum_bytes;
    least -= std::min(least, copies.sum_bytes - copies.smallest_bytes);
  }
  if (report.unpacked_bytes > 0) {
    sums.efficiency = static_cast<double>(least) / static_cast<double>(report.unpacked_bytes);
  }
  return sums;
}

std::vector<std::string> failed_rules(const Context& context, const Options& options,
                                      const ImageReport& report, const WasteSums& sums) {
  std::vector<std::string> failures;
  const auto most = options.size_bytes("max-hidden");
  if (most && sums.hidden_bytes > *most) {
    failures.push_back(fmt::format("hidden {}, more than {}",
                                   shown_size(context, sums.hidden_bytes),
                                   shown_size(context, *most)));
  }
  const auto percent = options.fraction("max-hidden-percent");
  const double hidden = 100.0 * static_cast<double>(sums.hidden_bytes) /
                        static_cast<double>(std::max<std::uint64_t>(1, report.unpacked_bytes));
  if (percent && hidden > *percent) {
    failures.push_back(fmt::format("hidden {:.1f} %, more than {:.1f} %", hidden, *percent));
  }
  const auto least = options.fraction("min-efficiency");
  if (least && *least > 1) {
    throw Error(ErrorKind::invalid_argument, "--min-efficiency: between 0 and 1");
  }
  if (least && sums.efficiency < *least) {
    failures.push_back(fmt::format("efficiency {:.3f}, less than {:.3f}", sums.efficiency, *least));
  }
  return failures;
}

std::string waste_text(const Context& context, const WasteScreen& screen) {
  std::string text =
      sums_text(context, screen) + hidden_text(context, screen) + advice_text(context, screen);
  for (const std::string& failure : screen.failures) text += "failed  " + failure + "\n";
  return text;
}

Json waste_json(const WasteScreen& screen) {
  const WasteSums& sums = screen.sums;
  Json image = Json::object();
  image["sizeBytes"] = screen.report.unpacked_bytes;
  image["inefficientBytes"] = sums.inefficient_bytes;
  image["efficiencyScore"] = sums.efficiency;
  image["fileReference"] = file_reference_json(screen.report);
  Json json = Json::object();
  json["image"] = image;
  json["stored"] = screen.report.stored_bytes;
  json["unpacked"] = screen.report.unpacked_bytes;
  json["visible"] = screen.report.visible_bytes;
  json["hidden"] = {{"total", sums.hidden_bytes},
                    {"rewritten", sums.rewritten_bytes},
                    {"deleted", sums.deleted_bytes},
                    {"metadataOnly", sums.metadata_only_bytes},
                    {"aboveBase", sums.above_base_hidden}};
  json["files"] = hidden_json(screen);
  json["failed"] = screen.failures;
  return json;
}

}  // namespace imgops::cli
