#include "libimgops/image/index.hpp"

#include "libimgops/base/hasher.hpp"
#include "libimgops/image/document.hpp"

#include <algorithm>
#include <utility>

namespace imgops {

Index Index::parse(std::string text, std::string_view subject,
                   std::optional<std::string_view> expected_media_type) {
  auto content = std::make_shared<Content>();
  content->json = std::make_shared<const Json>(parse_json(text, subject));
  const Json& json = require_object(*content->json, subject);
  check_spelling(json, {"schemaVersion", "mediaType", "manifests", "subject", "annotations"},
                 subject);
  check_schema_version(json, subject);
  check_unambiguous(json, {"config", "layers", "fsLayers", "history"}, subject);
  const auto type = media_type_of(json, MediaKind::index, expected_media_type, subject);
  content->family = type ? type->family : MediaFamily::oci;
  check_annotations(json, subject);
  const std::string place = std::string(subject) + ": manifest ";
  for (const Json& manifest : list_field(json, "manifests", subject)) {
    const std::string number = std::to_string(content->manifests.size() + 1);
    content->manifests.push_back(
        Descriptor::parse(std::shared_ptr<const Json>(content->json, &manifest), place + number));
  }
  if (const Json* const referrer = find_field(json, "subject")) {
    Descriptor::parse(*referrer, std::string(subject) + ": subject");
  }
  content->text = std::move(text);
  return Index(std::move(content));
}

Index Index::empty() {
  Json json = Json::object();
  json["schemaVersion"] = 2;
  json["mediaType"] = media_type_text({MediaFamily::oci, MediaKind::index});
  json["manifests"] = Json::array();
  return parse(print_json(json), "empty index");
}

Descriptor Index::descriptor() const {
  return {media_type_text({family(), MediaKind::index}), digest_of(as_bytes(text())),
          text().size()};
}

std::optional<Digest> Index::subject() const {
  const Json* const referrer = find_field(*content_->json, "subject");
  if (referrer == nullptr) return std::nullopt;
  return Descriptor::parse(*referrer, "subject").digest();
}

Index Index::with_manifests(std::vector<Descriptor> manifests) const {
  if (std::ranges::equal(manifests, this->manifests(), {}, &Descriptor::json, &Descriptor::json)) {
    return *this;  // not a byte changes
  }
  Json list = Json::array();
  for (const Descriptor& manifest : manifests) list.push_back(manifest.json());
  Json json = Json::object();
  for (const auto& [key, value] : content_->json->items()) {
    if (key == "manifests") {
      json[key] = std::move(list);
    } else {
      json[key] = value;
    }
  }
  if (!json.contains("manifests")) json["manifests"] = std::move(list);
  auto content = std::make_shared<Content>();
  content->family = family();
  content->text = print_json(json);
  content->json = std::make_shared<const Json>(std::move(json));
  content->manifests = std::move(manifests);
  return Index(std::move(content));
}

}  // namespace imgops
