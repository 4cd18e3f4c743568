// imgops export: images as one archive, or one image's root file system.
#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "tools/imgops/archive_output.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/export_images.hpp"
#include "tools/imgops/table.hpp"

#include <fmt/format.h>

namespace imgops::cli {
namespace {

struct Exported {
  Json refs = Json::array();
  std::uint64_t bytes = 0;
};

Exported export_archive(Context& context, const std::vector<std::string>& words,
                        const std::string& target) {
  ExportList list(context);
  for (const std::string& word : words) list.add(word);
  const JoinedBlobs blobs = list.blobs();
  Exported result;
  for (const ExportedName& named : list.names()) {
    result.refs.push_back({{"ref", named.name.empty() ? Json(nullptr) : Json(named.name)},
                           {"digest", named.root.digest().to_string()}});
  }
  write_stream(context, target,
               [&](Sink& sink) { result.bytes = write_image_archive(blobs, list.names(), sink); });
  return result;
}

Exported export_root(Context& context, const std::vector<std::string>& words,
                     const std::string& target) {
  if (words.size() != 1) {
    throw Error(ErrorKind::invalid_argument, "--as rootfs: takes one image");
  }
  const SelectedImage selected = select_for_export(context, words.front());
  const Operation operation = operation_of(selected);
  const Tree tree = view_of(selected);
  Exported result;
  result.refs.push_back({{"ref", selected.resolved.name},
                         {"digest", selected.image().descriptor().digest().to_string()}});
  write_stream(context, target,
               [&](Sink& sink) { result.bytes = write_tree_archive(operation, tree, sink); });
  return result;
}

}  // namespace

void declare_export(Declarations& declarations) {
  declarations.operands("IMAGE|RANGE")
      .value("output,o", "FILE", "the archive; without it, stdout")
      .value("as", "docker-archive|oci-archive|rootfs",
             "what to write; the first two are one file that is both");
}

int run_export(const Options& options, Context& context) {
  const std::vector<std::string> words = options.operands("IMAGE|RANGE");
  const std::string target = options.text("output").value_or("-");
  const auto form = options.choice("as", {"docker-archive", "oci-archive", "rootfs"});
  if (target == "-" && context.wants_json()) {
    throw Error(ErrorKind::invalid_argument, "--json needs -o FILE: stdout is the archive");
  }
  const Exported exported = form && *form == "rootfs" ? export_root(context, words, target)
                                                      : export_archive(context, words, target);
  if (context.wants_json()) {
    print_document(context, "export", Json{{"refs", exported.refs}, {"bytes", exported.bytes}},
                   "refs");
  } else {
    context.say(fmt::format("{}, {}", counted(exported.refs.size(), "image"),
                            shown_size(context, exported.bytes)));
  }
  return 0;
}

}  // namespace imgops::cli
