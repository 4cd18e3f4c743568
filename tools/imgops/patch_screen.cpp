#include "tools/imgops/patch_screen.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/lineage/steps.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/package_problems.hpp"
#include "tools/imgops/ref_selection.hpp"
#include "tools/imgops/table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace imgops::cli {
namespace {

// Of an image that hides many paths the table names so many; -v and --json name all.
constexpr std::size_t paths_shown = 20;

const Step* step_of_layer(const std::vector<Step>& steps, std::size_t layer) {
  const auto found = std::ranges::find(steps, std::optional(layer), &Step::layer);
  return found == steps.end() ? nullptr : &*found;
}

std::string_view verb(HidingReason reason) {
  switch (reason) {
    case HidingReason::copied:
      return "hidden by a copy of the old one in";
    case HidingReason::rewritten:
      return "hidden by";
    case HidingReason::deleted:
      return "deleted by";
    case HidingReason::restored:
      return "brought back by";
    case HidingReason::replaced:
    case HidingReason::linked:
      break;
  }
  return "replaced by";
}

// "~4 (29efddce61d9) RUN apt-get install …"
std::string layer_text(const Image& image, const std::vector<Step>& steps, std::size_t layer) {
  std::string text = fmt::format("{} ({})", layer_revision(layer, image.layers().size()),
                                 image.layers()[layer].descriptor.digest().short_text());
  const Step* const step = step_of_layer(steps, layer);
  if (step == nullptr) return text;
  return text + " " + printable(shorten(step->instruction.to_string(), 40));
}

// Of a platform of the base that the sources have nothing for.
std::string no_package_for(const BasePatch& patch) {
  return "no package for " + printable(patch.old_image.platform().to_string());
}

std::vector<std::string> notes_of(const Context& context, const PatchRun& run,
                                  const PatchRow& row) {
  const PatchedChild& child = row.result.child;
  if (!row.result.patch) {
    const std::string base = printable(run.target.revision.text);
    // Left out when the base was patched, say.
    const EarlierBase* const was = earlier_base_of(row.before, run.earlier);
    const bool says_so =
        run.moves_base && row.before.annotation(annotation_base_name) == run.target.name;
    if (was != nullptr || says_so) {
      return {fmt::format("not a child of {} as it is now, but of what it was: {}", base,
                          was != nullptr ? fmt::format("{}@{{{}}}", base, was->moves_ago)
                                         : printable(row.name) + "^{base}")};
    }
    return {fmt::format("not a child of {}", base)};
  }
  std::vector<std::string> notes;
  const std::vector<Step> steps = steps_of(row.before);
  for (const PatchConflict& conflict : child.conflicts) {
    std::string note =
        fmt::format("{} ({}): {}", shown_path(conflict.path), name(conflict.kind), conflict.reason);
    if (conflict.layer) note += ", " + layer_text(row.before, steps, *conflict.layer);
    notes.push_back(std::move(note));
  }
  for (const HiddenPath& hidden : child.shadowed) {
    notes.push_back(fmt::format("{} {} {}", shown_path(hidden.path), verb(hidden.reason),
                                layer_text(row.before, steps, hidden.layer)));
  }
  for (const PackageProblem& problem : child.problems) notes.push_back(problem.text);
  for (const std::string& path : child.merged) {
    notes.push_back(fmt::format("{} merged", shown_path(path)));
  }
  if (child.conflicts.empty()) {
    for (const std::string& path : child.overridden) {
      notes.push_back(fmt::format("{} of its own is overridden", shown_path(path)));
    }
  }
  if (row.result.is_base) notes.emplace_back("the same layers as the base");
  if (run.is_without_package(*row.result.patch)) {
    notes.push_back(no_package_for(run.patches[*row.result.patch]));
  }
  const bool is_cut = notes.size() > paths_shown && context.globals().verbosity == 0;
  if (is_cut) {
    const std::size_t left = notes.size() - paths_shown;
    notes.resize(paths_shown);
    notes.push_back(fmt::format("and {} more: -v names them", left));
  }
  if (notes.empty()) notes.emplace_back();
  return notes;
}

std::string label_of(const PatchRow& row) {
  return row.platform.empty() ? printable(row.name)
                              : printable(row.name) + " " + printable(row.platform);
}

void add_rows(const Context& context, const PatchRun& run, Table& table) {
  for (const PatchRow& row : run.rows) {
    const PatchedChild& child = row.result.child;
    const std::vector<std::string> notes = notes_of(context, run, row);
    const bool is_new = !(child.image.descriptor() == row.before.descriptor());
    table.add({label_of(row), std::string(name(child.status)),
               row.before.descriptor().digest().short_text(),
               is_new ? child.image.descriptor().digest().short_text() : "-", notes.front()});
    for (std::size_t at = 1; at < notes.size(); ++at) table.add({"", "", "", "", notes[at]});
  }
}

std::string costs_text(const Context& context, const PatchCosts& costs) {
  std::string text = fmt::format("registry: {} new, {}\n", counted(costs.registry_blobs, "blob"),
                                 shown_size(context, costs.registry_bytes));
  if (costs.nodes.empty()) return text;
  Table table({{fmt::format("cost of {} on a node that has it", printable(costs.name))},
               {""},
               {"FETCH", Align::right},
               {"BLOBS", Align::right},
               {"UNPACK AGAIN", Align::right}});
  for (const NodeCost& node : costs.nodes) {
    const bool is_guess = costs.is_estimated && node.place == PatchPlace::in_place;
    const std::string_view about = is_guess ? sign(context, "≈", "~") : "";
    table.add({fmt::format("  {}", name(node.place)), std::string(name(node.node)),
               fmt::format("{}{}", about, shown_size(context, node.fetched_bytes)),
               std::to_string(node.fetched_blobs),
               fmt::format("{}{}", about, shown_size(context, node.unpacked_bytes))});
  }
  return text + table.text(table_width(context));
}

Json layer_json(const Image& image, const std::vector<Step>& steps, std::size_t layer) {
  Json json = Json::object();
  json["index"] = layer;
  json["rev"] = layer_revision(layer, image.layers().size());
  json["digest"] = image.layers()[layer].descriptor.digest().to_string();
  json["diffId"] = image.layers()[layer].diff_id.digest.to_string();
  const Step* const step = step_of_layer(steps, layer);
  json["step"] = step == nullptr ? Json(nullptr) : Json(step->number);
  json["instruction"] = step == nullptr ? "" : step->instruction.to_string();
  return json;
}

Json paths_json(const std::vector<std::string>& paths) {
  Json json = Json::array();
  for (const std::string& path : paths) {
    Json entry = Json::object();
    put_path(entry, "path", path);
    json.push_back(std::move(entry));
  }
  return json;
}

Json row_json(const PatchRun& run, const PatchRow& row) {
  const PatchedChild& child = row.result.child;
  const std::vector<Step> steps = steps_of(row.before);
  Json json = Json::object();
  json["ref"] = row.name;
  json["platform"] = row.before.platform().to_string();
  json["status"] = name(child.status);
  json["child"] = row.result.patch.has_value();
  json["withoutPackage"] = row.result.patch && run.is_without_package(*row.result.patch);
  json["old"] = row.before.descriptor().digest().to_string();
  json["new"] = child.image.descriptor().digest().to_string();
  json["shadowed"] = Json::array();
  for (const HiddenPath& hidden : child.shadowed) {
    Json entry = Json::object();
    put_path(entry, "path", hidden.path);
    entry["reason"] = name(hidden.reason);
    entry["layer"] = layer_json(row.before, steps, hidden.layer);
    json["shadowed"].push_back(std::move(entry));
  }
  json["conflicts"] = Json::array();
  for (const PatchConflict& conflict : child.conflicts) {
    Json entry = Json::object();
    put_path(entry, "path", conflict.path);
    entry["kind"] = name(conflict.kind);
    entry["reason"] = conflict.reason;
    if (conflict.layer) entry["layer"] = layer_json(row.before, steps, *conflict.layer);
    json["conflicts"].push_back(std::move(entry));
  }
  json["overridden"] = paths_json(child.overridden);
  json["merged"] = paths_json(child.merged);
  json["problems"] = problems_json(child.problems);
  return json;
}

Json costs_json(const PatchCosts& costs) {
  Json json = Json::object();
  json["registry"] = {{"blobs", costs.registry_blobs}, {"bytes", costs.registry_bytes}};
  json["ref"] = costs.name;
  json["nodes"] = Json::array();
  for (const NodeCost& node : costs.nodes) {
    json["nodes"].push_back(
        {{"place", name(node.place)},
         {"node", name(node.node)},
         {"fetchedBytes", node.fetched_bytes},
         {"fetchedBlobs", node.fetched_blobs},
         {"unpackedBytes", node.unpacked_bytes},
         {"estimated", costs.is_estimated && node.place == PatchPlace::in_place}});
  }
  return json;
}

Json skipped_json(const std::vector<SkippedWork>& skipped) {
  Json json = Json::array();
  for (const SkippedWork& work : skipped) {
    Json entry = {{"package", work.package},
                  {"from", work.old_version},
                  {"to", work.new_version},
                  {"scripts", Json::array()},
                  {"triggers", Json::array()}};
    for (const SkippedScript& script : work.scripts) {
      entry["scripts"].push_back({{"name", script.name}, {"usual", script.usual}});
    }
    for (const SkippedTrigger& trigger : work.triggers) {
      entry["triggers"].push_back({{"name", trigger.name}, {"usual", trigger.usual}});
    }
    json.push_back(std::move(entry));
  }
  return json;
}

// "postinst (makes users, enables services)"
std::string with_usual(const std::string& name, const std::vector<std::string>& usual) {
  if (usual.empty()) return printable(name);
  return fmt::format("{} ({})", printable(name), fmt::join(usual, ", "));
}

std::string skipped_line(const Context& context, const SkippedWork& work) {
  std::vector<std::string> parts;
  for (const SkippedScript& script : work.scripts) {
    parts.push_back(with_usual(script.name, script.usual));
  }
  for (const SkippedTrigger& trigger : work.triggers) {
    std::vector<std::string> usual;
    if (!trigger.usual.empty()) usual.push_back(trigger.usual);
    parts.push_back("trigger " + with_usual(trigger.name, usual));
  }
  const std::string_view arrow = sign(context, "→", "->");
  std::string line = fmt::format("{} {} {} {}", printable(work.package),
                                 printable(work.old_version), arrow, printable(work.new_version));
  if (parts.empty()) return line;
  return line + fmt::format(", not run: {}", fmt::join(parts, ", "));
}

std::size_t count_files(const BasePatch& patch) {
  return static_cast<std::size_t>(std::ranges::count_if(patch.changes, [](const Change& change) {
    return change.after == nullptr || change.after->inode()->type() != FileType::directory;
  }));
}

}  // namespace

