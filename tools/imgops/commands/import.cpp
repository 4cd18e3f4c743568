// imgops import: images from an archive, or one made of a root file system.
#include "libimgops/base/bytes.hpp"
#include "libimgops/store/closure.hpp"
#include "libimgops/store/memory_blobs.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/import_images.hpp"

#include <fmt/format.h>

namespace imgops::cli {
namespace {

// The layout that is named but not there yet is made.
Place& open_or_make_layout(Context& context) {
  const std::filesystem::path path = context.selected_path();
  if (!path.empty() && !std::filesystem::exists(path)) Repository::initialise(path);
  return context.selected_layout();
}

Imported import_dry(Context& context, const std::string& file,
                    const std::optional<std::string>& name) {
  const MemoryBlobs nothing;
  OverlayBlobs forgotten(nothing);
  return import_images(context, forgotten, file, name);
}

// Under --strict the blobs wait aside until it is known that nothing was odd.
Imported import_for_real(Context& context, const std::string& file,
                         const std::optional<std::string>& name) {
  Place& place = open_or_make_layout(context);
  BlobStore& blobs = place.repository()->blobs();
  Imported imported;
  if (context.globals().is_strict) {
    const auto aside = context.make_temporary_directory();
    LayoutBlobs waiting(aside->path());
    imported = import_images(context, waiting, file, name);
    context.check_strict();
    for (const NamedDescriptor& named : imported.names) {
      copy_closure(waiting, blobs, named.descriptor, named.name, context.stop());
    }
  } else {
    imported = import_images(context, blobs, file, name);
  }
  move_names(context, place, imported.names);
  return imported;
}

}  // namespace

void declare_import(Declarations& declarations) {
  declarations.operand("FILE").operand("REF").flag("dry-run,n",
                                                   "compute the digests, write nothing");
}

int run_import(const Options& options, Context& context) {
  const std::string file = options.operand("FILE");
  const auto name = options.text("REF");
  const Imported imported = options.flag("dry-run") ? import_dry(context, file, name)
                                                    : import_for_real(context, file, name);
  for (const std::string& remark : imported.remarks) context.say(remark);
  Json refs = Json::array();
  for (const NamedDescriptor& named : imported.names) {
    const std::string digest = named.descriptor.digest().to_string();
    refs.push_back({{"ref", named.name}, {"digest", digest}});
    if (!context.wants_json()) {
      context.output().text(fmt::format("{} {}\n", printable(named.name), digest));
    }
  }
  const Json body = {{"refs", refs}, {"bytes", imported.bytes}};
  if (context.wants_json()) print_document(context, "import", body, "refs");
  return 0;
}

}  // namespace imgops::cli
