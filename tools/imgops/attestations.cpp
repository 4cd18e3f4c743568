#include "tools/imgops/attestations.hpp"

#include "libimgops/base/json.hpp"
#include "libimgops/repository/find_by_digest.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace imgops::cli {
namespace {

// BuildKit's way of saying which manifest of the same index an attestation is about.
constexpr std::string_view annotation_about = "vnd.docker.reference.digest";

bool is_about(const Descriptor& descriptor, const std::set<Digest>& digests) {
  const auto text = descriptor.annotation(annotation_about);
  const auto digest = text ? Digest::try_parse(*text) : std::nullopt;
  return digest && digests.contains(*digest);
}

std::optional<Digest> subject_of(const BlobSource& blobs, const Descriptor& descriptor) {
  const auto type = parse_media_type(descriptor.media_type());
  if (!type || (type->kind != MediaKind::manifest && type->kind != MediaKind::index)) {
    return std::nullopt;
  }
  if (blobs.find(descriptor.digest()) == nullptr) return std::nullopt;
  const std::string name = descriptor.digest().to_string();
  const std::string text = read_document(blobs, descriptor, manifest_limit_bytes, name);
  if (!may_mention(text, "subject")) return std::nullopt;
  const Json document = parse_json(text, name);
  const Json* const subject = document.is_object() ? find_field(document, "subject") : nullptr;
  if (subject == nullptr || !subject->is_object()) return std::nullopt;
  const auto digest = find_string(*subject, "digest", name);
  return digest ? Digest::try_parse(*digest) : std::nullopt;
}

}  // namespace

std::set<Digest> replaced_digests(const BlobSource& blobs, const Descriptor& root,
                                  std::span<const Replacement> replacements,
                                  std::string_view subject) {
  std::set<Digest> digests;
  for (const PlatformImage& platform : load_platforms(blobs, root, subject)) {
    const bool is_replaced = std::ranges::find(replacements, platform.position,
                                               &Replacement::position) != replacements.end();
    if (is_replaced) digests.insert(platform.descriptor.digest());
  }
  return digests;
}

Descriptor without_attestations(BlobStore& blobs, const Descriptor& root,
                                const std::set<Digest>& replaced,
                                std::vector<Descriptor>& dropped) {
  if (!is_index(root)) return root;
  const Index index = load_index(blobs, root, root.digest().to_string());
  std::vector<Descriptor> kept;
  bool has_changed = false;
  for (const Descriptor& listed : index.manifests()) {
    if (is_about(listed, replaced)) {
      dropped.push_back(listed);
      has_changed = true;
      continue;
    }
    kept.push_back(without_attestations(blobs, listed, replaced, dropped));
    has_changed = has_changed || !(kept.back() == listed);
  }
  if (!has_changed) return root;
  const Index edited = index.with_manifests(std::move(kept));
  store_index(blobs, edited);
  return edited.descriptor();
}

std::vector<Descriptor> referrers_of(const Place& place, const std::set<Digest>& digests) {
  std::vector<Descriptor> referrers;
  for (const Descriptor& listed : place.index().manifests()) {
    const auto subject = subject_of(place.blobs(), listed);
    if (subject && digests.contains(*subject)) referrers.push_back(listed);
  }
  return referrers;
}

void tell_stale(Context& context, std::span<const Descriptor> dropped,
                std::span<const Descriptor> referrers) {
  for (const Descriptor& descriptor : dropped) {
    context.say(fmt::format("attestation {} is about the old image: dropped from the index",
                            descriptor.digest().to_string()));
  }
  for (const Descriptor& descriptor : referrers) {
    context.say(fmt::format("{} is about the old image and does not hold for the new one",
                            descriptor.digest().to_string()));
  }
}

}  // namespace imgops::cli
