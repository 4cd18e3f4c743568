// imgops compress: the layers of a range become one.
#include "libimgops/base/bytes.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/rewriting.hpp"

#include <fmt/format.h>

namespace imgops::cli {
namespace {

// The base the platform stands on: asked for when the range begins at it, else good to know.
std::optional<BaseMatch> base_of(Context& context, const Options& options,
                                 const RewriteTarget& target, const RewriteRange& range,
                                 const PlatformImage& whole) {
  const auto given = options.text("base");
  if (!range.from) {
    return require_base_of(context, *target.place, whole.image, given, range.image.text);
  }
  auto base = find_base_of(context, *target.place, whole.image, given);
  if (base && !base->is_certain()) base.reset();
  return base;
}

PlatformOutcome compress_platform(Context& context, const Options& options,
                                  const RewriteTarget& target, const RewriteRange& range,
                                  const PlatformImage& whole, ResultWriter& writer) {
  auto base = base_of(context, options, target, range, whole);
  const LayerRange layers = layers_of_range(context, target, range, whole, base);
  CompressResult result =
      compress(writer.operation(), whole.image, layers, compress_options(options));
  for (const std::string& path : result.clamped) {
    context.say_more(fmt::format("/{}: time out of range, clamped", printable(path)));
  }
  BaseStatement statement = base ? BaseStatement::known : BaseStatement::unknown;
  if (base && base->layer_count > layers.first) {
    statement = BaseStatement::gone;
    base.reset();
  }
  PlatformOutcome outcome{whole.position, whole.image,     std::move(result.image),
                          statement,      std::move(base), false};
  finish_outcome(writer.store(), outcome);
  return outcome;
}

}  // namespace

void declare_compress(Declarations& declarations) {
  declarations.operand("IMAGE|RANGE")
      .value("base", "IMAGE", "what the image was built from; 'scratch' takes all layers");
  declare_compress_options(declarations);
}

int run_compress(const Options& options, Context& context) {
  const RewriteRange range = parse_rewrite_range(context, options.operand("IMAGE|RANGE"));
  const RewriteTarget target = select_for_rewrite(context, range.image);
  ResultWriter writer(context, options, target.place, target.name, range.image.text);
  std::vector<PlatformOutcome> outcomes;
  for (const PlatformImage& whole : target.platforms) {
    outcomes.push_back(compress_platform(context, options, target, range, whole, writer));
  }
  const WrittenResult result = writer.write(target.root, replacements(outcomes));
  tell_outcomes(context, result.names.front(), outcomes);
  print_digest(context, "compress", outcomes_json(target.root, result, outcomes),
               result.root.digest());
  return 0;
}

}  // namespace imgops::cli
