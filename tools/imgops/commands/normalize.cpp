// imgops normalize: layers without traces of when and in which order they were made.
#include "libimgops/ops/normalize.hpp"

#include "libimgops/base/timestamp.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/layer_outcomes.hpp"

#include <algorithm>

namespace imgops::cli {
namespace {

std::optional<BaseMatch> base_of(Context& context, const Options& options,
                                 const RewriteTarget& target, const RewriteRange& range,
                                 const Image& image) {
  if (range.from) return std::nullopt;
  return require_base_of(context, *target.place, image, options.text("base"), range.image.text);
}

// --epoch, SOURCE_DATE_EPOCH, the time of the base, 1970: whatever is known first, and none of it
// the time of this build.
std::int64_t epoch_of(const Context& context, const Options& options,
                      const std::optional<BaseMatch>& base) {
  if (const auto given = options.number("epoch", 0)) return static_cast<std::int64_t>(*given);
  if (const auto epoch = context.environment().source_date_epoch) return *epoch;
  const auto time = base && base->image ? parse_rfc3339(base->image->created()) : std::nullopt;
  return time ? std::max<std::int64_t>(time->seconds, 0) : 0;
}

}  // namespace

void declare_normalize(Declarations& declarations) {
  declarations.operand("IMAGE")
      .value("epoch", "N", "seconds since 1970 that no time may be later than")
      .value("since", "REV", "only layers above this image, not above the base")
      .value("base", "IMAGE", "what the image was built from; 'scratch' takes all layers")
      .flag("sort", "bring members into order by path, too");
  declare_result_options(declarations);
}

int run_normalize(const Options& options, Context& context) {
  const RewriteRange range = range_since(context, options, options.operand("IMAGE"));
  const RewriteTarget target = select_for_rewrite(context, range.image);
  ResultWriter writer(context, options, target.place, own_name_of(range, target), range.image.text);
  std::vector<LayerOutcomes> outcomes;
  for (const PlatformImage& whole : target.platforms) {
    const ResolvedImage image = resolve_beside(target, whole);
    tell_omitted(context, image, range.image.text);
    const auto base = base_of(context, options, target, range, image.image);
    const LayerRange layers = layers_of_range(context, target, range, whole, base);
    const NormalizeOptions wanted{
        epoch_of(context, options, base),
        options.flag("sort") ? MemberOrder::sorted : MemberOrder::kept,
        first_own_entry(image.image, layers.first, base && base->image ? &*base->image : nullptr)};
    NormalizeResult result = normalize(writer.operation(), image.image, layers, wanted);
    LayerOutcomes outcome{{whole.position,
                           whole.image,
                           std::move(result.image),
                           layers.first == 0 ? BaseStatement::gone : BaseStatement::unknown,
                           {},
                           false},
                          Json::array()};
    finish_outcome(writer.store(), outcome.outcome);
    for (const NormalizedLayer& layer : result.layers) {
      outcome.layers.push_back(
          exchange_json(image.image, layer.layer, layer.before.descriptor, layer.after.descriptor));
      outcome.layers.back()["clamped"] = layer.clamped;
    }
    outcomes.push_back(std::move(outcome));
  }
  finish_layers(context, "normalize", target, writer, outcomes);
  return 0;
}

}  // namespace imgops::cli
