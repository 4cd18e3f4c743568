// C12 for factor: whatever the layers do to each other, every image keeps its view. Judged by the
// naive model, which shares no code with the engine.
#include "libimgops/base/hasher.hpp"
#include "libimgops/codec/codec.hpp"
#include "libimgops/image/image_edit.hpp"
#include "libimgops/ops/factor.hpp"
#include "libimgops/store/memory_blobs.hpp"
#include "tests/semantics/library_stack.hpp"
#include "tests/semantics/naive_model.hpp"
#include "tests/semantics/naive_tar.hpp"
#include "tests/semantics/random_stack.hpp"
#include "tests/support/story_archive.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace imgops::test {
namespace {

using Stack = std::vector<story::Layer>;

struct Workshop {
  MemoryBlobs blobs;
  LayerCache cache{blobs, std::nullopt};
  Workers workers{2};
  SilentObserver observer;
  Operation operation{blobs, cache, workers, observer, {Compression::none, 0}, {}};
};

ImageLayer stored(MemoryBlobs& blobs, const story::BuiltLayer& layer) {
  const MediaType type{MediaFamily::oci, MediaKind::layer, Compression::none};
  const Digest digest = blobs.add(layer.archive);
  return {Descriptor(media_type_text(type), digest, layer.archive.size()), DiffId{digest}};
}

Image image_of(MemoryBlobs& blobs, const Stack& layers) {
  Image image = empty_image({"linux", "amd64", ""}, MediaFamily::oci);
  for (const story::BuiltLayer& layer : story::build(layers)) {
    const HistoryEntry entry = HistoryEntry::make("", "step", "", false);
    image = append_layer(image, stored(blobs, layer), entry);
  }
  return image;
}

PlainTree view_of(const MemoryBlobs& blobs, const Image& image) {
  naive::Names view = naive::empty_view();
  for (const ImageLayer& layer : image.layers()) {
    const std::string archive =
        read_all(*blobs.open(layer.descriptor.digest()), UINT64_MAX, "layer");
    std::vector<story::Member> members = naive::members_of(naive::read_tar(archive));
    for (story::Member& member : members) member.pax.clear();  // applied already
    view = naive::apply_layer(view, members);
  }
  return naive::to_plain(view);
}

// Whether both judges see the same view: what they disagree about is another test's matter.
bool has_view(const Stack& stack) {
  try {
    const PlainTree seen = naive::to_plain(naive::union_of(stack));
    LibraryStack library(story::build(stack));
    SilentObserver silent;
    const Tree tree = library.apply(Tree(), 0, library.size(), silent);
    return differences(seen, library.plain(tree), Times::exact).empty();
  } catch (const naive::Rejected&) {
    return false;
  } catch (const Error&) {
    return false;
  }
}

Stack joined(std::initializer_list<Stack> stacks) {
  Stack result;
  for (const Stack& stack : stacks) result.insert(result.end(), stack.begin(), stack.end());
  return result;
}

// What is wrong with the images that factor() makes of `stacks`.
std::string faults(const std::vector<Stack>& stacks, bool one_layer, bool& is_factored) {
  Workshop shop;
  std::vector<Image> images;
  for (const Stack& stack : stacks) images.push_back(image_of(shop.blobs, stack));
  FactorOptions options;
  options.one_layer = one_layer;
  options.message = "factor";
  const FactorResult result = factor(shop.operation, images, options);
  is_factored = result.base.has_value();
  std::string text;
  for (std::size_t number = 0; number < result.images.size(); ++number) {
    const Image& image = result.images[number];
    const bool stands = shared_layer_count(*result.base, image) == result.base->layers().size();
    if (!stands) text += "image " + std::to_string(number) + " does not stand on the base\n";
    const auto lines = differences(naive::to_plain(naive::union_of(stacks[number])),
                                   view_of(shop.blobs, image), Times::clamped);
    if (!lines.empty()) text += "image " + std::to_string(number) + "\n" + join_lines(lines);
  }
  return text;
}

TEST(FactorLaw, EveryImageKeepsItsView) {
  EXPECT_TRUE(rc::check("factor changes no merged tree", [] {
    const Stack shared = (*random_stack(Legality::always)).layers;
    const Stack own = (*random_stack(Legality::always)).layers;
    const Stack common = (*random_stack(Legality::always)).layers;
    const Stack other = (*random_stack(Legality::always)).layers;
    const std::vector<Stack> stacks = {joined({shared, own, common}), joined({shared, common}),
                                       joined({shared, common, other})};
    if (!std::ranges::all_of(
            stacks, [](const Stack& stack) { return !stack.empty() && has_view(stack); })) {
      return;
    }
    for (const bool one_layer : {false, true}) {
      bool is_factored = false;
      const std::string text = faults(stacks, one_layer, is_factored);
      RC_CLASSIFY(is_factored, "something in common");
      if (!text.empty()) RC_FAIL("\n" + text);
    }
  }));
}

}  // namespace
}  // namespace imgops::test
