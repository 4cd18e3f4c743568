#include "tests/ops/story_shop.hpp"

#include "libimgops/base/hasher.hpp"
#include "libimgops/image/image_edit.hpp"
#include "libimgops/ops/view.hpp"
#include "tests/support/story_archive.hpp"

#include <fmt/format.h>

namespace imgops::testing {
namespace {

Compression compression_named(std::string_view name) {
  if (name == "gzip") return Compression::gzip;
  return name == "zstd" ? Compression::zstd : Compression::none;
}

}  // namespace

Image StoryShop::image(const std::vector<story::Layer>& layers, MediaFamily family) {
  Image image = empty_image({"linux", "amd64", ""}, family);
  for (const story::BuiltLayer& built : story::build(layers)) {
    const Digest digest = write_document(blobs, built.blob);
    const MediaType type{family, MediaKind::layer, compression_named(built.declared), false};
    const ImageLayer layer{Descriptor(media_type_text(type), digest, built.blob.size()),
                           DiffId{digest_of(as_bytes(built.archive))}};
    const std::string step = fmt::format("step {}", image.layers().size() + 1);
    image = append_layer(image, layer, HistoryEntry::make("", step, "", false));
  }
  return image;
}

Image StoryShop::image(std::string_view layers, MediaFamily family) {
  // A story needs an ending, which is not looked at.
  const std::string text =
      "# semantics U01: made for a test\n" + std::string(layers) + "\ntree\n  file /never \"\"\n";
  return image(story::parse(text, "test").layers, family);
}

std::vector<std::shared_ptr<const LayerIndex>> StoryShop::open(const Image& image) {
  return cache.open(image.layers(), workers, observer);
}

std::string StoryShop::listing(const Image& image, std::size_t layer) {
  std::string text;
  const auto indexes = open(image);
  for (const LayerEntry& entry : indexes[layer]->entries) {
    std::string word(std::string_view(entry.path));
    if (entry.kind() == EntryKind::whiteout) word = "!" + word;
    if (entry.kind() == EntryKind::opaque) word += "@opq";
    if (entry.kind() == EntryKind::hard_link)
      word += "->" + std::string(std::string_view(entry.link_path()));
    const bool is_directory =
        entry.kind() == EntryKind::file && entry.inode.type() == FileType::directory;
    if (is_directory) word += "/";
    text += (text.empty() ? "" : " ") + word;
  }
  return text;
}

std::string StoryShop::text(const Image& image, std::string_view path) {
  const Tree tree = view(operation, image);
  const Node* const node = tree.find(path);
  if (node == nullptr) return "(none)";
  return ContentReader(cache).text(node->inode()->content(), 1 << 20);
}

}  // namespace imgops::testing
