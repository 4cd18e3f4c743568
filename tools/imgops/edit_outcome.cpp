#include "tools/imgops/edit_outcome.hpp"

#include "libimgops/base/bytes.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/merge_choices.hpp"
#include "tools/imgops/unused_resolutions.hpp"

#include <fmt/format.h>

namespace imgops::cli {
namespace {

std::size_t open_conflicts(const std::vector<PlatformEdit>& edits) {
  std::size_t count = 0;
  for (const PlatformEdit& edit : edits) {
    count += count_open({}, edit.settings);
    for (const LayerVerdicts& layer : edit.result.verdicts) count += count_open(layer.paths);
  }
  return count;
}

std::string heading(const PlatformEdit& edit, const LayerVerdicts& layer, bool is_one_of_many) {
  const std::string revision = layer_revision(layer.layer, edit.source.layers().size());
  const std::string text = todo_of(edit.source, layer.layer).front().text;
  const std::string platform = is_one_of_many ? edit.source.platform().to_string() + " " : "";
  return fmt::format("{}{} {}\n", platform, revision, printable(text));
}

void tell_unused(Context& context, const std::vector<PlatformEdit>& edits,
                 const MergeChoices& choices) {
  UnusedResolutions unused(choices);
  for (const PlatformEdit& edit : edits) {
    if (!edit.result.changed) continue;
    unused.add_merge({}, edit.settings);
    for (const LayerVerdicts& layer : edit.result.verdicts) unused.add_merge(layer.paths);
  }
  unused.tell(context);
}

}  // namespace

void require_settled(Context& context, std::string_view schema, std::string_view subject,
                     const std::vector<PlatformEdit>& edits, const MergeChoices& choices,
                     Json body) {
  const std::size_t open = open_conflicts(edits);
  if (open == 0) {
    for (const PlatformEdit& edit : edits) {
      for (const LayerVerdicts& layer : edit.result.verdicts) tell_doubts(context, layer.paths);
    }
    tell_unused(context, edits, choices);
    return;
  }
  if (context.wants_json()) {
    body["verdicts"] = layer_verdicts_json(edits);
    body["open"] = open;
    body["digest"] = nullptr;
    print_document(context, schema, body);
  } else {
    for (const PlatformEdit& edit : edits) {
      context.output().text(verdicts_text(context, {}, edit.settings));
      for (const LayerVerdicts& layer : edit.result.verdicts) {
        context.output().text(heading(edit, layer, edits.size() > 1));
        context.output().text(verdicts_text(context, layer.paths));
      }
    }
  }
  context.output().flush();
  throw_open_conflicts(subject, open);
}

Json layer_verdicts_json(const std::vector<PlatformEdit>& edits) {
  Json rows = Json::array();
  for (const PlatformEdit& edit : edits) {
    for (const LayerVerdicts& layer : edit.result.verdicts) {
      for (Json& row : verdicts_json(layer.paths)) {
        row["rev"] = layer_revision(layer.layer, edit.source.layers().size());
        if (edits.size() > 1) row["platform"] = edit.source.platform().to_string();
        rows.push_back(std::move(row));
      }
    }
  }
  return rows;
}

Json platform_settings_json(const std::vector<PlatformEdit>& edits) {
  Json rows = Json::array();
  for (const PlatformEdit& edit : edits) {
    for (Json& row : setting_verdicts_json(edit.settings)) {
      if (edits.size() > 1) row["platform"] = edit.source.platform().to_string();
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

PlatformOutcome finish_edit(Context& context, const RewriteTarget& target, ResultWriter& writer,
                            const PlatformEdit& edit, std::optional<BaseMatch> base) {
  PlatformOutcome outcome{edit.whole.position,    edit.whole.image, edit.result.image,
                          BaseStatement::unknown, std::move(base),  false};
  if (!outcome.changed()) return outcome;
  // What has no layer above a base is no child of it.
  const std::size_t layer_count = outcome.after.layers().size();
  if (outcome.base && outcome.base->layer_count >= layer_count) outcome.base.reset();
  if (!outcome.base) {
    outcome.base =
        find_base_of(context, *target.place, outcome.after, std::nullopt, writer.moving_names());
    if (outcome.base && !outcome.base->is_certain()) outcome.base.reset();
  }
  outcome.statement = outcome.base ? BaseStatement::known : BaseStatement::gone;
  finish_outcome(writer.store(), outcome);
  return outcome;
}

Json layer_json(const Image& image, std::size_t layer) {
  const ImageLayer& found = image.layers()[layer];
  return {{"rev", layer_revision(layer, image.layers().size())},
          {"digest", found.descriptor.digest().to_string()},
          {"diffId", found.diff_id.digest.to_string()}};
}

}  // namespace imgops::cli
