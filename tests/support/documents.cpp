#include "tests/support/documents.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/hasher.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <utility>

namespace imgops::testing {

Digest digest_of_text(std::string_view text) {
  return digest_of(as_bytes(text));
}

DiffId diff_id(int number) {
  return {digest_of_text(fmt::format("layer {}", number))};
}

ImageLayer layer(int number, std::string_view media_type) {
  const Digest blob = digest_of_text(fmt::format("blob {}", number));
  return {Descriptor(media_type, blob, static_cast<std::uint64_t>(1000 + number)), diff_id(number)};
}

Json full(std::string_view created_by) {
  return Json{{"created_by", created_by}};
}

Json empty(std::string_view created_by) {
  return Json{{"created_by", created_by}, {"empty_layer", true}};
}

Json entries(std::initializer_list<Json> list) {
  Json array = Json::array();
  for (const Json& entry : list) array.push_back(entry);
  return array;
}

Image image_from(Json manifest, const Json& configuration) {
  const std::string text = print_json(configuration);
  manifest["config"]["digest"] = digest_of_text(text).to_string();
  manifest["config"]["size"] = text.size();
  return Image::parse(print_json(manifest), text, "test");
}

Image image_of(const std::vector<int>& layers, const Json& history) {
  return image_from(manifest_of(layers), configuration_of(layers, history));
}

Json manifest_of(const std::vector<int>& layers) {
  Json manifest = Json::object();
  manifest["schemaVersion"] = 2;
  manifest["mediaType"] = "application/vnd.oci.image.manifest.v1+json";
  manifest["config"]["mediaType"] = "application/vnd.oci.image.config.v1+json";
  manifest["layers"] = Json::array();
  for (const int number : layers) manifest["layers"].push_back(layer(number).descriptor.json());
  return manifest;
}

Json configuration_of(const std::vector<int>& layers, const Json& history) {
  Json configuration = Json::object();
  configuration["architecture"] = "amd64";
  configuration["os"] = "linux";
  configuration["rootfs"]["type"] = "layers";
  configuration["rootfs"]["diff_ids"] = Json::array();
  for (const int number : layers) {
    configuration["rootfs"]["diff_ids"].push_back(diff_id(number).digest.to_string());
  }
  if (!history.is_null()) configuration["history"] = history;
  return configuration;
}

std::string document(std::string_view file) {
  std::ifstream stream(std::string(IMGOPS_FIXTURES "/documents/").append(file));
  return {std::istreambuf_iterator<char>(stream), {}};
}

Image fixture(std::string_view name) {
  return Image::parse(document(fmt::format("{}.manifest.json", name)),
                      document(fmt::format("{}.config.json", name)), name);
}

std::vector<int> layer_numbers(const Image& image) {
  std::vector<int> numbers;
  for (const DiffId& id : image.diff_ids()) {
    int number = 9;
    while (number > 0 && diff_id(number) != id) --number;
    numbers.push_back(number);
  }
  return numbers;
}

std::vector<std::string> story(const Image& image) {
  std::vector<std::string> lines;
  for (const HistoryEntry& entry : image.history()) {
    lines.push_back(entry.empty_layer ? "[" + entry.created_by + "]" : entry.created_by);
  }
  return lines;
}

}  // namespace imgops::testing
