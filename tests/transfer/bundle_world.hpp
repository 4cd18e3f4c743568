// Two small generations of images, and receivers that have the first.
#pragma once

#include "libimgops/base/hasher.hpp"
#include "libimgops/codec/codec.hpp"
#include "libimgops/image/image_edit.hpp"
#include "libimgops/store/closure.hpp"
#include "libimgops/store/image_store.hpp"
#include "libimgops/store/memory_blobs.hpp"
#include "libimgops/transfer/bundle_receiver.hpp"
#include "libimgops/transfer/bundle_writer.hpp"
#include "tests/support/raw_tar.hpp"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace imgops::testing {

// Bytes that do not compress, other ones for every seed.
inline std::string noise(std::size_t size, std::uint32_t seed) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    seed = seed * 1664525U + 1013904223U;
    text += static_cast<char>(seed >> 24U);
  }
  return text;
}

inline std::string encoded(const std::string& archive, const EncoderOptions& options) {
  Workers workers(1);
  StringSink sink;
  const auto encoder = make_encoder(sink, workers, options);
  encoder->write(as_bytes(archive));
  encoder->finish();
  return sink.take();
}

inline ImageLayer add_layer(MemoryBlobs& blobs, const std::string& archive,
                            const EncoderOptions& options = {}) {
  const std::string blob = encoded(archive, options);
  const MediaType type{MediaFamily::oci, MediaKind::layer, options.compression};
  return {Descriptor(media_type_text(type), blobs.add(blob), blob.size()),
          DiffId{digest_of(as_bytes(archive))}};
}

inline Image add_image(MemoryBlobs& blobs, const std::vector<ImageLayer>& layers) {
  Image image = empty_image({"linux", "amd64", ""}, MediaFamily::oci);
  for (const ImageLayer& layer : layers) {
    image = append_layer(image, layer, HistoryEntry::make("", "step", "", false));
  }
  store_image(blobs, image);
  return image;
}

// A base of three files, of which the new one has one changed in a hundred bytes; two children.
struct BundleWorld {
  static std::string base_archive(const std::string& library) {
    RawTar tar;
    tar.directory("lib").file("lib/first", noise(300'000, 1)).file("lib/library", library);
    return tar.file("lib/last", noise(200'000, 3)).end();
  }

  BundleWorld() {
    const std::string library = noise(400'000, 2);
    std::string fixed = library;
    fixed.replace(100'000, 100, noise(120, 9));
    old_base = add_layer(blobs, base_archive(library));
    new_base = add_layer(blobs, base_archive(fixed));
    for (std::uint32_t number = 0; number < 2; ++number) {
      RawTar own;
      own.file("own", noise(1000, 50 + number));
      const ImageLayer layer = add_layer(blobs, own.end());
      old_images.push_back(add_image(blobs, {*old_base, layer}));
      new_images.push_back(add_image(blobs, {*new_base, layer}));
    }
  }

  std::vector<BundleRequest> requests() const {
    std::vector<BundleRequest> result;
    for (std::size_t number = 0; number < new_images.size(); ++number) {
      result.push_back({"app:" + std::to_string(number + 1), old_images[number].descriptor(),
                        new_images[number].descriptor()});
    }
    return result;
  }

  std::string bundle(Deltas deltas = Deltas::where_smaller, std::size_t threads = 2) const {
    return bundle(requests(), deltas, threads);
  }
  std::string bundle(const std::vector<BundleRequest>& wanted,
                     Deltas deltas = Deltas::where_smaller, std::size_t threads = 2) const {
    LayerCache layers(blobs, std::nullopt);
    Workers workers(threads);
    SilentObserver silent;
    BundleWriting writing{blobs, layers, workers, silent, std::filesystem::temp_directory_path()};
    writing.deltas = deltas;
    StringSink sink;
    write_bundle(writing, wanted, sink);
    return sink.take();
  }

  MemoryBlobs blobs;
  std::optional<ImageLayer> old_base;
  std::optional<ImageLayer> new_base;
  std::vector<Image> old_images;
  std::vector<Image> new_images;
};

inline Bundle open_bundle(std::string bytes) {
  return Bundle::open(std::make_shared<StringAccess>(std::move(bytes)));
}

// Has the old images, or part of them.
struct BundleReceiver {
  void take(const MemoryBlobs& from, const Image& image) {
    copy_closure(from, blobs, image.descriptor(), "image");
  }
  std::uint64_t unpack(const Bundle& bundle) {
    return unpack_bundle(bundle, bundle.index().images,
                         {blobs, layers, workers, silent, std::stop_token()});
  }

  MemoryBlobs blobs;
  LayerCache layers{blobs, std::nullopt};
  Workers workers{2};
  SilentObserver silent;
};

}  // namespace imgops::testing
