#include "libimgops/image/index.hpp"

#include "libimgops/base/hasher.hpp"
#include "libimgops/image/document.hpp"

#include <utility>

namespace imgops {

Index Index::parse(std::string text, std::string_view subject,
                   std::optional<std::string_view> expected_media_type) {
  Index result;
  result.json_ = parse_json(text, subject);
  const Json& json = require_object(result.json_, subject);
  check_spelling(json, {"schemaVersion", "mediaType", "manifests", "subject", "annotations"},
                 subject);
  check_schema_version(json, subject);
  check_unambiguous(json, {"config", "layers", "fsLayers", "history"}, subject);
  const auto type = media_type_of(json, MediaKind::index, expected_media_type, subject);
  result.family_ = type ? type->family : MediaFamily::oci;
  check_annotations(json, subject);
  const std::string place = std::string(subject) + ": manifest ";
  for (const Json& manifest : list_field(json, "manifests", subject)) {
    const std::string number = std::to_string(result.manifests_.size() + 1);
    result.manifests_.push_back(Descriptor::parse(manifest, place + number));
  }
  if (const Json* const referrer = find_field(json, "subject")) {
    Descriptor::parse(*referrer, std::string(subject) + ": subject");
  }
  result.text_ = std::move(text);
  return result;
}

Index Index::empty() {
  Json json = Json::object();
  json["schemaVersion"] = 2;
  json["mediaType"] = media_type_text({MediaFamily::oci, MediaKind::index});
  json["manifests"] = Json::array();
  return parse(print_json(json), "empty index");
}

Descriptor Index::descriptor() const {
  return {media_type_text({family_, MediaKind::index}), digest_of(as_bytes(text_)), text_.size()};
}

std::optional<Digest> Index::subject() const {
  const Json* const referrer = find_field(json_, "subject");
  if (referrer == nullptr) return std::nullopt;
  return Descriptor::parse(*referrer, "subject").digest();
}

Index Index::with_manifests(std::vector<Descriptor> manifests) const {
  Json list = Json::array();
  for (const Descriptor& manifest : manifests) list.push_back(manifest.json());
  Index result = *this;
  result.manifests_ = std::move(manifests);
  if (list == list_field(json_, "manifests", "index")) return result;  // not a byte changes
  result.json_["manifests"] = std::move(list);
  result.text_ = print_json(result.json_);
  return result;
}

}  // namespace imgops
