// imgops copy: images to another place.
#include "libimgops/base/bytes.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/copy_images.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/table.hpp"

#include <fmt/format.h>

namespace imgops::cli {

void declare_copy(Declarations& declarations) {
  declarations.operand("IMAGE")
      .operand("TARGET")
      .flag("all,a", "every name of the layout or archive IMAGE")
      .flag("dry-run,n", "tell what would be copied, write nothing");
}

int run_copy(const Options& options, Context& context) {
  const CopyResult result =
      copy_images(context, options.operand("IMAGE"), options.operand("TARGET"), options.flag("all"),
                  options.flag("dry-run"));
  const CopyCount& count = result.count;
  if (context.wants_json()) {
    Json refs = Json::array();
    for (const NamedDescriptor& named : result.names) {
      refs.push_back({{"ref", named.name}, {"digest", named.descriptor.digest().to_string()}});
    }
    const Json blobs = {
        {"copied", count.written}, {"shared", count.shared}, {"skipped", count.present}};
    print_document(context, "copy", {{"refs", refs}, {"blobs", blobs}, {"bytes", count.bytes}},
                   "refs");
    return 0;
  }
  for (const NamedDescriptor& named : result.names) {
    context.output().text(
        fmt::format("{} {}\n", printable(named.name), named.descriptor.digest().to_string()));
  }
  context.say(fmt::format("{}: {} copied, {} shared, {} there already; {}",
                          counted(count.written + count.shared + count.present, "blob"),
                          count.written, count.shared, count.present,
                          shown_size(context, count.bytes)));
  return 0;
}

}  // namespace imgops::cli
