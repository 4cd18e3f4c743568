// imgops cherry-pick: steps of one image done to another.
#include "libimgops/ops/cherry_pick.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/image/story.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/edit_outcome.hpp"
#include "tools/imgops/merge_choices.hpp"
#include "tools/imgops/newcomer.hpp"

#include <fmt/format.h>

namespace imgops::cli {
namespace {

// What is to be picked, as typed.
struct Wanted {
  std::string text;
  Revision to;
  bool is_range = false;
  std::optional<Revision> from;  // of a range; nullopt: the base of `to`
};

Wanted wanted_steps(Context& context, const std::string& word) {
  const auto range = parse_range(word, context.known_names());
  if (!range) return {word, parse_image(context, word), false, std::nullopt};
  if (range->kind == RangeKind::symmetric) {
    throw Error(ErrorKind::invalid_argument,
                fmt::format("{}: A...B names two stacks of layers", printable(word)),
                "A..B names the layers of B above A");
  }
  return {word, with_selectors(context, range->to), true, range->from};
}

ImageAt cut(Context& context, Place& place, const Image& image, std::size_t steps,
            std::string_view subject) {
  ImageAt below =
      image_at(image, steps, SettingsChoice::best, images_in_reach(place.collection(), image));
  for (const std::string& sentence : below.omitted) {
    context.say_more(fmt::format("{}: {}", printable(subject), printable(sentence)));
  }
  return below;
}

// The number of the step that made layer `layer`.
std::size_t step_of_layer(const Image& image, std::size_t layer) {
  const std::vector<StoryStep> steps = story_steps(image);
  std::size_t at = 0;
  for (std::size_t seen = 0; at < steps.size(); ++at) {
    if (steps[at].layer && seen++ == layer) break;
  }
  return at;
}

[[noreturn]] void throw_no_ancestor(const Wanted& wanted) {
  throw Error(ErrorKind::not_found,
              fmt::format("{}: the left side is no ancestor of the right", printable(wanted.text)),
              "the layers of the left side must be the lowest of the right");
}

PickedSteps picked_of(Context& context, const Wanted& wanted, const Image& ours,
                      OtherPlatforms others) {
  ResolvedImage to = newcomer_for(context, wanted.to, ours, others);
  tell_omitted(context, to, wanted.to.text);
  const std::size_t layer_count = to.image.layers().size();
  if (layer_count == 0) {
    throw Error(ErrorKind::not_found,
                fmt::format("{}: ends with no layer", printable(wanted.to.text)));
  }
  Place& place = context.place(wanted.to);
  if (!wanted.is_range) {
    const std::size_t first = step_of_layer(to.image, layer_count - 1);
    return {cut(context, place, to.image, first, wanted.text).image, to.image, first,
            printable(wanted.to.text)};
  }
  std::size_t below = 0;
  std::optional<Image> from;
  if (wanted.from) {
    from = newcomer_for(context, *wanted.from, to.image, others).image;
    below = from->layers().size();
    if (shared_layer_count(*from, to.image) != below) throw_no_ancestor(wanted);
  } else {
    const BaseMatch base = require_base_of(context, place, to.image, std::nullopt, wanted.to.text);
    below = base.layer_count;
    from = base.image;
  }
  // Steps without a layer right above the base count as the base's, as `~N` has it.
  const std::size_t first =
      below == layer_count ? story_steps(to.image).size() : step_of_layer(to.image, below);
  if (!from) from = cut(context, place, to.image, first, wanted.text).image;
  return {*from, to.image, first, printable(wanted.to.text)};
}

Json picked_json(const PickedSteps& picked) {
  Json rows = Json::array();
  std::size_t layer = picked.below.layers().size();
  const std::vector<StoryStep> steps = story_steps(picked.image);
  for (std::size_t at = picked.first_step; at < steps.size(); ++at) {
    Json row = Json::object();
    put_bytes(row, "instruction", steps[at].entry.created_by);
    row["layer"] = steps[at].layer ? layer_json(picked.image, layer++) : Json();
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

void declare_cherry_pick(Declarations& declarations) {
  declarations.operand("REV|RANGE")
      .value("onto", "IMAGE", "the image that gets the steps")
      .flag("force", "also from an image for another platform");
  declare_merge_options(declarations);
  declare_encoder_options(declarations);
  declare_result_options(declarations);
}

int run_cherry_pick(const Options& options, Context& context) {
  const MergeChoices choices = merge_choices(options);
  const Wanted wanted = wanted_steps(context, options.operand("REV|RANGE"));
  const auto onto = options.text("onto");
  if (!onto) throw Error(ErrorKind::invalid_argument, "missing --onto IMAGE");
  const Revision revision = parse_revision(*onto, context.known_names());
  const RewriteTarget target = select_for_rewrite(context, revision);
  const std::string own_name = revision.suffixes.empty() ? target.name : "";
  Place* const source = &context.place(wanted.to);
  ResultWriter writer(context, options, target.place, own_name, revision.text, Staging::aside,
                      std::span(&source, 1));
  const auto others = options.flag("force") ? OtherPlatforms::allowed : OtherPlatforms::refused;
  std::vector<PlatformEdit> edits;
  Json picked_rows;
  for (const PlatformImage& whole : target.platforms) {
    const ResolvedImage ours = resolve_beside(target, whole);
    tell_omitted(context, ours, revision.text);
    const PickedSteps picked = picked_of(context, wanted, ours.image, others);
    CherryPickResult result = cherry_pick(writer.operation(), ours.image, picked, choices);
    if (edits.empty()) picked_rows = picked_json(picked);
    edits.push_back({whole,
                     picked.image,
                     {std::move(result.image), result.changed, {}, std::move(result.verdicts)},
                     std::move(result.settings)});
  }
  require_settled(context, "cherry-pick", revision.text, edits, choices,
                  {{"picked", picked_rows}, {"config", platform_settings_json(edits)}});
  std::vector<PlatformOutcome> outcomes;
  for (const PlatformEdit& edit : edits) {
    outcomes.push_back(finish_edit(context, target, writer, edit, std::nullopt));
  }
  const WrittenResult result = writer.write(target.root, replacements(outcomes));
  tell_outcomes(context, result.names.front(), outcomes);
  Json body = outcomes_json(target.root, result, outcomes);
  body["picked"] = picked_rows;
  body["verdicts"] = layer_verdicts_json(edits);
  body["config"] = platform_settings_json(edits);
  print_digest(context, "cherry-pick", body, result.root.digest());
  return 0;
}

}  // namespace imgops::cli
