#include "libimgops/image/descriptor.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/image/document.hpp"

#include <utility>

namespace imgops {

Descriptor::Descriptor(std::string_view media_type, Digest digest, std::uint64_t size_bytes)
    : media_type_(media_type),
      digest_(digest),
      size_bytes_(size_bytes),
      json_(std::make_shared<const Json>(Json{
          {"mediaType", media_type_}, {"digest", digest_.to_string()}, {"size", size_bytes_}})) {}

Descriptor Descriptor::parse(const Json& json, std::string_view subject) {
  return parse(std::make_shared<const Json>(json), subject);
}

Descriptor Descriptor::parse(std::shared_ptr<const Json> shared, std::string_view subject) {
  const Json& json = *shared;
  require_object(json, subject);
  check_spelling(json, {"mediaType", "digest", "size", "annotations", "platform", "urls"}, subject);
  Descriptor result(string_field(json, "mediaType", subject),
                    Digest::parse(string_field(json, "digest", subject), subject),
                    size_field(json, "size", subject));
  check_annotations(json, subject);
  find_string(json, "artifactType", subject);
  if (const Json* const platform = find_field(json, "platform")) {
    with_context(std::string(subject), [&] { return Platform::from_json(*platform); });
  }
  result.json_ = std::move(shared);
  return result;
}

std::optional<std::string> Descriptor::annotation(std::string_view key) const {
  return find_annotation(*json_, key);
}

std::optional<Platform> Descriptor::platform() const {
  const Json* const platform = find_field(*json_, "platform");
  if (platform == nullptr) return std::nullopt;
  return Platform::from_json(*platform);
}

std::optional<std::string> Descriptor::artifact_type() const {
  return find_string(*json_, "artifactType", "descriptor");
}

Descriptor Descriptor::with_annotation(std::string_view key,
                                       std::optional<std::string> value) const {
  Json json = *json_;
  set_annotation(json, key, std::move(value));
  Descriptor result = *this;
  result.json_ = std::make_shared<const Json>(std::move(json));
  return result;
}

Descriptor Descriptor::with_platform(const Platform& platform) const {
  // An equal platform keeps what else the document says of it (os.version, os.features).
  if (this->platform() == platform) return *this;
  Json json = *json_;
  json["platform"] = platform.to_json();
  Descriptor result = *this;
  result.json_ = std::make_shared<const Json>(std::move(json));
  return result;
}

}  // namespace imgops
