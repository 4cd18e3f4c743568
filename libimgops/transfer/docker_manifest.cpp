#include "libimgops/transfer/docker_manifest.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/json.hpp"
#include "libimgops/image/reference.hpp"

#include <utility>

namespace imgops {
namespace {

constexpr std::string_view document = "manifest.json";

std::string text_of(const Json& value, std::string_view key) {
  if (value.is_string()) return value.get<std::string>();
  throw Error(ErrorKind::corrupt,
              std::string(document) + ": \"" + std::string(key) + "\" holds what is no string");
}

std::string name_of(const Json& value) {
  const std::string text = text_of(value, "RepoTags");
  if (const auto name = docker_reference(text)) return familiar_reference(*name);
  throw Error(ErrorKind::corrupt,
              std::string(document) + ": \"" + printable(text) + "\" is no image name (A14)");
}

DockerManifestEntry entry_of(const Json& json) {
  require_object(json, document);
  DockerManifestEntry entry;
  entry.configuration = string_field(json, "Config", document);
  if (find_field(json, "RepoTags") != nullptr) {
    for (const Json& name : array_field(json, "RepoTags", document)) {
      entry.names.push_back(name_of(name));
    }
  }
  // Docker writes null for an image without layers.
  if (find_field(json, "Layers") != nullptr) {
    for (const Json& layer : array_field(json, "Layers", document)) {
      entry.layers.push_back(text_of(layer, "Layers"));
    }
  }
  return entry;
}

}  // namespace

std::vector<DockerManifestEntry> parse_docker_manifest(std::string_view text) {
  const Json json = parse_json(text, document);
  if (!json.is_array()) throw Error(ErrorKind::corrupt, std::string(document) + ": not an array");
  std::vector<DockerManifestEntry> entries;
  for (const Json& entry : json) entries.push_back(entry_of(entry));
  return entries;
}

std::string print_docker_manifest(std::span<const DockerManifestEntry> entries) {
  Json json = Json::array();
  for (const DockerManifestEntry& entry : entries) {
    Json names = nullptr;
    if (!entry.names.empty()) names = entry.names;
    Json object = Json::object();
    object["Config"] = entry.configuration;
    object["RepoTags"] = std::move(names);
    object["Layers"] = entry.layers;
    json.push_back(std::move(object));
  }
  return print_json(json);
}

}  // namespace imgops
