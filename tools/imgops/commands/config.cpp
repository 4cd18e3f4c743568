// imgops config: what an image is set to run, changed without a layer.
#include "libimgops/base/bytes.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/config_options.hpp"
#include "tools/imgops/config_outcome.hpp"

namespace imgops::cli {
namespace {

// The step that tells of the change, when one is asked for.
Image with_step(Context& context, const Options& options, const Image& before, const Image& after) {
  const auto message = options.text("message");
  if (!message || after.descriptor() == before.descriptor()) return after;
  const auto epoch = context.environment().source_date_epoch;
  const std::size_t top = after.layers().size();
  return replace_layers(
      after, {top, top}, nullptr,
      HistoryEntry::make(epoch ? to_rfc3339({*epoch, 0}) : "", *message, "", true));
}

}  // namespace

void declare_config(Declarations& declarations) {
  declarations.operand("IMAGE");
  declare_config_options(declarations);
  declarations.value("message,m", "TEXT", "tell of it in the history, as a step without a layer");
  declare_result_options(declarations);
}

int run_config(const Options& options, Context& context) {
  const Revision revision = parse_image(context, options.operand("IMAGE"));
  const SettingsEdit edit = settings_edit(options);
  const RewriteTarget target = select_for_rewrite(context, revision);
  const std::string own_name = revision.suffixes.empty() ? target.name : "";
  ResultWriter writer(context, options, target.place, own_name, revision.text);
  SettingsEditor editor(context);
  std::vector<PlatformOutcome> outcomes;
  for (const PlatformImage& whole : target.platforms) {
    const ResolvedImage resolved = resolve_beside(target, whole);
    tell_omitted(context, resolved, revision.text);
    Image after = edit_settings(resolved.image, edit);
    if (options.flag("edit")) after = editor.edit(after);
    after = with_step(context, options, resolved.image, after);
    outcomes.push_back(
        {whole.position, whole.image, std::move(after), BaseStatement::unknown, {}, false});
  }
  const WrittenResult result = writer.write(target.root, replacements(outcomes));
  tell_settings(context, result.names.front(), outcomes);
  print_digest(context, "config", settings_json(target.root, result, outcomes),
               result.root.digest());
  return 0;
}

}  // namespace imgops::cli
