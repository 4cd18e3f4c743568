// imgops patch: a base gets new file contents, and every image built on it with it.
#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/ops/merge_drivers.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/merge_choices.hpp"
#include "tools/imgops/patch_screen.hpp"
#include "tools/imgops/table.hpp"
#include "tools/imgops/unused_resolutions.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace imgops::cli {
namespace {

PatchPlace place_of(const Options& options) {
  const bool above = options.flag("above-base");
  const bool on_top = options.flag("on-top");
  if (above && on_top) {
    throw Error(ErrorKind::invalid_argument, "only one of --above-base and --on-top");
  }
  if (on_top) return PatchPlace::on_top;
  return above ? PatchPlace::above_base : PatchPlace::in_place;
}

PatchOptions patch_options(const Options& options, const Context& context) {
  PatchOptions result;
  result.place = place_of(options);
  const std::vector<std::string> words = options.list("SOURCE");
  const std::string subject =
      options.flag("to") ? *options.text("to") : fmt::format("{}", fmt::join(words, " "));
  result.message = options.text("message").value_or("PATCH " + subject);
  const auto epoch = context.environment().source_date_epoch;
  if (epoch) result.created = to_rfc3339({*epoch, 0});
  result.keeps_compression = !options.flag("compression");
  return result;
}

// An option that would do nothing is a mistake of who gave it.
void refuse_useless_options(const Options& options) {
  const auto refuse = [](std::string_view option, std::string_view why) {
    throw Error(ErrorKind::invalid_argument, fmt::format("--{}: {}", option, why));
  };
  if (options.flag("fail")) {
    refuse("fail", "what cannot be merged stays the image's; --strict refuses it");
  }
  if (options.flag("merge")) return;
  for (const std::string_view option : {"ours", "force"}) {
    if (options.flag(option)) refuse(option, "is for --merge");
  }
  if (options.flag("theirs") && !options.flag("on-top")) {
    refuse("theirs", "is for --merge or --on-top");
  }
  for (const std::string_view option : {"resolve", "text-merge"}) {
    if (!options.list(option).empty()) refuse(option, "is for --merge");
  }
}

// Owners and permissions are of what this machine has; packages and images have their own.
void refuse_useless_owners(const Options& options, const PatchMaterial& material) {
  if (!material.files.empty()) return;
  for (const std::string_view option : {"chown", "mode"}) {
    if (!options.flag(option)) continue;
    throw Error(ErrorKind::invalid_argument,
                fmt::format("--{}: packages and images say it themselves", option));
  }
}

// What is not settled stays the image's own, unless the user says otherwise.
MergeChoices choices_of(const Options& options) {
  MergeChoices choices = merge_choices(options);
  if (!choices.settings.empty()) {
    throw Error(ErrorKind::invalid_argument,
                fmt::format("--resolve config:{}: a patch leaves settings alone",
                            printable(choices.settings.begin()->first)));
  }
  MergeDriverOptions drivers{options.list("text-merge"), choices.policy};
  choices.drivers = standard_merge_drivers(drivers);
  if (choices.policy == MergePolicy::fail) choices.policy = MergePolicy::ours;
  return choices;
}

// Judging alone writes no more than a dry run does.
Options without_writing(const Options& options) {
  Options result = options;
  if (options.flag("check") && !options.flag("dry-run")) result.add("dry-run", {});
  return result;
}

bool is_refused(const Context& context, const PatchRun& run) {
  if (count_of(run, PatchStatus::conflict) > 0) return true;
  return context.globals().is_strict && count_of(run, PatchStatus::shadowed) > 0;
}

void answer(Context& context, const PatchRun& run, const std::optional<PatchCosts>& costs) {
  if (context.wants_json()) {
    print_document(context, "patch", patch_json(run, costs), "results");
  } else {
    context.output().text(patch_text(context, run, costs));
  }
}

[[noreturn]] void refuse(const PatchRun& run) {
  const std::size_t conflicts = count_of(run, PatchStatus::conflict);
  const std::string subject = printable(run.target.revision.text);
  if (conflicts == 0) {
    throw Error(ErrorKind::conflict,
                fmt::format("{}: hidden in {}, under --strict: nothing written", subject,
                            counted(count_of(run, PatchStatus::shadowed), "image")));
  }
  const bool misses = std::ranges::any_of(run.rows, [](const PatchRow& row) {
    return row.result.child.conflicts.empty() && !row.result.child.problems.empty();
  });
  throw Error(
      ErrorKind::conflict,
      fmt::format("{}: {} in conflict: nothing written", subject, counted(conflicts, "image")),
      misses ? "--force merges them though packages would miss something; --refs GLOB leaves "
               "images out"
      : run.patches.front().place == PatchPlace::on_top
          ? "--theirs overrides what images have of their own; --refs GLOB leaves some out"
          : "--refs GLOB leaves images out");
}

void tell_unused(Context& context, const PatchRun& run, const MergeChoices& choices) {
  UnusedResolutions unused(choices);
  for (const PatchRow& row : run.rows) {
    std::vector<MergedPath> clashes;
    for (const std::string& path : row.result.child.clashes) {
      clashes.emplace_back().path = path;
      clashes.back().verdict = Verdict::conflict;
    }
    if (row.result.patch) unused.add_merge(clashes);
  }
  unused.tell(context);
}

void tell_shadowed(Context& context, const PatchRun& run, bool was_merged) {
  const std::size_t shadowed = count_of(run, PatchStatus::shadowed);
  if (shadowed == 0) return;
  context.observer().warn(
      fmt::format("the patch is not effective in {} of {} images: their own "
                  "layers hide a part of it",
                  shadowed, run.rows.size()));
  context.say(was_merged ? "hint: --theirs or --resolve PATH=… settles what could not be merged; "
                           "else such an image needs a rebuild"
                         : "hint: --merge makes it so where package databases and files can be "
                           "merged");
}

}  // namespace

