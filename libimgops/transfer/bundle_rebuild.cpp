// For places that know a layer by its DiffId and keep it as they please: daemons, container stores,
// their archives. The configuration is the image there; a manifest is made around it.
#include "libimgops/base/error.hpp"
#include "libimgops/base/json.hpp"
#include "libimgops/image/image_edit.hpp"
#include "libimgops/store/image_store.hpp"
#include "libimgops/transfer/bundle_layers.hpp"
#include "libimgops/transfer/bundle_receiver.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace imgops {
namespace {

Image image_for(const Bundle& bundle, const BundleImage& image,
                const std::optional<Platform>& platform) {
  return load_platform(bundle.documents(), image.root, platform, image.name).image;
}

class Rebuilding {
 public:
  Rebuilding(const Bundle& bundle, const KnownLayers& known, const BundleReceiving& receiving)
      : bundle_(bundle), known_(known), receiving_(receiving) {}

  Image run(const Image& wanted) {
    std::vector<ImageLayer> layers;
    for (const ImageLayer& layer : wanted.layers()) layers.push_back(layer_for(layer));
    return with_layers(wanted, layers);
  }

 private:
  ImageLayer layer_for(const ImageLayer& wanted) {
    const auto known = known_.find(wanted.diff_id);
    if (known != known_.end()) {
      prove(known->second);
      return known->second;
    }
    const auto made = made_.find(wanted.diff_id);
    if (made != made_.end()) return made->second;
    const BundleBlob* const blob = bundle_.find_blob(wanted.descriptor.digest());
    if (blob == nullptr) {
      throw Error(ErrorKind::not_found,
                  "prerequisite " + wanted.diff_id.digest.to_string() + ": not here",
                  "the bundle is for a receiver that has the old images");
    }
    if (blob->diff_id != wanted.diff_id) {
      throw Error(ErrorKind::corrupt,
                  "bundle: layer " + blob->digest.to_string() + " has two DiffIds");
    }
    const auto writer = receiving_.blobs.create(wanted.diff_id.digest.algorithm());
    write_archive(bundle_, *blob, known_, receiving_, *writer);
    const std::uint64_t size = writer->size_bytes();
    writer->commit_as(wanted.diff_id.digest);
    const MediaType type{MediaFamily::oci, MediaKind::layer, Compression::none};
    const ImageLayer layer{Descriptor(media_type_text(type), wanted.diff_id.digest, size),
                           wanted.diff_id};
    return made_.emplace(wanted.diff_id, layer).first->second;
  }

  // What is stored under its DiffId proves itself when it is read; anything else is read here.
  void prove(const ImageLayer& layer) {
    if (layer.descriptor.digest() == layer.diff_id.digest) return;
    if (!proven_.insert(layer.diff_id).second) return;
    with_context("prerequisite", [&] {
      receiving_.layers.open(std::span(&layer, 1), receiving_.workers, receiving_.observer,
                             receiving_.stop);
    });
  }

  static Image with_layers(const Image& wanted, const std::vector<ImageLayer>& layers) {
    const auto type = [](MediaKind kind) { return media_type_text({MediaFamily::oci, kind}); };
    const Descriptor& configuration = wanted.configuration_descriptor();
    Json manifest = Json::object();
    manifest["schemaVersion"] = 2;
    manifest["mediaType"] = type(MediaKind::manifest);
    manifest["config"] = Descriptor(type(MediaKind::configuration), configuration.digest(),
                                    configuration.size_bytes())
                             .json();
    manifest["layers"] = Json::array();
    for (const ImageLayer& layer : layers) manifest["layers"].push_back(layer.descriptor.json());
    return convert_family(
        Image::parse(print_json(manifest), wanted.configuration_text(), "rebuilt image"),
        MediaFamily::oci);
  }

  const Bundle& bundle_;
  const KnownLayers& known_;
  const BundleReceiving& receiving_;
  KnownLayers made_;
  std::set<DiffId> proven_;
};

}  // namespace

KnownLayers known_layers(const BlobSource& blobs, std::span<const Descriptor> roots,
                         std::string_view subject) {
  KnownLayers known;
  for (const Descriptor& root : roots) {
    for (const PlatformImage& platform : load_platforms(blobs, root, subject)) {
      for (const ImageLayer& layer : platform.image.layers()) {
        if (blobs.find(layer.descriptor.digest()) != nullptr) known.emplace(layer.diff_id, layer);
      }
    }
  }
  return known;
}

std::vector<DiffId> required_layers(const Bundle& bundle, std::span<const BundleImage> images,
                                    const std::optional<Platform>& platform) {
  std::vector<DiffId> required;
  std::set<DiffId> seen;
  const auto add = [&](const DiffId& layer) {
    if (seen.insert(layer).second) required.push_back(layer);
  };
  for (const BundleImage& image : images) {
    const Image wanted = image_for(bundle, image, platform);
    for (const ImageLayer& layer : wanted.layers()) {
      const BundleBlob* const blob = bundle.find_blob(layer.descriptor.digest());
      if (blob == nullptr) {
        add(layer.diff_id);
        continue;
      }
      for (const std::size_t source : blob->sources) {
        const auto& diff_id = bundle.index().prerequisites[source].diff_id;
        if (diff_id) add(*diff_id);
      }
    }
  }
  return required;
}

std::vector<ExportedName> rebuild_images(const Bundle& bundle, std::span<const BundleImage> images,
                                         const KnownLayers& known,
                                         const std::optional<Platform>& platform,
                                         const BundleReceiving& receiving) {
  Rebuilding rebuilding(bundle, known, receiving);
  std::vector<ExportedName> names;
  for (const BundleImage& image : images) {
    const Image wanted = image_for(bundle, image, platform);
    const Image rebuilt = with_context(image.name, [&] { return rebuilding.run(wanted); });
    store_image(receiving.blobs, rebuilt);
    names.push_back({image.name, rebuilt.descriptor()});
  }
  return names;
}

}  // namespace imgops
