// imgops images: what a layout or an archive holds.
#include "libimgops/base/bytes.hpp"
#include "libimgops/ops/disk_use.hpp"
#include "tools/imgops/commands/all.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/image_list.hpp"
#include "tools/imgops/selection.hpp"
#include "tools/imgops/table.hpp"

#include <fmt/format.h>

namespace imgops::cli {
namespace {

// A place of its own, written with its transport and without a name; null for a pattern.
Place* place_named(Context& context, const std::string& word) {
  if (word.find(':') == std::string::npos) return nullptr;
  if (word.find_first_of("*?[") != std::string::npos) return nullptr;
  const Revision revision = parse_image(context, word);
  const bool is_place = revision.transport != Transport::selected_layout && revision.name.empty();
  return is_place ? &context.place(revision) : nullptr;
}

std::string shown_digest(const Digest& digest, const Options& options) {
  return options.flag("digests") ? digest.to_string() : digest.short_text();
}

}  // namespace

void declare_images(Declarations& declarations) {
  declarations.operand("PATTERN").flag("digests", "digests in full");
}

int run_images(const Options& options, Context& context) {
  const std::string word = options.text("PATTERN").value_or("");
  Place* const named = place_named(context, word);
  Place& place = named == nullptr ? context.selected_layout() : *named;
  const std::vector<ListedImage> images = list_images(context, place);
  std::vector<NamedImage> all;
  for (const ListedImage& listed : images) all.push_back({listed.name, listed.image});
  const auto unique_of = unique_bytes(disk_use(all, 0));
  Table table({{"REF"},
               {"DIGEST"},
               {"PLATFORM"},
               {"LAYERS", Align::right},
               {"STORED", Align::right},
               {"UNIQUE", Align::right},
               {"CREATED"}});
  Json rows = Json::array();
  for (const ListedImage& listed : images) {
    if (named == nullptr && !is_wanted(word, listed.name)) continue;
    const NamedImage alone{listed.name, listed.image};
    const ImageUse size = disk_use(std::span(&alone, 1), 0).images.front();
    const std::uint64_t unique = unique_of.at(listed.name);
    rows.push_back(image_row_json(listed, size, unique));
    table.add({printable(listed.name), shown_digest(listed.root.digest(), options),
               printable(listed.image.platform().to_string()),
               std::to_string(listed.image.layers().size()), shown_size(context, size.total_bytes),
               shown_size(context, unique), printable(listed.image.created())});
  }
  if (context.wants_json()) {
    print_document(context, "images", Json{{"images", rows}}, "images");
  } else {
    context.output().text(table.text(table_width(context)));
  }
  return 0;
}

}  // namespace imgops::cli