std::string patch_text(const Context& context, const PatchRun& run,
                       const std::optional<PatchCosts>& costs) {
  std::string text;
  if (!run.rows.empty()) {
    Table table({{"REF"}, {"STATUS"}, {"OLD"}, {"NEW"}, {"NOTE"}});
    add_rows(context, run, table);
    text = table.text(table_width(context));
  }
  if (costs) text += costs_text(context, *costs);
  return text;
}

Json patch_json(const PatchRun& run, const std::optional<PatchCosts>& costs) {
  Json json = Json::object();
  json["mode"] = name(run.patches.front().place);
  json["base"] = {{"ref", run.moves_base ? Json(run.target.name) : Json(nullptr)},
                  {"old", run.target.root.digest().to_string()},
                  {"new", run.new_root.digest().to_string()}};
  json["layer"] = nullptr;
  const std::optional<ImageLayer>& layer = run.patches.front().layer;
  if (layer) {
    json["layer"] = {{"digest", layer->descriptor.digest().to_string()},
                     {"diffId", layer->diff_id.digest.to_string()},
                     {"size", layer->descriptor.size_bytes()}};
  }
  std::size_t files = 0;
  for (const BasePatch& patch : run.patches) files += count_files(patch);
  json["files"] = files;
  json["skipped"] = skipped_json(run.skipped);
  json["cost"] = costs ? costs_json(*costs) : Json(nullptr);
  json["results"] = Json::array();
  for (const PatchRow& row : run.rows) json["results"].push_back(row_json(run, row));
  return json;
}

std::string patch_sentence(const Context& context, const PatchRun& run) {
  const std::string_view dot = sign(context, " · ", ", ");
  std::string text;
  for (std::size_t number = 0; number < run.patches.size(); ++number) {
    const BasePatch& patch = run.patches[number];
    if (!text.empty()) text += "\n";
    text += printable(run.target.revision.text);
    if (run.patches.size() > 1) text += " " + printable(patch.old_image.platform().to_string());
    text += "  ";
    if (!patch.is_needed) {
      text += run.is_without_package(number) ? no_package_for(patch) : "has it already";
      continue;
    }
    const std::size_t files = count_files(patch);
    text += patch.layer ? fmt::format("patch layer {}{}{} file{}{}{}",
                                      patch.layer->descriptor.digest().short_text(), dot, files,
                                      files == 1 ? "" : "s", dot,
                                      shown_size(context, patch.layer->descriptor.size_bytes()))
                        : fmt::format("{}{}{} file{}", name(patch.place), dot, files,
                                      files == 1 ? "" : "s");
    text += fmt::format("{}nothing executed", dot);
  }
  for (const SkippedWork& work : run.skipped) text += "\n" + skipped_line(context, work);
  return text;
}

}  // namespace imgops::cli
