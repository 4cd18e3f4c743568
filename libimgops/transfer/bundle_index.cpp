#include "libimgops/transfer/bundle_index.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/json.hpp"
#include "libimgops/image/reference.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace imgops {
namespace {

constexpr std::string_view subject = "bundle index";

[[noreturn]] void fail(const std::string& what) {
  throw Error(ErrorKind::corrupt, std::string(subject) + ": " + what);
}

Digest digest_field(const Json& object, std::string_view key) {
  return Digest::parse(string_field(object, key, subject), subject);
}

std::optional<DiffId> find_diff_id(const Json& object) {
  const auto text = find_string(object, "diffId", subject);
  if (!text) return std::nullopt;
  return DiffId{Digest::parse(*text, subject)};
}

Json image_json(const BundleImage& image) {
  Json json = {{"name", image.name}};
  if (image.old_root) json["old"] = image.old_root->to_string();
  if (!image.old_ids.empty()) {
    json["oldIds"] = Json::array();
    for (const Digest& id : image.old_ids) json["oldIds"].push_back(id.to_string());
  }
  json["root"] = {{"mediaType", image.root.media_type()},
                  {"digest", image.root.digest().to_string()},
                  {"size", image.root.size_bytes()}};
  return json;
}

BundleImage parse_image(const Json& json) {
  BundleImage image{string_field(require_object(json, subject), "name", subject),
                    std::nullopt,
                    {},
                    Descriptor::parse(field(json, "root", subject), subject)};
  if (!is_reference_name(image.name)) {
    fail("\"" + printable(image.name) + "\" is no name for an image (T33)");
  }
  if (find_field(json, "old") != nullptr) image.old_root = digest_field(json, "old");
  if (find_field(json, "oldIds") != nullptr) {
    for (const Json& id : array_field(json, "oldIds", subject)) {
      if (!id.is_string()) fail("an id is no text");
      image.old_ids.push_back(Digest::parse(id.get<std::string>(), subject));
    }
  }
  return image;
}

Json prerequisite_json(const BundlePrerequisite& prerequisite) {
  Json json = {{"mediaType", prerequisite.blob.media_type()},
               {"digest", prerequisite.blob.digest().to_string()},
               {"size", prerequisite.blob.size_bytes()}};
  if (prerequisite.diff_id) json["diffId"] = prerequisite.diff_id->digest.to_string();
  return json;
}

BundlePrerequisite parse_prerequisite(const Json& json) {
  const Descriptor blob = Descriptor::parse(require_object(json, subject), subject);
  return {Descriptor(blob.media_type(), blob.digest(), blob.size_bytes()), find_diff_id(json)};
}

std::string_view name_of(Compression compression) {
  switch (compression) {
    case Compression::gzip:
      return "gzip";
    case Compression::zstd:
      return "zstd";
    case Compression::none:
      break;
  }
  return "none";
}

Compression parse_compression(std::string_view text) {
  for (const Compression compression : {Compression::none, Compression::gzip, Compression::zstd}) {
    if (text == name_of(compression)) return compression;
  }
  fail("unknown compression");
}

BlobForm parse_form(std::string_view text) {
  for (const BlobForm form : {BlobForm::whole, BlobForm::archive_delta, BlobForm::blob_delta}) {
    if (text == name(form)) return form;
  }
  fail("a blob of unknown form");
}

Json blob_json(const BundleBlob& blob) {
  Json json = {
      {"digest", blob.digest.to_string()}, {"size", blob.size_bytes}, {"form", name(blob.form)}};
  if (blob.diff_id) json["diffId"] = blob.diff_id->digest.to_string();
  if (blob.form == BlobForm::archive_delta) {
    json["archiveBytes"] = blob.archive_bytes;
    json["compression"] = name_of(blob.compression);
    json["level"] = blob.level;
    json["encoder"] = blob.encoder;
    if (blob.is_spliced) json["spliced"] = true;
  }
  if (blob.form != BlobForm::whole) json["sources"] = blob.sources;
  return json;
}

BundleBlob parse_blob(const Json& json, const std::vector<BundlePrerequisite>& prerequisites) {
  BundleBlob blob{digest_field(require_object(json, subject), "digest"),
                  size_field(json, "size", subject)};
  blob.form = parse_form(string_field(json, "form", subject));
  blob.diff_id = find_diff_id(json);
  if (blob.form == BlobForm::archive_delta) {
    if (!blob.diff_id) fail("a layer without a diffId");
    blob.archive_bytes = size_field(json, "archiveBytes", subject);
    blob.compression = parse_compression(string_field(json, "compression", subject));
    const std::uint64_t level = size_field(json, "level", subject);
    if (level > 22) fail("a level that no encoder has");
    blob.level = static_cast<int>(level);
    blob.encoder = string_field(json, "encoder", subject);
    const auto spliced = json.find("spliced");
    if (spliced != json.end()) {
      if (!spliced->is_boolean()) fail("\"spliced\" is neither true nor false");
      blob.is_spliced = spliced->get<bool>();
    }
  }
  if (blob.form == BlobForm::whole) return blob;
  for (const Json& number : array_field(json, "sources", subject)) {
    if (!number.is_number_unsigned() || number.get<std::uint64_t>() >= prerequisites.size()) {
      fail("a source that is no prerequisite");
    }
    blob.sources.push_back(number.get<std::size_t>());
    const BundlePrerequisite& source = prerequisites[blob.sources.back()];
    if (blob.form == BlobForm::archive_delta && !source.diff_id) fail("a source without a diffId");
  }
  if (blob.is_spliced && (blob.sources.empty() || blob.compression != Compression::gzip)) {
    fail("a blob that cannot be spliced");
  }
  return blob;
}

// Each of a list, by `parse`.
template <class Function>
auto parse_list(const Json& json, std::string_view key, const Function& parse) {
  std::vector<decltype(parse(json))> result;
  for (const Json& element : array_field(json, key, subject)) result.push_back(parse(element));
  return result;
}

void check(const BundleIndex& index) {
  std::set<std::string_view> names;
  for (const BundleImage& image : index.images) {
    if (!names.insert(image.name).second) fail("two images have one name");
  }
  std::set<Digest> digests;
  std::uint64_t documents_bytes = 0;
  for (const BundleDocument& document : index.documents) {
    if (!digests.insert(document.digest).second) fail("a blob is there twice");
    if (document.size_bytes > bundle_documents_limit_bytes - documents_bytes) {
      fail("documents are too large");
    }
    documents_bytes += document.size_bytes;
  }
  for (const BundleBlob& blob : index.blobs) {
    if (!digests.insert(blob.digest).second) fail("a blob is there twice");
  }
  if (index.parts.size() != index.blobs.size() + 1) fail("another number of parts than blobs");
}

}  // namespace

