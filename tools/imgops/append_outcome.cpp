#include "tools/imgops/append_outcome.hpp"

namespace imgops::cli {

RewriteTarget append_target(Context& context, const Revision& revision) {
  if (!is_scratch(revision)) return select_for_rewrite(context, revision);
  Image image = empty_image(context.globals().platform.value_or(host_platform()), MediaFamily::oci);
  const Descriptor root = image.descriptor();
  return {nullptr, revision, "", root, {{{}, root, std::move(image)}}};
}

PlatformOutcome append_to(Context& context, const RewriteTarget& target, const PlatformImage& whole,
                          ResultWriter& writer,
                          std::span<const std::shared_ptr<const LayerIndex>> sources,
                          const AppendOptions& options) {
  Image image = whole.image;
  if (target.place != nullptr) {
    const ResolvedImage resolved = resolve_beside(target, whole);
    tell_omitted(context, resolved, target.revision.text);
    image = resolved.image;
  }
  const AppendResult result = append(writer.operation(), image, sources, options);
  std::optional<BaseMatch> base;
  if (target.place != nullptr) {
    base = find_base_of(context, *target.place, result.image, std::nullopt, writer.moving_names());
  }
  if (base && !base->is_certain()) base.reset();
  PlatformOutcome outcome{whole.position, whole.image,
                          result.image,   base ? BaseStatement::known : BaseStatement::unknown,
                          base,           false};
  finish_outcome(writer.store(), outcome);
  if (result.changed && !options.created.empty()) {
    outcome.after = with_created(outcome.after, options.created);
  }
  return outcome;
}

Json append_json(const Descriptor& from, const WrittenResult& result,
                 const std::vector<PlatformOutcome>& outcomes) {
  Json json = outcomes_json(from, result, outcomes);
  const Image& image = outcomes.front().after;
  if (image.layers().empty()) return json;
  const ImageLayer& layer = image.layers().back();
  json["layer"] = {{"digest", layer.descriptor.digest().to_string()},
                   {"diffId", layer.diff_id.digest.to_string()},
                   {"size", layer.descriptor.size_bytes()}};
  return json;
}

}  // namespace imgops::cli