void declare_patch(Declarations& declarations) {
  declarations.operand("BASE")
      .operands("SOURCE")
      .value("to", "IMAGE", "an image that is patched already")
      .flag("above-base", "one layer right above the base")
      .flag("on-top", "the same layer as the uppermost of every image")
      .list("refs", "GLOB", "only these of the images built on the base; may be repeated")
      .flag("merge", "merge what the images' own layers hide, in a small layer of theirs")
      .flag("force", "merge, though packages would miss something")
      .flag("check", "tell what the patch would be in each image, write nothing")
      .value("message,m", "TEXT", "history text of the patch layer")
      .value("chown", "U:G", "owner of everything from this machine, as numbers")
      .value("mode", "M", "permissions of files from this machine, octal")
      .flag("dry-run,n", "compute the digests, write nothing");
  declare_encoder_options(declarations);
  declare_merge_options(declarations);
}

int run_patch(const Options& given, Context& context) {
  refuse_useless_options(given);
  const Options options = without_writing(given);
  const Revision revision = parse_image(context, options.operand("BASE"));
  RewriteTarget target = select_for_rewrite(context, revision);
  if (target.place->repository() == nullptr) {
    throw Error(
        ErrorKind::conflict,
        fmt::format("{}: is in an archive, whose names do not move", printable(revision.text)),
        "import it into a layout first");
  }
  ResultWriter writer(context, options, target.place, revision.text, revision.text);
  const PatchMaterial material = patch_material(context, options, writer);
  refuse_useless_owners(options, material);
  const MergeChoices choices = choices_of(options);
  ChildOptions child_options;
  child_options.patch = patch_options(options, context);
  child_options.overrides = options.flag("theirs");
  if (options.flag("merge")) child_options.merge = &choices;
  child_options.forces = options.flag("force");
  const Operation operation = writer.operation();
  PatchRun run =
      plan_run(context, options, std::move(target), material, operation, child_options.patch);
  FleetPatcher patcher(operation, run.patches, child_options);
  judge_run(run, patcher);
  if (is_refused(context, run)) {
    answer(context, run, std::nullopt);
    context.finish();  // the table comes before the refusal
    refuse(run);
  }
  tell_unused(context, run, choices);
  write_run(context, run, patcher, writer, child_options.patch);
  const PatchCosts costs = patch_costs(run, writer);
  if (!options.flag("dry-run")) move_fleet(context, run, writer);
  context.say(patch_sentence(context, run));
  answer(context, run, costs);
  tell_shadowed(context, run, options.flag("merge"));
  return 0;
}

}  // namespace imgops::cli
