// imgops inspect: what an image says about itself.
#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/history_screen.hpp"
#include "tools/imgops/inspect_page.hpp"

#include <fmt/format.h>

namespace imgops::cli {
namespace {

// The document a ref points to, byte for byte: an index, unless one of its images is meant.
std::string raw_document(Context& context, const SelectedImage& selected) {
  const bool is_root = selected.resolved.is_whole && !context.globals().platform;
  if (selected.place == nullptr || !is_root) return selected.image().manifest_text();
  return read_document(selected.place->blobs(), selected.resolved.root, manifest_limit_bytes,
                       selected.revision.text);
}

int print_base(Context& context, const SelectedImage& selected) {
  const auto base = selected.place == nullptr
                        ? std::optional<BaseMatch>()
                        : find_base_of(context, *selected.place, selected.image(), std::nullopt);
  if (!base) {
    throw Error(ErrorKind::not_found,
                fmt::format("{}: no base found", printable(selected.revision.text)));
  }
  if (context.wants_json()) {
    print_document(context, "inspect-base", base_json(*base));
    return 0;
  }
  std::string names;
  for (const std::string& name : base->names) names += printable(name) + "  ";
  context.output().text(fmt::format("{}{} of {} layers, found by {}\n", names, base->layer_count,
                                    selected.image().layers().size(), name(base->rule)));
  return 0;
}

}  // namespace

void declare_inspect(Declarations& declarations) {
  declarations.operand("IMAGE")
      .flag("raw", "the manifest or index as stored")
      .flag("config", "the configuration as stored")
      .flag("layers", "the layers only")
      .flag("base", "the base, and how it was found");
}

int run_inspect(const Options& options, Context& context) {
  const SelectedImage selected = select_image(context, options.operand("IMAGE"));
  tell_omitted(context, selected.resolved, selected.revision.text);
  Output& output = context.output();
  if (options.flag("raw")) {
    output.text(raw_document(context, selected));
  } else if (options.flag("config")) {
    output.text(selected.image().configuration_text());
  } else if (options.flag("base")) {
    return print_base(context, selected);
  } else if (context.wants_json()) {
    if (options.flag("layers")) {
      const Json body = {{"LayersData", layers_json(selected.image())}};
      print_document(context, "inspect-layers", body, "LayersData");
    } else {
      print_document(context, "inspect", inspect_json(selected));
    }
  } else {
    output.text(options.flag("layers") ? layers_text(context, selected.image())
                                       : inspect_text(context, selected));
  }
  return 0;
}

}  // namespace imgops::cli
