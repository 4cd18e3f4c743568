#include "tools/imgops/rewriting.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace imgops::cli {
namespace {

std::string base_text(const PlatformOutcome& outcome) {
  if (!outcome.base || outcome.base->layer_count == 0) return {};
  const std::string name = outcome.base->names.empty() ? counted(outcome.base->layer_count, "layer")
                                                       : printable(outcome.base->names.front());
  return fmt::format("base {} {}", name, outcome.base_restored ? "blobs restored" : "kept");
}

std::string outcome_sentence(const Context& context, std::string_view name,
                             const PlatformOutcome& outcome) {
  const std::string_view dot = sign(context, " · ", ", ");
  const std::string_view arrow = sign(context, "→", "->");
  const Image& before = outcome.before;
  const Image& after = outcome.after;
  std::string text = fmt::format(
      "{}  {} {} {}{}{} {} {} stored", printable(name), counted(before.layers().size(), "layer"),
      arrow, after.layers().size(), dot, shown_size(context, stored_bytes(before)), arrow,
      shown_size(context, stored_bytes(after)));
  const std::string base = base_text(outcome);
  if (base.empty()) return text;
  const std::size_t first = outcome.base->layer_count;
  return text + fmt::format("{}above the base {} {} {}{}{}", dot,
                            shown_size(context, stored_bytes(before, first)), arrow,
                            shown_size(context, stored_bytes(after, first)), dot, base);
}

Json outcome_json(const PlatformOutcome& outcome) {
  Json json = Json::object();
  json["platform"] = outcome.before.platform().to_string();
  json["from"] = outcome.before.descriptor().digest().to_string();
  json["to"] = outcome.after.descriptor().digest().to_string();
  json["layersBefore"] = outcome.before.layers().size();
  json["layersAfter"] = outcome.after.layers().size();
  json["bytesBefore"] = stored_bytes(outcome.before);
  json["bytesAfter"] = stored_bytes(outcome.after);
  json["baseRestored"] = outcome.base_restored;
  return json;
}

// Which base was meant is told here too: a name given to a step makes that step one.
std::string unchanged_sentence(const std::string& label, const PlatformOutcome& outcome) {
  const std::string sentence = fmt::format("{}  nothing to do", printable(label));
  if (!outcome.base || outcome.base->names.empty()) return sentence;
  const std::size_t above = outcome.after.layers().size() - outcome.base->layer_count;
  return fmt::format("{} · {} layer{} above base {}", sentence, above, above == 1 ? "" : "s",
                     printable(outcome.base->names.front()));
}

}  // namespace

RewriteRange parse_rewrite_range(Context& context, std::string_view word) {
  const auto range = parse_range(word, context.known_names());
  if (!range) return {parse_image(context, word), std::nullopt};
  if (range->kind == RangeKind::symmetric) {
    throw Error(ErrorKind::invalid_argument,
                fmt::format("{}: A...B names two stacks of layers", printable(word)),
                "A..B names the layers of B above A");
  }
  return {with_selectors(context, range->to), range->from};
}

LayerRange layers_of_range(Context& context, const RewriteTarget& target, const RewriteRange& range,
                           const PlatformImage& whole, const std::optional<BaseMatch>& base) {
  const std::size_t end = resolve_beside(target, whole).layer_count;
  if (!range.from) return {std::min(base ? base->layer_count : 0, end), end};
  if (is_scratch(*range.from)) return {0, end};
  Place& place = context.place(*range.from);
  const ResolvedImage from = resolve(place.collection(), *range.from, whole.image.platform());
  const std::size_t first = from.image.layers().size();
  if (shared_layer_count(from.image, whole.image) != first || first > end) {
    throw Error(ErrorKind::not_found,
                fmt::format("{}: is no ancestor of {}", printable(range.from->text),
                            printable(range.image.text)),
                "the layers of the left side must be the lowest of the right; 'imgops diff A...B' "
                "starts where two images part");
  }
  return {first, end};
}

