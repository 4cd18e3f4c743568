// imgops fsck: is a layout, or one image of it, what it says it is?
#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/repository/check.hpp"
#include "tools/imgops/check_screen.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/exit_status.hpp"
#include "tools/imgops/selection.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace imgops::cli {
namespace {

struct Target {
  std::filesystem::path layout;
  CheckScope scope;
};

// The image is found by its entry alone, since it may not be readable.
Target image_target(Context& context, const std::string& word) {
  const Revision revision = parse_image(context, word);
  if (revision.transport != Transport::selected_layout && revision.transport != Transport::oci) {
    throw Error(ErrorKind::invalid_argument, fmt::format("{}: not in a layout", printable(word)),
                "imgops import checks an archive as it takes it in");
  }
  if (revision.transport == Transport::oci && revision.name.empty()) return {revision.place, {}};
  Place& place = context.place(revision);
  const NamedDescriptor* const named = find_name(place.names(), revision.name);
  const Descriptor root =
      named == nullptr ? select_for_rewrite(context, revision).root : named->descriptor;
  return {place.repository()->path(), {CheckDepth::documents, root, word}};
}

Target target_of(Context& context, const std::optional<std::string>& word) {
  if (!word) {
    const std::filesystem::path path = context.selected_path();
    if (path.empty()) return {context.selected_layout().repository()->path(), {}};
    return {path, {}};
  }
  if (std::filesystem::is_directory(*word)) return {*word, {}};
  return image_target(context, *word);
}

}  // namespace

void declare_fsck(Declarations& declarations) {
  declarations.operand("TARGET")
      .flag("full", "read every byte: digests, diff_ids, entries of layers")
      .flag("repair", "mend what can be mended without losing anything");
}

int run_fsck(const Options& options, Context& context) {
  Target target = target_of(context, options.text("TARGET"));
  if (options.flag("full")) target.scope.depth = CheckDepth::contents;
  CheckReport report = check_layout(target.layout, target.scope, context.workers(),
                                    context.observer(), context.stop());
  if (options.flag("repair")) {
    repair_layout(target.layout, report, context.command_text(), context.now());
  }
  if (context.wants_json()) {
    print_document(context, "fsck", check_json(report), "errors");
  } else {
    const std::string subject =
        target.scope.root ? target.scope.name : target.layout.lexically_normal().string();
    context.output().text(check_text(context, report, printable(subject)));
  }
  return report.is_corrupt() ? exit_status(ErrorKind::corrupt) : 0;
}

}  // namespace imgops::cli
