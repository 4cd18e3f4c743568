// imgops tag: names for an image or for one of its steps.
#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/write_result.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace imgops::cli {
namespace {

SettingsChoice settings_choice(const Options& options) {
  const auto word = options.choice("config", {"exact", "replay", "keep", "base"});
  return word ? *parse_settings_choice(*word) : SettingsChoice::best;
}

Revision wanted_revision(Context& context, const Options& options) {
  Revision revision = parse_image(context, options.operand("REV"));
  if (is_scratch(revision)) {
    throw Error(ErrorKind::invalid_argument, "scratch: is stored nowhere and has no name to give",
                "'imgops append scratch …' makes images from nothing");
  }
  return revision;
}

// With --platform that one alone, as an image of its own: names may be given to part of an index.
void choose_platform(const Context& context, RewriteTarget& target) {
  if (!context.globals().platform || !is_index(target.root)) return;
  if (target.platforms.size() > 1) {
    throw Error(ErrorKind::ambiguous,
                fmt::format("{}: has {} images of that platform", printable(target.revision.text),
                            target.platforms.size()));
  }
  target.root = target.platforms.front().descriptor;
}

struct TaggedStep {
  std::vector<Replacement> replacements;
  SettingsOrigin origin = SettingsOrigin::exact;  // the least certain of all platforms
  std::vector<std::string> omitted;
};

TaggedStep make_step(Context& context, const RewriteTarget& target, SettingsChoice choice) {
  TaggedStep result;
  for (const PlatformImage& whole : target.platforms) {
    ResolvedImage resolved = resolve_beside(target, whole, choice);
    const std::string subject =
        target.platforms.size() == 1
            ? target.revision.text
            : fmt::format("{} {}", target.revision.text, whole.image.platform().to_string());
    tell_omitted(context, resolved, subject);
    result.origin = std::max(result.origin, resolved.origin);
    std::ranges::move(resolved.omitted, std::back_inserter(result.omitted));
    if (resolved.image.descriptor() == whole.image.descriptor()) continue;
    const bool is_alone = !is_index(target.root);
    result.replacements.push_back(
        {is_alone ? std::vector<std::size_t>() : whole.position, std::move(resolved.image)});
  }
  return result;
}

Json tag_json(const std::vector<NamedDescriptor>& before, const WrittenResult& result,
              const TaggedStep& step) {
  Json tags = Json::array();
  for (const std::string& name : result.names) {
    const NamedDescriptor* const old = find_name(before, name);
    tags.push_back({{"tag", name},
                    {"old", old == nullptr ? Json() : Json(old->descriptor.digest().to_string())},
                    {"new", result.root.digest().to_string()}});
  }
  return {{"tags", tags}, {"config", name(step.origin)}, {"omitted", step.omitted}};
}

}  // namespace

void declare_tag(Declarations& declarations) {
  declarations.operand("REV")
      .operands("NEW")
      .value("config", "exact|replay|keep|base", "where settings of an earlier step come from")
      .flag("dry-run,n", "compute the digest, write nothing");
}

int run_tag(const Options& options, Context& context) {
  const SettingsChoice choice = settings_choice(options);
  const Revision revision = wanted_revision(context, options);
  Options naming;
  naming.add("tag", options.operands("NEW"));
  if (options.flag("dry-run")) naming.add("dry-run", {});
  RewriteTarget target = select_for_rewrite(context, revision);
  choose_platform(context, target);
  ResultWriter writer(context, naming, target.place, "", revision.text);
  const TaggedStep step = make_step(context, target, choice);
  const std::vector<NamedDescriptor> before = writer.home()->names();
  const WrittenResult result = writer.write(target.root, step.replacements, Referrers::unaffected);
  if (context.wants_json()) {
    print_document(context, "tag", tag_json(before, result, step), "tags");
    return 0;
  }
  for (const std::string& name : result.names) {
    context.output().text(
        fmt::format("{} {}\n", printable(name), result.root.digest().to_string()));
  }
  return 0;
}

}  // namespace imgops::cli
