// imgops flatten: the whole image becomes one layer.
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/rewriting.hpp"

namespace imgops::cli {

void declare_flatten(Declarations& declarations) {
  declarations.operand("IMAGE");
  declare_compress_options(declarations);
}

int run_flatten(const Options& options, Context& context) {
  const Revision revision = parse_image(context, options.operand("IMAGE"));
  const RewriteTarget target = select_for_rewrite(context, revision);
  // A revision below the top is another image: its ref is not moved to it unasked.
  const std::string own_name = revision.suffixes.empty() ? target.name : "";
  ResultWriter writer(context, options, target.place, own_name, revision.text);
  std::vector<PlatformOutcome> outcomes;
  for (const PlatformImage& whole : target.platforms) {
    const ResolvedImage resolved = resolve_beside(target, whole);
    tell_omitted(context, resolved, revision.text);
    CompressResult result = flatten(writer.operation(), resolved.image, compress_options(options));
    PlatformOutcome outcome{whole.position,      whole.image,  std::move(result.image),
                            BaseStatement::gone, std::nullopt, false};
    finish_outcome(writer.store(), outcome);
    outcomes.push_back(std::move(outcome));
  }
  const WrittenResult result = writer.write(target.root, replacements(outcomes));
  tell_outcomes(context, result.names.front(), outcomes);
  print_digest(context, "flatten", outcomes_json(target.root, result, outcomes),
               result.root.digest());
  return 0;
}

}  // namespace imgops::cli
