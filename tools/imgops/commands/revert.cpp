// imgops revert: layers taken out of an image.
#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/ops/edit_layers.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/edit_outcome.hpp"
#include "tools/imgops/merge_choices.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace imgops::cli {
namespace {

std::vector<Revision> wanted_revisions(Context& context, const Options& options) {
  std::vector<Revision> revisions;
  for (const std::string& word : options.operands("REV")) {
    revisions.push_back(parse_image(context, word));
  }
  if (revisions.empty()) throw Error(ErrorKind::invalid_argument, "missing REV");
  return revisions;
}

// All revisions are of one image, since one image comes out.
void require_one_image(Context& context, const RewriteTarget& target,
                       const std::vector<Revision>& revisions) {
  for (const Revision& revision : revisions) {
    Place& place = context.place(revision);
    Revision whole = revision;
    whole.suffixes.clear();
    const NamedDescriptor root = resolve_root(place.collection(), whole);
    if (&place == target.place && root.descriptor.digest() == target.root.digest()) continue;
    throw Error(ErrorKind::invalid_argument,
                fmt::format("{} and {} are of different images", printable(target.revision.text),
                            printable(revision.text)),
                "one run makes one image");
  }
}

// The layers of one platform that the revisions end with.
std::vector<std::size_t> dropped_layers(const RewriteTarget& target, const PlatformImage& whole,
                                        const std::vector<Revision>& revisions) {
  std::set<std::size_t> dropped;
  for (const Revision& revision : revisions) {
    RewriteTarget one = target;
    one.revision = revision;
    const std::size_t count = resolve_beside(one, whole).layer_count;
    if (count == 0) {
      throw Error(ErrorKind::not_found,
                  fmt::format("{}: ends with no layer", printable(revision.text)));
    }
    dropped.insert(count - 1);
  }
  return {dropped.begin(), dropped.end()};
}

// What the layers stand on, when known; dropping one of its layers must be asked for.
std::optional<BaseMatch> base_of(Context& context, const Options& options,
                                 const RewriteTarget& target, const PlatformImage& whole,
                                 std::size_t lowest) {
  if (options.flag("onto-scratch")) return std::nullopt;
  auto base = find_base_of(context, *target.place, whole.image, options.text("base"));
  if (!base || !base->is_certain()) return std::nullopt;
  if (lowest >= base->layer_count) return base;
  const std::string name = base->names.empty() ? "the base" : "base " + base->names.front();
  throw Error(ErrorKind::conflict,
              fmt::format("{}: layer {} is one of {}", printable(target.revision.text),
                          layer_revision(lowest, whole.image.layers().size()), printable(name)),
              "--onto-scratch takes layers of the base out as well; another --base IMAGE may be "
              "meant");
}

void tell_returned(Context& context, const std::set<std::string>& returned) {
  constexpr std::size_t most = 10;
  std::size_t told = 0;
  for (const std::string& path : returned) {
    if (told == most && context.globals().verbosity == 0) {
      context.say(fmt::format("and {} more come back", returned.size() - told));
      return;
    }
    context.say(fmt::format("{} comes back", shown_path(path)));
    ++told;
  }
}

Json dropped_json(const Image& image, const std::vector<std::size_t>& dropped) {
  Json rows = Json::array();
  for (const std::size_t layer : dropped) {
    Json row = layer_json(image, layer);
    row["instruction"] = todo_of(image, layer).front().text;
    rows.push_back(std::move(row));
  }
  return rows;
}

Json returned_json(const std::set<std::string>& returned) {
  Json rows = Json::array();
  for (const std::string& path : returned) {
    Json row = Json::object();
    put_path(row, "path", path);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

void declare_revert(Declarations& declarations) {
  declarations.operands("REV")
      .value("base", "IMAGE", "what the image was built from")
      .flag("onto-scratch", "layers of the base may go too");
  declare_merge_options(declarations);
  declare_encoder_options(declarations);
  declare_result_options(declarations);
}

int run_revert(const Options& options, Context& context) {
  const MergeChoices choices = merge_choices(options);
  const std::vector<Revision> revisions = wanted_revisions(context, options);
  const RewriteTarget target = select_for_rewrite(context, revisions.front());
  require_one_image(context, target, revisions);
  const std::string subject = target.name.empty() ? target.revision.text : target.name;
  ResultWriter writer(context, options, target.place, target.name, subject, Staging::aside);
  std::vector<PlatformEdit> edits;
  std::vector<std::optional<BaseMatch>> bases;
  std::set<std::string> returned;
  Json dropped;
  for (const PlatformImage& whole : target.platforms) {
    const std::vector<std::size_t> layers = dropped_layers(target, whole, revisions);
    bases.push_back(base_of(context, options, target, whole, layers.front()));
    RevertResult result = revert_layers(writer.operation(), whole.image, layers, choices);
    returned.insert(result.returned.begin(), result.returned.end());
    if (edits.empty()) dropped = dropped_json(whole.image, layers);
    edits.push_back({whole, whole.image, std::move(result.edit)});
  }
  require_settled(context, "revert", subject, edits, choices);
  std::vector<PlatformOutcome> outcomes;
  for (std::size_t at = 0; at < edits.size(); ++at) {
    outcomes.push_back(finish_edit(context, target, writer, edits[at], bases[at]));
  }
  const WrittenResult result = writer.write(target.root, replacements(outcomes));
  tell_returned(context, returned);
  tell_outcomes(context, result.names.front(), outcomes);
  Json body = outcomes_json(target.root, result, outcomes);
  body["dropped"] = dropped;
  body["returned"] = returned_json(returned);
  body["verdicts"] = layer_verdicts_json(edits);
  print_digest(context, "revert", body, result.root.digest());
  return 0;
}

}  // namespace imgops::cli
