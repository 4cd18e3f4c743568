// Image documents for tests: small ones made from numbers, real-looking ones from
// fixtures/documents. Layer N has DiffId "layer N" and blob "blob N"; no blob exists.
#pragma once

#include "libimgops/image/image.hpp"

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace imgops::testing {

Digest digest_of_text(std::string_view text);
DiffId diff_id(int number);
ImageLayer layer(int number,
                 std::string_view media_type = "application/vnd.oci.image.layer.v1.tar+gzip");

// A history entry as JSON, with a layer or marked empty.
Json full(std::string_view created_by);
Json empty(std::string_view created_by);
Json entries(std::initializer_list<Json> list);  // an array, of one element too

// An image of these documents; "config" of the manifest gets digest and size of the configuration.
Image image_from(Json manifest, const Json& configuration);
// An OCI image of these layers; `history` null leaves it out.
Image image_of(const std::vector<int>& layers, const Json& history = nullptr);
// The documents behind that, to be spoilt.
Json manifest_of(const std::vector<int>& layers);
Json configuration_of(const std::vector<int>& layers, const Json& history = nullptr);

// A file of fixtures/documents.
std::string document(std::string_view file);
// NAME.manifest.json and NAME.config.json.
Image fixture(std::string_view name);

// For comparing: DiffIds of the layers as numbers 1 to 9 made by diff_id(), 0 for others;
// created_by of the history, entries marked empty in brackets.
std::vector<int> layer_numbers(const Image& image);
std::vector<std::string> story(const Image& image);

}  // namespace imgops::testing