SelectedRange select_layers(Context& context, std::string_view word) {
  const RewriteRange range = parse_rewrite_range(context, word);
  SelectedImage selected = select_image(context, range.image);
  static_cast<void>(operation_of(selected));
  RewriteTarget target = select_for_rewrite(context, range.image);
  std::erase_if(target.platforms, [&](const PlatformImage& platform) {
    return platform.position != selected.resolved.position;
  });
  const PlatformImage& whole = target.platforms.front();
  std::optional<BaseMatch> base;
  if (!range.from) {
    base = require_base_of(context, *selected.place, whole.image, std::nullopt, word);
  }
  const LayerRange layers = layers_of_range(context, target, range, whole, base);
  return {std::move(selected), layers};
}

std::vector<Replacement> replacements(const std::vector<PlatformOutcome>& outcomes) {
  std::vector<Replacement> result;
  for (const PlatformOutcome& outcome : outcomes) {
    if (outcome.changed()) result.push_back({outcome.position, outcome.after});
  }
  return result;
}

std::uint64_t stored_bytes(const Image& image, std::size_t first_layer) {
  std::uint64_t bytes = 0;
  for (std::size_t at = first_layer; at < image.layers().size(); ++at) {
    bytes += image.layers()[at].descriptor.size_bytes();
  }
  return bytes;
}

void tell_outcomes(Context& context, std::string_view name,
                   const std::vector<PlatformOutcome>& outcomes) {
  for (const PlatformOutcome& outcome : outcomes) {
    const std::string label =
        outcomes.size() == 1 ? std::string(name)
                             : fmt::format("{} {}", name, outcome.before.platform().to_string());
    context.say(outcome.changed() ? outcome_sentence(context, label, outcome)
                                  : unchanged_sentence(label, outcome));
  }
}

Json outcomes_json(const Descriptor& from, const WrittenResult& result,
                   const std::vector<PlatformOutcome>& outcomes) {
  Json json = Json::object();
  Json platforms = Json::array();
  std::size_t layers_before = 0;
  std::size_t layers_after = 0;
  std::uint64_t bytes_before = 0;
  std::uint64_t bytes_after = 0;
  for (const PlatformOutcome& outcome : outcomes) {
    platforms.push_back(outcome_json(outcome));
    layers_before += outcome.before.layers().size();
    layers_after += outcome.after.layers().size();
    bytes_before += stored_bytes(outcome.before);
    bytes_after += stored_bytes(outcome.after);
  }
  json["from"] = from.digest().to_string();
  json["to"] = result.root.digest().to_string();
  json["layersBefore"] = layers_before;
  json["layersAfter"] = layers_after;
  json["bytesBefore"] = bytes_before;
  json["bytesAfter"] = bytes_after;
  json["baseRestored"] = std::ranges::any_of(outcomes, &PlatformOutcome::base_restored);
  json["changed"] = !(from == result.root);
  if (outcomes.size() > 1) json["platforms"] = platforms;
  return json;
}

void finish_outcome(const BlobSource& blobs, PlatformOutcome& outcome) {
  const BaseMatch* const base = outcome.base ? &*outcome.base : nullptr;
  if (base != nullptr && base->image) {
    const auto layers = base->image->layers();
    const bool is_in_reach = std::ranges::all_of(layers, [&](const ImageLayer& layer) {
      return blobs.find(layer.descriptor.digest()) != nullptr;
    });
    if (is_in_reach) {
      const Image restored = restore_base_layers(outcome.after, *base->image);
      outcome.base_restored = !(restored.descriptor() == outcome.after.descriptor());
      outcome.after = restored;
    }
  }
  if (outcome.changed() && outcome.statement != BaseStatement::unknown) {
    outcome.after = state_base(outcome.after, base);
  }
}

void declare_compress_options(Declarations& declarations) {
  declarations.value("message,m", "TEXT", "history text of the new layer")
      .value("history", "keep|one|redact", "what becomes of replaced steps")
      .flag("verify", "read the result back and compare both trees");
  declare_encoder_options(declarations);
  declare_result_options(declarations);
}

CompressOptions compress_options(const Options& options) {
  CompressOptions result;
  result.message = options.text("message").value_or("");
  const auto history = options.choice("history", {"keep", "one", "redact"}).value_or("keep");
  if (history == "one") result.history = HistoryMode::one;
  if (history == "redact") result.history = HistoryMode::redact;
  result.verify = options.flag("verify");
  return result;
}

}  // namespace imgops::cli
