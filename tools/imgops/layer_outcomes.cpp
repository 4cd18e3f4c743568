#include "tools/imgops/layer_outcomes.hpp"

namespace imgops::cli {

RewriteRange range_since(Context& context, const Options& options, std::string_view word) {
  RewriteRange range{parse_image(context, word), std::nullopt};
  if (const auto since = options.text("since")) {
    range.from = parse_revision(*since, context.known_names());
  }
  return range;
}

std::string own_name_of(const RewriteRange& range, const RewriteTarget& target) {
  return range.image.suffixes.empty() ? target.name : std::string();
}

Json exchange_json(const Image& image, std::size_t layer, const Descriptor& before,
                   const Descriptor& after) {
  return {{"rev", layer_revision(layer, image.layers().size())},
          {"old", before.digest().to_string()},
          {"new", after.digest().to_string()},
          {"before", before.size_bytes()},
          {"after", after.size_bytes()}};
}

void finish_layers(Context& context, std::string_view name, const RewriteTarget& target,
                   ResultWriter& writer, const std::vector<LayerOutcomes>& outcomes) {
  std::vector<PlatformOutcome> platforms;
  for (const LayerOutcomes& outcome : outcomes) platforms.push_back(outcome.outcome);
  const WrittenResult result = writer.write(target.root, replacements(platforms));
  tell_outcomes(context, result.names.front(), platforms);
  Json body = Json::object();
  body["from"] = target.root.digest().to_string();
  body["to"] = result.root.digest().to_string();
  body["changed"] = !(target.root == result.root);
  body["layers"] = outcomes.front().layers;
  if (outcomes.size() > 1) {
    body["platforms"] = Json::array();
    for (const LayerOutcomes& outcome : outcomes) {
      body["platforms"].push_back(
          {{"platform", outcome.outcome.before.platform().to_string()},
           {"from", outcome.outcome.before.descriptor().digest().to_string()},
           {"to", outcome.outcome.after.descriptor().digest().to_string()},
           {"layers", outcome.layers}});
    }
  }
  print_digest(context, name, std::move(body), result.root.digest());
}

}  // namespace imgops::cli
