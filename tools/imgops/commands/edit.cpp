// imgops edit: a todo list of the layers above the base, carried out.
#include "libimgops/ops/edit_layers.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/edit_list.hpp"
#include "tools/imgops/edit_outcome.hpp"
#include "tools/imgops/merge_choices.hpp"

#include <fmt/format.h>

namespace imgops::cli {
namespace {

std::string_view command_of(const LayerEdit& edit) {
  if (edit.fate == LayerFate::drop) return name(TodoCommand::drop);
  if (edit.fate == LayerFate::squash) return name(TodoCommand::squash);
  return name(edit.instruction ? TodoCommand::reword : TodoCommand::pick);
}

Json todo_json(const EditablePlatform& lead, const std::optional<EditPlan>& plan) {
  Json rows = Json::array();
  if (!plan) return rows;
  auto tag = plan->tags.begin();
  for (std::size_t at = 0; at <= plan->edits.size(); ++at) {
    for (; tag != plan->tags.end() && tag->edit_count == at; ++tag) {
      rows.push_back({{"command", name(TodoCommand::tag)}, {"tag", tag->name}});
    }
    if (at == plan->edits.size()) break;
    const LayerEdit& edit = plan->edits[at];
    Json row = {{"command", command_of(edit)}};
    row["layer"] = layer_json(lead.image, lead.first() + edit.layer);
    if (edit.instruction) row["instruction"] = *edit.instruction;
    rows.push_back(std::move(row));
  }
  return rows;
}

Json tags_json(const std::vector<NamedDescriptor>& before, const WrittenResult& result) {
  Json tags = Json::array();
  for (const NamedDescriptor& tag : result.beside) {
    const NamedDescriptor* const old = find_name(before, tag.name);
    tags.push_back({{"tag", tag.name},
                    {"old", old == nullptr ? Json() : Json(old->descriptor.digest().to_string())},
                    {"new", tag.descriptor.digest().to_string()}});
  }
  return tags;
}

// The image after the line of each tag, on every platform.
std::vector<NamedResult> tagged_images(Context& context, const RewriteTarget& target,
                                       const EditPlan& plan, const std::vector<PlatformEdit>& edits,
                                       const std::vector<PlatformOutcome>& outcomes) {
  std::vector<NamedResult> tagged;
  for (std::size_t tag = 0; tag < plan.tags.size(); ++tag) {
    NamedResult& named = tagged.emplace_back(NamedResult{plan.tags[tag].name, {}});
    for (std::size_t at = 0; at < edits.size(); ++at) {
      const PlatformOutcome& outcome = outcomes[at];
      ImageAt step = image_at(outcome.after, edits[at].result.tag_steps[tag], SettingsChoice::best,
                              images_in_reach(target.place->collection(), outcome.after));
      for (const std::string& sentence : step.omitted) {
        context.observer().warn(fmt::format("{}: {}", printable(named.name), printable(sentence)));
      }
      if (step.image.descriptor() == outcome.before.descriptor()) continue;
      named.replacements.push_back({outcome.position, std::move(step.image)});
    }
  }
  return tagged;
}

}  // namespace

void declare_edit(Declarations& declarations) {
  declarations.operand("IMAGE")
      .value("todo", "FILE", "take the list from a file, '-' for standard input")
      .value("base", "IMAGE", "what the image was built from")
      .flag("onto-scratch", "the layers of the base may be edited too");
  declare_merge_options(declarations);
  declare_encoder_options(declarations);
  declare_result_options(declarations);
}

int run_edit(const Options& options, Context& context) {
  const MergeChoices choices = merge_choices(options);
  const Revision revision = parse_image(context, options.operand("IMAGE"));
  const RewriteTarget target = select_for_rewrite(context, revision);
  // A revision below the top is another image: its ref is not moved to it unasked.
  const std::string own_name = revision.suffixes.empty() ? target.name : "";
  ResultWriter writer(context, options, target.place, own_name, revision.text, Staging::aside);
  const auto platforms =
      editable_platforms(context, target, options.text("base"), options.flag("onto-scratch"));
  const auto plan = ask_for_plan(context, target, platforms, options.text("todo"));
  std::vector<PlatformEdit> edits;
  for (const EditablePlatform& platform : platforms) {
    EditResult result{platform.image, false, {}, {}};
    if (plan) {
      result = edit_layers(writer.operation(), platform.image, platform.first(), *plan, choices);
    }
    edits.push_back({platform.whole, platform.image, std::move(result)});
  }
  require_settled(context, "edit", revision.text, edits, choices);
  std::vector<PlatformOutcome> outcomes;
  for (std::size_t at = 0; at < edits.size(); ++at) {
    outcomes.push_back(finish_edit(context, target, writer, edits[at], platforms[at].base));
  }
  std::vector<NamedResult> tagged;
  if (plan) tagged = tagged_images(context, target, *plan, edits, outcomes);
  const std::vector<NamedDescriptor> before =
      writer.home() == nullptr ? std::vector<NamedDescriptor>() : writer.home()->names();
  const WrittenResult result =
      writer.write(target.root, replacements(outcomes), Referrers::told, tagged);
  tell_outcomes(context, result.names.front(), outcomes);
  for (const NamedDescriptor& tag : result.beside) {
    context.say(fmt::format("{}  {}", printable(tag.name), tag.descriptor.digest().to_string()));
  }
  Json body = outcomes_json(target.root, result, outcomes);
  body["todo"] = todo_json(platforms.front(), plan);
  body["tags"] = tags_json(before, result);
  body["verdicts"] = layer_verdicts_json(edits);
  print_digest(context, "edit", body, result.root.digest());
  return 0;
}

}  // namespace imgops::cli
