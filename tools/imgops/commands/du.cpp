// imgops du: what images cost, and who shares what.
#include "libimgops/ops/disk_use.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/image_list.hpp"
#include "tools/imgops/layout_blobs_use.hpp"
#include "tools/imgops/selection.hpp"

namespace imgops::cli {
namespace {

constexpr std::size_t shown_companions = 20;

// All of the selected layout, or the images named.
std::vector<NamedImage> wanted_images(Context& context, const std::vector<std::string>& words) {
  std::vector<NamedImage> images;
  for (const std::string& word : words) {
    const RewriteTarget target = select_for_rewrite(context, parse_image(context, word));
    for (const PlatformImage& whole : target.platforms) {
      images.push_back({word, resolve_beside(target, whole).image});
    }
  }
  if (!words.empty()) return images;
  for (ListedImage& listed : list_images(context, context.selected_layout())) {
    images.push_back({listed.name, std::move(listed.image)});
  }
  return images;
}

Json image_json(const ImageUse& image) {
  return {{"ref", image.name},
          {"layers", image.layers},
          {"total", image.total_bytes},
          {"unique", image.unique_bytes},
          {"shared", image.shared_bytes},
          {"sharedWith", image.shared_with}};
}

}  // namespace

void declare_du(Declarations& declarations) {
  declarations.operands("IMAGE");
}

int run_du(const Options& options, Context& context) {
  const std::vector<std::string> words = options.list("IMAGE");
  // Of ten thousand images of one base each shares with all others.
  const bool is_short = !context.wants_json() && context.globals().may_shorten;
  const DiskUse use =
      disk_use(wanted_images(context, words), is_short ? shown_companions : SIZE_MAX);
  const BlobUse blobs = words.empty() ? measure_blobs(context.selected_layout()) : BlobUse();
  if (!context.wants_json()) {
    context.output().text(use_text(context, use, words.empty() ? &blobs : nullptr));
    return 0;
  }
  Json body = Json::object();
  body["images"] = Json::array();
  for (const ImageUse& image : use.images) body["images"].push_back(image_json(image));
  body["blobs"] = {{"total", use.stored_bytes},
                   {"shared", use.sum_bytes - use.stored_bytes},
                   {"dangling", blobs.dangling_bytes}};
  print_document(context, "du", body, "images");
  return 0;
}

}  // namespace imgops::cli