std::string_view name(BlobForm form) noexcept {
  switch (form) {
    case BlobForm::archive_delta:
      return "archive-delta";
    case BlobForm::blob_delta:
      return "blob-delta";
    case BlobForm::whole:
      break;
  }
  return "whole";
}

std::string print_bundle_index(const BundleIndex& index) {
  Json images = Json::array();
  for (const BundleImage& image : index.images) images.push_back(image_json(image));
  Json prerequisites = Json::array();
  for (const auto& one : index.prerequisites) prerequisites.push_back(prerequisite_json(one));
  Json documents = Json::array();
  for (const BundleDocument& document : index.documents) {
    documents.push_back({{"digest", document.digest.to_string()}, {"size", document.size_bytes}});
  }
  Json blobs = Json::array();
  for (const BundleBlob& blob : index.blobs) blobs.push_back(blob_json(blob));
  Json parts = Json::array();
  for (const BundlePart& part : index.parts) {
    parts.push_back({{"size", part.size_bytes}, {"digest", part.digest.to_string()}});
  }
  return print_json({{"images", images},
                     {"prerequisites", prerequisites},
                     {"documents", documents},
                     {"blobs", blobs},
                     {"parts", parts}});
}

BundleIndex parse_bundle_index(std::string_view text) {
  const Json json = parse_json(text, subject);
  require_object(json, subject);
  BundleIndex index;
  index.images = parse_list(json, "images", parse_image);
  index.prerequisites = parse_list(json, "prerequisites", parse_prerequisite);
  index.documents = parse_list(json, "documents", [](const Json& document) {
    return BundleDocument{digest_field(require_object(document, subject), "digest"),
                          size_field(document, "size", subject)};
  });
  index.blobs = parse_list(json, "blobs",
                           [&](const Json& blob) { return parse_blob(blob, index.prerequisites); });
  index.parts = parse_list(json, "parts", [](const Json& part) {
    return BundlePart{size_field(require_object(part, subject), "size", subject),
                      digest_field(part, "digest")};
  });
  check(index);
  return index;
}

}  // namespace imgops
