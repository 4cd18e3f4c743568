#include "tools/imgops/export_images.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/image/image_edit.hpp"
#include "tools/imgops/rewriting.hpp"
#include "tools/imgops/write_result.hpp"

#include <fmt/format.h>

namespace imgops::cli {
namespace {

// The layers of a range as an image on nothing.
SelectedImage select_range(Context& context, const std::string& word) {
  const SelectedRange range = select_layers(context, word);
  const SelectedImage& selected = range.image;
  tell_omitted(context, selected.resolved, word);
  const LayerRange& layers = range.layers;
  SelectedImage result = selected;
  result.resolved.is_whole = false;
  result.resolved.name.clear();
  if (layers.first > 0) {
    const HistoryEntry entry = HistoryEntry::make("", "imgops export " + word, "", true);
    const Image cut =
        replace_layers(selected.image(), {0, layers.first}, nullptr, entry, HistoryMode::one);
    result.resolved.image = state_base(cut, nullptr);
  }
  return result;
}

}  // namespace

SelectedImage select_for_export(Context& context, const std::string& word) {
  if (parse_range(word, context.known_names())) return select_range(context, word);
  return select_image(context, word);
}

void ExportList::add_image(std::string name, const Image& image) {
  store_image(documents_, image);
  names_.push_back({std::move(name), image.descriptor()});
}

void ExportList::add(const std::string& word) {
  if (parse_range(word, context_.known_names())) {
    const SelectedImage selected = select_range(context_, word);
    sources_.push_back(&selected.place->blobs());
    add_image("", selected.image());
    return;
  }
  const Revision revision = parse_image(context_, word);
  if (revision.suffixes.empty() && !context_.globals().platform && !is_scratch(revision)) {
    Place& place = context_.place(revision);
    const NamedDescriptor root = resolve_root(place.collection(), revision);
    sources_.push_back(&place.blobs());
    names_.push_back({root.name, root.descriptor});
    return;
  }
  const SelectedImage selected = select_image(context_, revision);
  static_cast<void>(operation_of(selected));
  tell_omitted(context_, selected.resolved, word);
  sources_.push_back(&selected.place->blobs());
  // A cut image is another one than its ref: it goes without the name.
  add_image(selected.resolved.is_whole ? selected.resolved.name : "", selected.image());
}

JoinedBlobs ExportList::blobs() const {
  std::vector<const BlobSource*> sources = sources_;
  sources.push_back(&documents_);
  return JoinedBlobs(std::move(sources));
}

}  // namespace imgops::cli
