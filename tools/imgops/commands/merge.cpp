// imgops merge: images with a common beginning made one.
#include "libimgops/base/error.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/merge_choices.hpp"
#include "tools/imgops/merging.hpp"
#include "tools/imgops/unused_resolutions.hpp"

namespace imgops::cli {
namespace {

MergeRequest request_of(Context& context, const Options& options) {
  MergeRequest request;
  for (const std::string& word : options.operands("OTHER")) {
    request.others.push_back(parse_revision(word, context.known_names()));
  }
  if (request.others.empty()) throw Error(ErrorKind::invalid_argument, "missing OTHER");
  if (const auto common = options.text("base")) {
    request.common = parse_revision(*common, context.known_names());
  }
  request.is_forced = options.flag("force");
  return request;
}

// Where the other images are.
std::vector<Place*> places_of(Context& context, const MergeRequest& request) {
  std::vector<Revision> revisions = request.others;
  if (request.common) revisions.push_back(*request.common);
  std::vector<Place*> places;
  for (const Revision& revision : revisions) {
    if (!is_scratch(revision)) places.push_back(&context.place(revision));
  }
  return places;
}

void tell_unused(Context& context, const MergeChoices& choices,
                 const std::vector<PlatformMerge>& merges) {
  UnusedResolutions unused(choices);
  for (const PlatformMerge& merge : merges) {
    for (const MergedImage& one : merge.merges) {
      if (one.kind == MergeKind::merged) unused.add_merge(one.paths, one.settings);
    }
  }
  unused.tell(context);
}

}  // namespace

void declare_merge(Declarations& declarations) {
  declarations.operand("IMAGE")
      .operands("OTHER")
      .value("base", "IMAGE", "what they have in common; 'scratch' is nothing")
      .flag("force", "also unrelated images, another platform, and with packages that would break");
  declare_merge_options(declarations);
  declare_encoder_options(declarations);
  declare_result_options(declarations);
}

int run_merge(const Options& options, Context& context) {
  const MergeChoices choices = merge_choices(options);
  const Revision revision = parse_image(context, options.operand("IMAGE"));
  const MergeRequest request = request_of(context, options);
  const RewriteTarget target = select_for_rewrite(context, revision);
  const std::string own_name = revision.suffixes.empty() ? target.name : "";
  const std::vector<Place*> places = places_of(context, request);
  ResultWriter writer(context, options, target.place, own_name, revision.text, Staging::aside,
                      places);
  const auto merges = merge_all(context, target, request, choices, writer);
  require_merged(context, revision.text, merges);
  tell_unused(context, choices, merges);
  std::vector<PlatformOutcome> outcomes;
  for (const PlatformMerge& merge : merges) {
    outcomes.push_back(finish_merge(context, target, writer, merge));
  }
  const WrittenResult result = writer.write(target.root, replacements(outcomes));
  tell_outcomes(context, result.names.front(), outcomes);
  Json body = outcomes_json(target.root, result, outcomes);
  put_merges(body, merges);
  print_digest(context, "merge", body, result.root.digest());
  return 0;
}

}  // namespace imgops::cli
