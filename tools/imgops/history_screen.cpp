// Steps above the base have a row each; below it, a row a layer with the range of its steps.
#include "tools/imgops/history_screen.hpp"

#include "libimgops/base/bytes.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace imgops::cli {
namespace {

// How many of the lowest steps are the base's.
std::size_t base_step_count(const HistoryScreen& screen) {
  if (!screen.base) return 0;
  const std::size_t layers = screen.base->layer_count;
  std::size_t count = 0;
  for (const Step& step : screen.steps) {
    if (step.layer && *step.layer < layers) count = step.number;
  }
  if (!screen.base->image) return count;
  const std::size_t own = steps_of(*screen.base->image).size();
  const bool fits =
      own >= count && own <= screen.steps.size() &&
      std::none_of(screen.steps.begin(), screen.steps.begin() + static_cast<std::ptrdiff_t>(own),
                   [&](const Step& step) { return step.layer && *step.layer >= layers; });
  return fits ? own : count;
}

std::string instruction_cell(const Context& context, const HistoryScreen& screen,
                             const Step& step) {
  std::string text = step_text(step);
  if (step.layer && screen.summary.layers[*step.layer].repeats_bytes) {
    text += fmt::format("  {} same bytes again", sign(context, "⚠", "!"));
  }
  return text;
}

std::vector<std::string> layer_cells(const Context& context, const HistoryScreen& screen,
                                     std::size_t layer, std::string steps, std::string text) {
  const LayerReport& report = screen.summary.layers[layer];
  const auto layers = screen.image.layers();
  return {layer_revision(layer, layers.size()),
          std::move(steps),
          layers[layer].descriptor.digest().short_text(),
          shown_size(context, report.stored_bytes),
          shown_size(context, report.unpacked_bytes),
          std::to_string(report.added),
          std::to_string(report.modified),
          std::to_string(report.deleted),
          shown_size(context, report.hidden_bytes),
          std::move(text)};
}

std::vector<std::string> step_cells(const Context& context, const HistoryScreen& screen,
                                    const Step& step) {
  std::string text = instruction_cell(context, screen, step);
  if (step.layer) {
    return layer_cells(context, screen, *step.layer, std::to_string(step.number), std::move(text));
  }
  return {"",
          std::to_string(step.number),
          std::string(sign(context, "·", "-")),
          "",
          "",
          "",
          "",
          "",
          "",
          std::move(text)};
}

// The base's rows, oldest first: each layer with the empty steps after it, the first one also with
// those before it.
std::vector<std::vector<std::string>> base_rows(const Context& context, const HistoryScreen& screen,
                                                std::size_t count) {
  std::vector<std::vector<std::string>> rows;
  std::size_t first = 1;
  const Step* with_layer = nullptr;
  const auto flush = [&](std::size_t last) {
    if (with_layer == nullptr) return;
    const std::string range = first == last
                                  ? std::to_string(first)
                                  : fmt::format("{}{}{}", first, sign(context, "–", "-"), last);
    rows.push_back(layer_cells(context, screen, *with_layer->layer, range,
                               instruction_cell(context, screen, *with_layer)));
    first = last + 1;
  };
  for (std::size_t at = 0; at < count; ++at) {
    const Step& step = screen.steps[at];
    if (!step.layer) continue;
    if (with_layer != nullptr) flush(step.number - 1);
    with_layer = &step;
  }
  flush(count);
  return rows;
}

bool has_stale_annotation(const HistoryScreen& screen) {
  const auto digest = screen.image.annotation(annotation_base_digest);
  return digest && screen.base->image &&
         screen.base->image->descriptor().digest().to_string() != *digest;
}

std::string base_line(const Context& context, const HistoryScreen& screen) {
  const BaseMatch& base = *screen.base;
  std::vector<std::string> names;
  for (const std::string& name : base.names) names.push_back(printable(name));
  std::string reason(name(base.rule));
  if (base.rule == BaseRule::diff_ids) {
    reason = fmt::format("matched by {}", counted(base.layer_count, "diff_id"));
  }
  if (has_stale_annotation(screen)) reason += "; annotation digest is stale";
  const std::string_view line = sign(context, "────", "----");
  return fmt::format("{} base{}{}{} ({}) {}", line, base.is_certain() ? "" : "?",
                     names.empty() ? "" : " ", fmt::join(names, " "), reason, line);
}

std::string heading(const Context& context, const HistoryScreen& screen) {
  const std::string_view dot = sign(context, " · ", ", ");
  const ImageSummary& summary = screen.summary;
  return fmt::format("{}  sha256:{}  {}{}{}{}{} stored{}{} unpacked{}{} visible\n",
                     printable(screen.name), screen.image.descriptor().digest().short_text(),
                     printable(screen.image.platform().to_string()), dot,
                     counted(screen.image.layers().size(), "layer"), dot,
                     shown_size(context, summary.stored_bytes), dot,
                     shown_size(context, summary.unpacked_bytes), dot,
                     shown_size(context, summary.visible_bytes));
}

}  // namespace

