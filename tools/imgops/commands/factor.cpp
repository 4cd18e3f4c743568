// imgops factor: what images hold alike becomes their base.
#include "libimgops/ops/factor.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/store/image_store.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/factor_images.hpp"
#include "tools/imgops/rewriting.hpp"
#include "tools/imgops/table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace imgops::cli {
namespace {

constexpr std::uint64_t usual_least_bytes = 1'000'000;

FactorOptions factor_options(const Options& options, const Context& context) {
  FactorOptions result;
  result.least_bytes = options.size_bytes("min").value_or(usual_least_bytes);
  result.one_layer = options.flag("one-layer");
  result.ignore_mtime = options.choice("ignore", {"mtime"}).has_value();
  result.message = options.text("message").value_or(
      fmt::format("imgops factor {}", fmt::join(options.operands("IMAGE"), " ")));
  const auto epoch = context.environment().source_date_epoch;
  if (epoch) result.created = to_rfc3339({*epoch, 0});
  result.verify = options.flag("verify");
  return result;
}

std::string base_name(const Options& options, const std::vector<FactoredName>& names) {
  const auto name = options.text("tag");
  if (!name) throw Error(ErrorKind::invalid_argument, "missing -t BASE");
  check_new_name(*name);
  if (std::ranges::find(names, *name, &FactoredName::name) != names.end()) {
    throw Error(ErrorKind::invalid_argument,
                fmt::format("{}: is one of the images, and cannot be their base", *name));
  }
  return *name;
}

struct Factored {
  std::string base_name;
  std::string shared_name;  // what the base stands on
  std::vector<Image> before;
  std::vector<FactoredName> names;
  FactorResult result;
  std::uint64_t together_before() const { return stored_together(before); }
  std::uint64_t together_after() const { return stored_together(result.images); }
};

Json factored_json(const Factored& factored) {
  const FactorResult& result = factored.result;
  Json base = nullptr;
  Json rows = Json::array();
  if (result.base) {
    base = {{"ref", factored.base_name},
            {"digest", result.base->descriptor().digest().to_string()},
            {"layers", result.base->layers().size()},
            {"files", result.files},
            {"bytes", result.bytes},
            {"stored", result.stored_bytes}};
  }
  for (std::size_t number = 0; number < result.images.size(); ++number) {
    const Image& old = factored.before[number];
    const Image& image = result.images[number];
    rows.push_back({{"ref", factored.names[number].name},
                    {"old", old.descriptor().digest().to_string()},
                    {"new", image.descriptor().digest().to_string()},
                    {"before", stored_bytes(old)},
                    {"after", stored_bytes(image)},
                    {"ownBefore", stored_bytes(old, result.shared_layers)},
                    {"ownAfter", stored_bytes(image, result.shared_layers + 1)}});
  }
  const auto saved = result.base ? static_cast<std::int64_t>(factored.together_before()) -
                                       static_cast<std::int64_t>(factored.together_after())
                                 : 0;
  return {{"base", base},
          {"common", {{"files", result.files}, {"bytes", result.bytes}}},
          {"results", rows},
          {"saved", saved}};
}

void print_table(Context& context, const Factored& factored) {
  const FactorResult& result = factored.result;
  const std::string_view arrow = sign(context, "→", "->");
  const std::string_view dot = sign(context, " · ", ", ");
  context.say(fmt::format("{}  {} + 1 layer{}{}{}{} unpacked{}{} stored",
                          printable(factored.base_name), printable(factored.shared_name), dot,
                          counted(result.files, "file"), dot, shown_size(context, result.bytes),
                          dot, shown_size(context, result.stored_bytes)));
  Table table(
      {{"REF"}, {"BEFORE", Align::right}, {"AFTER", Align::right}, {"OWN BYTES"}, {"DIGEST"}});
  for (std::size_t number = 0; number < result.images.size(); ++number) {
    const Image& old = factored.before[number];
    const Image& image = result.images[number];
    table.add(
        {printable(factored.names[number].name), shown_size(context, stored_bytes(old)),
         shown_size(context, stored_bytes(image)),
         fmt::format("{} {} {}", shown_size(context, stored_bytes(old, result.shared_layers)),
                     arrow, shown_size(context, stored_bytes(image, result.shared_layers + 1))),
         image.descriptor().digest().short_text()});
  }
  context.output().text(table.text(table_width(context)));
  context.say(fmt::format("together  {} {} {}", shown_size(context, factored.together_before()),
                          arrow, shown_size(context, factored.together_after())));
}

int finish(Context& context, const Factored& factored, std::uint64_t least_bytes) {
  const bool is_done = factored.result.base.has_value();
  if (context.wants_json()) {
    print_document(context, "factor", factored_json(factored), "results");
  } else if (is_done) {
    print_table(context, factored);
  } else {
    context.say(
        fmt::format("{} in common, {}: less than {}", counted(factored.result.files, "file"),
                    shown_size(context, factored.result.bytes), shown_size(context, least_bytes)));
  }
  return is_done ? 0 : 1;
}

}  // namespace

void declare_factor(Declarations& declarations) {
  declarations.operands("IMAGE")
      .value("tag,t", "NEW", "name of the new base")
      .value("min", "SIZE", "of files in common, unpacked; less is not worth it (1MB)")
      .flag("one-layer", "make one layer of what is left of each image")
      .value("ignore", "mtime", "times alone make no difference")
      .value("message,m", "TEXT", "history text of the new layer")
      .flag("verify", "read the results back and compare the trees")
      .flag("dry-run,n", "compute the digests, write nothing");
  declare_encoder_options(declarations);
}

int run_factor(const Options& options, Context& context) {
  Place* place = nullptr;
  Factored factored;
  factored.names = select_names(context, options.operands("IMAGE"), place);
  factored.base_name = base_name(options, factored.names);
  for (const FactoredName& named : factored.names) factored.before.push_back(named.image);
  GroupWriter writer(context, options, *place);
  const FactorOptions wanted = factor_options(options, context);
  factored.result = factor(writer.operation(), factored.before, wanted);
  if (!factored.result.base) return finish(context, factored, wanted.least_bytes);
  const Operation operation = writer.operation();
  factored.shared_name = state_bases(context, *place, factored.base_name, factored.result);
  std::vector<NamedDescriptor> moves;
  const auto add = [&](const std::string& name, const Image& image) {
    store_image(operation.blobs, image);
    moves.push_back({name, image.descriptor()});
  };
  add(factored.base_name, *factored.result.base);
  for (std::size_t number = 0; number < factored.names.size(); ++number) {
    add(factored.names[number].name, factored.result.images[number]);
  }
  writer.write(moves);
  return finish(context, factored, wanted.least_bytes);
}

}  // namespace imgops::cli
