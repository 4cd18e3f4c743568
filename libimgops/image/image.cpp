// A manifest is judged before its configuration is looked at: an artifact's need not be JSON at
// all. Everything an Image says afterwards was checked here once.
#include "libimgops/image/image.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/hasher.hpp"
#include "libimgops/image/configuration.hpp"
#include "libimgops/image/document.hpp"
#include "libimgops/image/findings.hpp"

#include <algorithm>
#include <utility>

namespace imgops {

struct Image::Documents {
  std::string manifest_text;
  std::string configuration_text;
  std::shared_ptr<const Json> manifest;  // layers point into it
  Configuration configuration;
  Descriptor descriptor;
  Descriptor configuration_descriptor;
  MediaFamily family;
  std::vector<ImageLayer> layers;
  std::vector<Diagnostic> diagnostics;
};

namespace {

[[noreturn]] void throw_no_image(std::string_view subject, const std::string& what) {
  throw Error(ErrorKind::unsupported, std::string(subject) + ": no image: " + what);
}

Json parse_manifest(std::string_view text, std::string_view subject) {
  Json manifest = parse_json(text, subject);
  require_object(manifest, subject);
  check_spelling(
      manifest,
      {"schemaVersion", "mediaType", "artifactType", "config", "layers", "subject", "annotations"},
      subject);
  check_schema_version(manifest, subject);
  check_unambiguous(manifest, {"manifests", "fsLayers", "history"}, subject);
  check_annotations(manifest, subject);
  if (const Json* const referrer = find_field(manifest, "subject")) {
    Descriptor::parse(*referrer, std::string(subject) + ": subject");
  }
  return manifest;
}

Descriptor parse_configuration_descriptor(const std::shared_ptr<const Json>& manifest,
                                          std::string_view subject) {
  if (const auto type = find_string(*manifest, "artifactType", subject); type && !type->empty()) {
    throw_no_image(subject, "an artifact of type \"" + printable(*type) + "\"");
  }
  Descriptor result =
      Descriptor::parse(std::shared_ptr<const Json>(manifest, &field(*manifest, "config", subject)),
                        std::string(subject) + ": config");
  const auto type = parse_media_type(result.media_type());
  if (!type || type->kind != MediaKind::configuration) {
    throw_no_image(subject,
                   "its configuration is of type \"" + printable(result.media_type()) + "\"");
  }
  return result;
}

// The store has verified what it read; texts that come another way are verified here.
void check_configuration_blob(const Descriptor& descriptor, std::string_view text,
                              std::string_view subject) {
  const std::string place = std::string(subject) + ": config";
  if (descriptor.size_bytes() != text.size()) {
    throw Error(reject(DiagnosticCode::size, "J04",
                       place + ": " + std::to_string(text.size()) + " bytes instead of " +
                           std::to_string(descriptor.size_bytes())));
  }
  if (digest_of(as_bytes(text), descriptor.digest().algorithm()) != descriptor.digest()) {
    throw Error(ErrorKind::corrupt,
                place + ": content is not that of " + descriptor.digest().to_string());
  }
}

std::vector<ImageLayer> parse_layers(const std::shared_ptr<const Json>& manifest,
                                     std::span<const DiffId> diff_ids, std::string_view subject) {
  const Json& list = list_field(*manifest, "layers", subject);
  if (list.size() != diff_ids.size()) {
    throw Error(reject(DiagnosticCode::diff_id, "J03",
                       std::string(subject) + ": " + std::to_string(list.size()) + " layers but " +
                           std::to_string(diff_ids.size()) + " diff_ids"));
  }
  std::vector<ImageLayer> layers;
  for (const Json& item : list) {
    const std::string place = std::string(subject) + ": layer " + std::to_string(layers.size() + 1);
    layers.push_back({Descriptor::parse(std::shared_ptr<const Json>(manifest, &item), place),
                      diff_ids[layers.size()]});
  }
  return layers;
}

}  // namespace

Image::Image(std::shared_ptr<const Documents> documents) : documents_(std::move(documents)) {}

Image Image::parse(std::string manifest_text, std::string configuration_text,
                   std::string_view subject, std::optional<std::string_view> expected_media_type) {
  const auto manifest = std::make_shared<const Json>(parse_manifest(manifest_text, subject));
  const auto type = media_type_of(*manifest, MediaKind::manifest, expected_media_type, subject);
  Descriptor configuration_descriptor = parse_configuration_descriptor(manifest, subject);
  // Docker's manifests always name their type, but archives made by hand may not.
  const MediaFamily family =
      type ? type->family : parse_media_type(configuration_descriptor.media_type())->family;
  check_configuration_blob(configuration_descriptor, configuration_text, subject);
  Configuration configuration =
      parse_configuration(configuration_text, std::string(subject) + ": config");
  std::vector<ImageLayer> layers = parse_layers(manifest, configuration.diff_ids, subject);
  std::vector<Diagnostic> diagnostics =
      find_oddities(family, configuration_descriptor, layers, configuration.history);
  Descriptor descriptor(media_type_text({family, MediaKind::manifest}),
                        digest_of(as_bytes(manifest_text)), manifest_text.size());
  return Image(std::make_shared<const Documents>(Documents{
      std::move(manifest_text), std::move(configuration_text), manifest, std::move(configuration),
      std::move(descriptor), std::move(configuration_descriptor), family, std::move(layers),
      std::move(diagnostics)}));
}

const Descriptor& Image::descriptor() const noexcept {
  return documents_->descriptor;
}

const Descriptor& Image::configuration_descriptor() const noexcept {
  return documents_->configuration_descriptor;
}

const std::string& Image::manifest_text() const noexcept {
  return documents_->manifest_text;
}

const std::string& Image::configuration_text() const noexcept {
  return documents_->configuration_text;
}

const Json& Image::manifest_json() const noexcept {
  return *documents_->manifest;
}

const Json& Image::configuration_json() const noexcept {
  return documents_->configuration.json;
}

MediaFamily Image::family() const noexcept {
  return documents_->family;
}

std::span<const ImageLayer> Image::layers() const noexcept {
  return documents_->layers;
}

std::span<const HistoryEntry> Image::history() const noexcept {
  return documents_->configuration.history;
}

std::vector<DiffId> Image::diff_ids() const {
  return documents_->configuration.diff_ids;
}

Platform Image::platform() const {
  return documents_->configuration.platform;
}

std::string Image::created() const {
  return documents_->configuration.created;
}

std::optional<std::string> Image::annotation(std::string_view key) const {
  return find_annotation(*documents_->manifest, key);
}

std::span<const Diagnostic> Image::diagnostics() const noexcept {
  return documents_->diagnostics;
}

std::size_t shared_layer_count(const Image& left, const Image& right) {
  const auto ends = std::ranges::mismatch(left.layers(), right.layers(), {}, &ImageLayer::diff_id,
                                          &ImageLayer::diff_id);
  return static_cast<std::size_t>(ends.in1 - left.layers().begin());
}

bool is_proper_base(const Image& base, const Image& image) {
  return base.layers().size() < image.layers().size() &&
         shared_layer_count(base, image) == base.layers().size();
}

}  // namespace imgops
