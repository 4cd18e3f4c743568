// imgops recompress: layers packed otherwise, their archives the same.
#include "libimgops/ops/recompress.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/layer_outcomes.hpp"

#include <fmt/format.h>

#include <charconv>

namespace imgops::cli {
namespace {

[[noreturn]] void refuse(const std::string& word) {
  throw Error(ErrorKind::invalid_argument,
              fmt::format("--to: '{}' is not gzip[:1-12], zstd[:1-22] or none", printable(word)));
}

// "zstd:19"; without a level 0.
EncoderOptions packing(const Options& options) {
  const auto word = options.text("to");
  if (!word) throw Error(ErrorKind::invalid_argument, "missing --to gzip, zstd or none");
  const std::size_t colon = std::min(word->find(':'), word->size());
  const std::string_view form = std::string_view(*word).substr(0, colon);
  EncoderOptions encoder;
  int highest = 0;
  if (form == "gzip") highest = 12;
  if (form == "zstd") highest = 22;
  if (form == "none") encoder.compression = Compression::none;
  if (form == "zstd") encoder.compression = Compression::zstd;
  if (highest == 0 && form != "none") refuse(*word);
  if (colon == word->size()) return encoder;
  const char* const end = word->data() + word->size();
  const auto [stop, error] = std::from_chars(word->data() + colon + 1, end, encoder.level);
  const bool is_level = error == std::errc() && stop == end;
  if (!is_level || encoder.level < 1 || encoder.level > highest) refuse(*word);
  return encoder;
}

}  // namespace

void declare_recompress(Declarations& declarations) {
  declarations.operand("IMAGE")
      .value("to", "gzip|zstd|none", "with a level behind a colon, as zstd:19")
      .value("since", "REV", "only layers above this image");
  declare_result_options(declarations);
}

int run_recompress(const Options& options, Context& context) {
  const EncoderOptions encoder = packing(options);
  const RewriteRange range = range_since(context, options, options.operand("IMAGE"));
  const RewriteTarget target = select_for_rewrite(context, range.image);
  ResultWriter writer(context, options, target.place, own_name_of(range, target), range.image.text);
  std::vector<LayerOutcomes> outcomes;
  for (const PlatformImage& whole : target.platforms) {
    Operation operation = writer.operation();
    operation.encoder = encoder;
    const ResolvedImage image = resolve_beside(target, whole);
    tell_omitted(context, image, range.image.text);
    const LayerRange layers = layers_of_range(context, target, range, whole, std::nullopt);
    RecompressResult result = recompress(operation, image.image, layers);
    LayerOutcomes outcome{
        {whole.position, whole.image, std::move(result.image), BaseStatement::unknown, {}, false},
        Json::array()};
    for (const RecompressedLayer& layer : result.layers) {
      outcome.layers.push_back(exchange_json(image.image, layer.layer, layer.before, layer.after));
    }
    outcomes.push_back(std::move(outcome));
  }
  finish_layers(context, "recompress", target, writer, outcomes);
  return 0;
}

}  // namespace imgops::cli