std::string step_text(const Step& step) {
  const std::string instruction = step.instruction.to_string();
  if (!instruction.empty()) return printable(instruction);
  return step.comment.empty() ? "" : fmt::format("({})", printable(step.comment));
}

std::string history_text(const Context& context, const HistoryScreen& screen) {
  Table table({{"REV"},
               {"STEP", Align::right},
               {"LAYER"},
               {"STORED", Align::right},
               {"UNPACKED", Align::right},
               {"+", Align::right},
               {"~", Align::right},
               {"-", Align::right},
               {"HIDES", Align::right},
               {"INSTRUCTION"}});
  const std::size_t base_steps = base_step_count(screen);
  auto below = base_rows(context, screen, base_steps);
  std::vector<std::vector<std::string>> above;
  for (std::size_t at = base_steps; at < screen.steps.size(); ++at) {
    const Step& step = screen.steps[at];
    if (!step.layer && screen.choice == StepChoice::with_layers) continue;
    above.push_back(step_cells(context, screen, step));
  }
  const bool newest_first = screen.order == StepOrder::newest_first;
  if (newest_first) {
    std::ranges::reverse(above);
    std::ranges::reverse(below);
    above.swap(below);
  }
  for (auto& cells : below) table.add(std::move(cells));
  if (screen.base && base_steps != 0) table.add_line(base_line(context, screen));
  for (auto& cells : above) table.add(std::move(cells));
  return heading(context, screen) + table.text(table_width(context));
}

Json base_json(const BaseMatch& base) {
  Json json = Json::object();
  json["ref"] = base.names.empty() ? Json(nullptr) : Json(base.names.front());
  json["layers"] = base.layer_count;
  json["rule"] = name(base.rule);
  if (base.names.size() > 1) json["refs"] = base.names;
  if (base.image) json["digest"] = base.image->descriptor().digest().to_string();
  return json;
}

Json step_json(const Image& image, const Step& step, const LayerReport* report) {
  Json json = Json::object();
  json["step"] = step.number;
  json["rev"] =
      step.layer ? Json(layer_revision(*step.layer, image.layers().size())) : Json(nullptr);
  json["instruction"] = step.instruction.keyword;
  json["args"] = step.instruction.arguments;
  json["raw"] = step.raw;
  json["created"] = step.created;
  json["empty"] = !step.layer.has_value();
  if (!step.layer) return json;
  const ImageLayer& layer = image.layers()[*step.layer];
  Json part = Json::object();
  part["digest"] = layer.descriptor.digest().to_string();
  part["diffId"] = layer.diff_id.digest.to_string();
  part["size"] = layer.descriptor.size_bytes();
  if (report != nullptr) {
    part["unpacked"] = report->unpacked_bytes;
    part["added"] = report->added;
    part["modified"] = report->modified;
    part["deleted"] = report->deleted;
    part["hides"] = report->hidden_bytes;
  }
  json["layer"] = part;
  return json;
}

Json history_json(const HistoryScreen& screen) {
  Json image = Json::object();
  image["ref"] = screen.name;
  image["digest"] = screen.image.descriptor().digest().to_string();
  image["platform"] = screen.image.platform().to_string();
  image["layers"] = screen.image.layers().size();
  image["stored"] = screen.summary.stored_bytes;
  image["unpacked"] = screen.summary.unpacked_bytes;
  image["visible"] = screen.summary.visible_bytes;
  std::vector<Json> steps;
  for (const Step& step : screen.steps) {
    if (!step.layer && screen.choice == StepChoice::with_layers) continue;
    steps.push_back(
        step_json(screen.image, step, step.layer ? &screen.summary.layers[*step.layer] : nullptr));
  }
  if (screen.order == StepOrder::newest_first) std::ranges::reverse(steps);
  Json json = Json::object();
  json["image"] = image;
  json["base"] = screen.base ? base_json(*screen.base) : Json(nullptr);
  json["steps"] = steps;
  return json;
}

}  // namespace imgops::cli
