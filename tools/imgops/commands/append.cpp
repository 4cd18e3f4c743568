// imgops append: a new layer on top of an image.
#include "libimgops/ops/append.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/path.hpp"
#include "tools/imgops/append_outcome.hpp"
#include "tools/imgops/append_sources.hpp"
#include "tools/imgops/commands/all.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace imgops::cli {
namespace {

AppendOptions append_options(const Options& options, const Context& context,
                             const std::vector<std::string>& words) {
  AppendOptions result;
  result.message =
      options.text("message").value_or(fmt::format("imgops append {}", fmt::join(words, " ")));
  const auto epoch = context.environment().source_date_epoch;
  if (epoch) result.created = to_rfc3339({*epoch, 0});
  for (const std::string& spelling : options.list("remove")) {
    auto path = canonical_path(spelling);
    if (!path) {
      throw Error(ErrorKind::invalid_argument, fmt::format("{}: leads out", printable(spelling)));
    }
    result.removed.push_back(std::move(*path));
  }
  return result;
}

}  // namespace

void declare_append(Declarations& declarations) {
  declarations.operand("IMAGE")
      .operands("SOURCE")
      .value("message,m", "TEXT", "history text of the new layer")
      .value("chown", "U:G", "owner of everything from this machine, as numbers")
      .value("mode", "M", "permissions of files from this machine, octal")
      .list("remove", "PATH", "remove from the image; may be repeated");
  declare_encoder_options(declarations);
  declare_result_options(declarations);
}

int run_append(const Options& options, Context& context) {
  const Revision revision = parse_image(context, options.operand("IMAGE"));
  const std::vector<std::string> words =
      options.flag("remove") ? options.list("SOURCE") : options.operands("SOURCE");
  const RewriteTarget target = append_target(context, revision);
  const std::string own_name = revision.suffixes.empty() ? target.name : "";
  ResultWriter writer(context, options, target.place, own_name, revision.text);
  std::vector<std::shared_ptr<const LayerIndex>> sources;
  for (const std::string& word : words) {
    sources.push_back(open_append_source(context, writer, parse_append_source(word),
                                         scan_options(options, context.environment())));
  }
  const AppendOptions wanted = append_options(options, context, words);
  std::vector<PlatformOutcome> outcomes;
  for (const PlatformImage& whole : target.platforms) {
    outcomes.push_back(append_to(context, target, whole, writer, sources, wanted));
  }
  const WrittenResult result = writer.write(target.root, replacements(outcomes));
  tell_outcomes(context, result.names.front(), outcomes);
  print_digest(context, "append", append_json(target.root, result, outcomes), result.root.digest());
  return 0;
}

}  // namespace imgops::cli
