#include "tests/support/made_image.hpp"

#include "libimgops/image/index.hpp"

#include <utility>

namespace imgops::made {
namespace {

constexpr const char* layer_type = "application/vnd.oci.image.layer.v1.tar";
constexpr const char* manifest_type = "application/vnd.oci.image.manifest.v1+json";

Descriptor stored(BlobStore& blobs, std::string_view type, const std::string& text) {
  return {type, write_document(blobs, text), text.size()};
}

Json configuration_of(const MadeImage& image) {
  Json json = image.platform.to_json();
  json["config"] = Json::object();
  if (!image.note.empty()) json["config"]["Labels"]["note"] = image.note;
  json["rootfs"] = {{"type", "layers"}, {"diff_ids", Json::array()}};
  json["history"] = Json::array();
  return json;
}

}  // namespace

Descriptor store(BlobStore& blobs, const MadeImage& image) {
  Json configuration = configuration_of(image);
  Json layers = Json::array();
  for (const MadeStep& step : image.steps) {
    Json entry = {{"created_by", step.created_by}};
    if (!step.comment.empty()) entry["comment"] = step.comment;
    if (step.layer) {
      const Descriptor layer = stored(blobs, layer_type, *step.layer);
      layers.push_back(layer.json());
      configuration["rootfs"]["diff_ids"].push_back(layer.digest().to_string());
    } else {
      entry["empty_layer"] = true;
    }
    configuration["history"].push_back(std::move(entry));
  }
  const Descriptor config =
      stored(blobs, "application/vnd.oci.image.config.v1+json", print_json(configuration));
  const Json manifest = {{"schemaVersion", 2},
                         {"mediaType", manifest_type},
                         {"config", config.json()},
                         {"layers", std::move(layers)}};
  return stored(blobs, manifest_type, print_json(manifest));
}

Descriptor store_artifact(BlobStore& blobs, const std::string& text) {
  const Descriptor config = stored(blobs, "application/vnd.oci.empty.v1+json", "{}");
  const Descriptor layer = stored(blobs, "application/vnd.in-toto+json", text);
  const Json manifest = {{"schemaVersion", 2},
                         {"mediaType", manifest_type},
                         {"config", config.json()},
                         {"layers", Json::array({layer.json()})}};
  return stored(blobs, manifest_type, print_json(manifest));
}

Descriptor store_list(BlobStore& blobs, const std::vector<Descriptor>& children) {
  const Index index = Index::empty().with_manifests(children);
  write_document(blobs, index.text());
  return index.descriptor();
}

}  // namespace imgops::made
