#include "libimgops/image/findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

namespace imgops {
namespace {

constexpr std::string_view annotation_estargz = "containerd.io/snapshot/stargz/toc.digest";
constexpr std::array<std::string_view, 3> annotations_chunked{
    "io.github.containers.zstd-chunked.manifest-checksum",
    "io.github.containers.zstd-chunked.manifest-position",
    "io.github.containers.zstd-chunked.tarsplit-position"};

Diagnostic finding(DiagnosticCode code, DiagnosticLevel level, std::string row, std::string message,
                   std::string hint) {
  Diagnostic result;
  result.code = code;
  result.level = level;
  result.row = std::move(row);
  result.message = std::move(message);
  result.hint = std::move(hint);
  return result;
}

bool is_chunked(const Descriptor& layer) {
  return std::ranges::any_of(
      annotations_chunked, [&](std::string_view key) { return layer.annotation(key).has_value(); });
}

bool is_foreign(const Descriptor& layer) {
  const auto type = parse_media_type(layer.media_type());
  const Json* const urls = find_field(layer.json(), "urls");
  return (type && type->foreign) || (urls != nullptr && !urls->empty());
}

// Whether `text` belongs to the other family though `family` has a name for it: zstd layers have
// only the OCI one, and types unknown to us belong to none.
bool is_of_other_family(std::string_view text, MediaFamily family) {
  auto type = parse_media_type(text);
  if (!type) return false;
  type->family = family;
  return media_type_text(*type) != text;
}

void add_layer_findings(std::vector<Diagnostic>& findings, const Descriptor& layer,
                        std::size_t index) {
  const auto add = [&](Diagnostic diagnostic) {
    diagnostic.layer_index = index;
    diagnostic.layer = layer.digest().to_string();
    findings.push_back(std::move(diagnostic));
  };
  if (is_foreign(layer)) {
    add(finding(DiagnosticCode::foreign_layer, DiagnosticLevel::note, "J01",
                "layer with its own distribution terms or URLs",
                "applied as any other; its URLs are not fetched"));
  }
  if (is_chunked(layer)) {
    add(finding(DiagnosticCode::chunk_toc, DiagnosticLevel::note, "S10",
                "blob has a table of contents for lazy pulling",
                "not trusted, read as plain zstd"));
  }
  if (layer.annotation(annotation_estargz)) {
    add(finding(DiagnosticCode::estargz, DiagnosticLevel::note, "S11",
                "layer carries a lazy-pulling index", "shown as ordinary files"));
  }
}

}  // namespace

std::vector<Diagnostic> find_oddities(MediaFamily family, const Descriptor& configuration,
                                      std::span<const ImageLayer> layers,
                                      std::span<const HistoryEntry> history) {
  std::vector<Diagnostic> findings;
  if (!pair_history(history, layers.size()).consistent) {
    const auto full =
        static_cast<std::size_t>(std::ranges::count(history, false, &HistoryEntry::empty_layer));
    findings.push_back(finding(
        DiagnosticCode::history, DiagnosticLevel::warning, "J06",
        fmt::format("history tells of {} layers, the image has {}", full, layers.size()),
        full > layers.size() ? "docker refuses more history entries with a layer than layers"
                             : "layers without an entry are steps that tell nothing"));
  }
  const bool mixed = is_of_other_family(configuration.media_type(), family) ||
                     std::ranges::any_of(layers, [&](const ImageLayer& layer) {
                       return is_of_other_family(layer.descriptor.media_type(), family);
                     });
  if (mixed) {
    findings.push_back(finding(DiagnosticCode::mixed_types, DiagnosticLevel::warning, "J17",
                               "media types of two families in one manifest",
                               "podman and skopeo refuse some mixes"));
  }
  for (std::size_t index = 0; index < layers.size(); ++index) {
    add_layer_findings(findings, layers[index].descriptor, index);
  }
  return findings;
}

}  // namespace imgops
