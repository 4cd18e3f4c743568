// imgops purge: a path out of every layer.
#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/purge_outcome.hpp"
#include "tools/imgops/purging.hpp"

#include <fmt/format.h>

#include <utility>

namespace imgops::cli {
namespace {

void check_places(const Options& options, const Revision& revision) {
  if (options.flag("all-refs") && (!options.list("tag").empty() || options.text("output"))) {
    throw Error(ErrorKind::invalid_argument,
                "--all-refs moves refs: it goes with neither -t nor -o");
  }
  if (revision.suffixes.empty()) return;
  throw Error(ErrorKind::invalid_argument,
              fmt::format("{}: a path goes out of a whole image", printable(revision.text)),
              "'imgops tag' names a step as an image of its own");
}

}  // namespace

void declare_purge(Declarations& declarations) {
  declarations.operand("IMAGE")
      .operands("PATH")
      .flag("all-refs", "also refs of the layout that share a layer with it")
      .value("history-redact", "RE", "mask what matches in the texts of the history");
  declare_result_options(declarations);
}

int run_purge(const Options& options, Context& context) {
  const Revision revision = parse_image(context, options.operand("IMAGE"));
  check_places(options, revision);
  const TextMask mask = history_mask(options);
  const PurgedPaths paths(options.operands("PATH"));
  const RewriteTarget target = select_for_rewrite(context, revision);
  ResultWriter writer(context, options, target.place, target.name, revision.text,
                      Staging::read_back);
  const std::string name = target.name.empty() ? revision.text : target.name;
  std::vector<PurgedRef> refs = {
      purge_ref(context, *target.place, writer, name, target.root, target.platforms, paths, mask)};
  PurgeOutcome outcome;
  outcome.sharing =
      sharing_refs(context, *target.place, writer.moving_names(), purged_layers(refs.front()));
  if (options.flag("all-refs")) {
    for (const NamedDescriptor& other : std::exchange(outcome.sharing, {})) {
      const auto platforms = load_platforms(target.place->blobs(), other.descriptor, other.name);
      refs.push_back(purge_ref(context, *target.place, writer, other.name, other.descriptor,
                               platforms, paths, mask));
    }
  }
  outcome.still_held = tell_still_held(context, writer, refs);
  // Where no layer has it nothing is written, under no other name either.
  outcome.results = has_hit(refs.front())
                        ? write_purged(writer, refs)
                        : std::vector<WrittenResult>{{refs.front().root, {}, {}, {}}};
  if (!options.flag("dry-run") && has_hit(refs.front())) {
    outcome.holders = holders(context, writer, refs);
  }
  print_purged(context, refs, outcome);
  return has_hit(refs.front()) ? 0 : 1;
}

}  // namespace imgops::cli
