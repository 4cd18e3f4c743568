// Everything about indexes rests on one walk (manifest_walk.hpp) that gives each document its
// position; a replacement is found again by that position, never by digest, since one image may be
// listed twice.
#include "libimgops/store/image_store.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/image/media_type.hpp"
#include "libimgops/store/manifest_walk.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace imgops {
namespace {

Image parse_image(const BlobSource& blobs, const Descriptor& manifest, ManifestParts parts,
                  std::string_view subject) {
  std::string configuration =
      read_document(blobs, parts.configuration, configuration_limit_bytes, subject);
  return Image::parse(std::move(parts.text), std::move(configuration), subject,
                      manifest.media_type());
}

// Reads each image once however often it is listed.
class ImageReader {
 public:
  ImageReader(const BlobSource& blobs, std::string_view subject)
      : blobs_(blobs), subject_(subject) {}

  // Null for an artifact.
  const Image* find(const Descriptor& descriptor) {
    const auto known = images_.find(descriptor.digest());
    if (known != images_.end()) return known->second ? &*known->second : nullptr;
    ManifestParts parts = read_manifest(blobs_, descriptor, subject_);
    std::optional<Image> image;
    if (parts.is_image) {
      image = parse_image(blobs_, descriptor, std::move(parts), subject_);
      count(*image);
    }
    const auto& kept = images_.emplace(descriptor.digest(), std::move(image)).first->second;
    return kept ? &*kept : nullptr;
  }

 private:
  // One large configuration may stand in ten thousand manifests.
  void count(const Image& image) {
    bytes_ += image.manifest_text().size() + image.configuration_text().size();
    if (bytes_ <= documents_limit_bytes) return;
    throw Error(ErrorKind::corrupt, std::string(subject_) +
                                        ": the documents of its images are over " +
                                        std::to_string(documents_limit_bytes) + " bytes");
  }

  const BlobSource& blobs_;
  std::string_view subject_;
  std::map<Digest, std::optional<Image>> images_;
  std::uint64_t bytes_ = 0;
};

// `old` with the content of `changed`: platform, annotations and unknown keys stay, what belongs to
// the old bytes (embedded data, places to fetch them from) goes.
Descriptor with_content(const Descriptor& old, const Descriptor& changed) {
  Json json = old.json();
  json["mediaType"] = changed.media_type();
  json["digest"] = changed.digest().to_string();
  json["size"] = changed.size_bytes();
  json.erase("data");
  json.erase("urls");
  return Descriptor::parse(json, "descriptor");
}

class Replacer {
 public:
  Replacer(BlobStore& blobs, std::span<const Replacement> replacements, std::string_view subject)
      : blobs_(blobs), replacements_(replacements), subject_(subject) {}

  Descriptor replace(const Descriptor& old, const std::vector<std::size_t>& position) {
    if (const Replacement* exact = find_exact(position)) {
      store_image(blobs_, exact->image);
      const Descriptor& changed = exact->image.descriptor();
      if (changed == old) return old;
      return position.empty() ? changed : with_content(old, changed);
    }
    if (!is_index(old) || !is_changed_below(position)) return old;
    return replace_children(old, position);
  }

 private:
  Descriptor replace_children(const Descriptor& old, const std::vector<std::size_t>& position) {
    const Index index = load_index(blobs_, old, subject_);
    std::vector<Descriptor> children;
    std::vector<std::size_t> below = position;
    below.push_back(0);
    for (const Descriptor& child : index.manifests()) {
      children.push_back(replace(child, below));
      ++below.back();
    }
    if (children == index.manifests()) return old;
    const Index changed = index.with_manifests(std::move(children));
    store_index(blobs_, changed);
    return position.empty() ? changed.descriptor() : with_content(old, changed.descriptor());
  }

  const Replacement* find_exact(const std::vector<std::size_t>& position) const {
    const auto found = std::ranges::find(replacements_, position, &Replacement::position);
    return found == replacements_.end() ? nullptr : &*found;
  }
  bool is_changed_below(const std::vector<std::size_t>& position) const {
    return std::ranges::any_of(replacements_, [&](const Replacement& replacement) {
      const auto& other = replacement.position;
      return other.size() > position.size() &&
             std::equal(position.begin(), position.end(), other.begin());
    });
  }

  BlobStore& blobs_;
  std::span<const Replacement> replacements_;
  std::string_view subject_;
};

// Something listed that may be an image, and the platform it is said to be for.
struct Candidate {
  ListedManifest listed;
  Platform platform;
};

// Only manifests listed without a platform are read: the others may even be absent, as when one
// platform of many was copied.
std::vector<Candidate> candidates_below(const BlobSource& blobs, const Descriptor& root,
                                        ImageReader& reader, std::string_view subject) {
  std::vector<Candidate> candidates;
  for (ListedManifest& listed : list_manifests(blobs, root, subject)) {
    if (is_listed_as_attachment(listed.descriptor)) continue;
    std::optional<Platform> platform = listed.descriptor.platform();
    if (!platform) {
      const Image* image = reader.find(listed.descriptor);
      if (image == nullptr) continue;
      platform = image->platform();
    }
    candidates.push_back({std::move(listed), *std::move(platform)});
  }
  return candidates;
}

enum class Strictness : std::uint8_t { exactly_asked, host_or_only };

std::optional<std::size_t> choose(const std::vector<Candidate>& candidates,
                                  const Platform& platform, Strictness strictness) {
  // linux/amd64 and linux/amd64/v3 may stand side by side: the very one asked for comes first.
  auto found = std::ranges::find(candidates, platform, &Candidate::platform);
  if (found == candidates.end()) {
    found = std::ranges::find_if(candidates, [&](const Candidate& candidate) {
      return matches(platform, candidate.platform);
    });
  }
  if (found != candidates.end()) return static_cast<std::size_t>(found - candidates.begin());
  if (strictness == Strictness::host_or_only && candidates.size() == 1) return 0;
  return std::nullopt;
}

[[noreturn]] void fail_without_platform(std::string_view subject, const Platform& wanted,
                                        const std::vector<Candidate>& offered) {
  std::string list;
  for (const Candidate& candidate : offered) {
    list += (list.empty() ? "" : ", ") + printable(candidate.platform.to_string());
  }
  throw Error(ErrorKind::not_found,
              std::string(subject) + ": no image for " + wanted.to_string() +
                  (list.empty() ? "" : "; there are " + list),
              list.empty() ? "" : "--platform chooses one");
}

}  // namespace

Image load_image(const BlobSource& blobs, const Descriptor& manifest, std::string_view subject) {
  ManifestParts parts = read_manifest(blobs, manifest, subject);
  if (!parts.is_image) {
    throw Error(ErrorKind::unsupported, std::string(subject) +
                                            ": is an artifact, its configuration is of type \"" +
                                            printable(parts.configuration.media_type()) + "\"");
  }
  return parse_image(blobs, manifest, std::move(parts), subject);
}

Index load_index(const BlobSource& blobs, const Descriptor& index, std::string_view subject) {
  return Index::parse(read_document(blobs, index, manifest_limit_bytes, subject), subject,
                      index.media_type());
}

void store_image(BlobStore& blobs, const Image& image) {
  write_document(blobs, image.configuration_text());
  write_document(blobs, image.manifest_text());
}

void store_index(BlobStore& blobs, const Index& index) {
  write_document(blobs, index.text());
}

bool is_index(const Descriptor& descriptor) {
  const auto type = parse_media_type(descriptor.media_type());
  return type && type->kind == MediaKind::index;
}

std::vector<PlatformImage> load_platforms(const BlobSource& blobs, const Descriptor& root,
                                          std::string_view subject) {
  if (!is_index(root)) return {PlatformImage{{}, root, load_image(blobs, root, subject)}};
  ImageReader reader(blobs, subject);
  std::vector<PlatformImage> images;
  for (ListedManifest& listed : list_manifests(blobs, root, subject)) {
    if (is_listed_as_attachment(listed.descriptor)) continue;
    const Image* image = reader.find(listed.descriptor);
    if (image == nullptr) continue;
    images.push_back({std::move(listed.position), std::move(listed.descriptor), *image});
  }
  return images;
}

PlatformImage load_platform(const BlobSource& blobs, const Descriptor& root,
                            const std::optional<Platform>& wanted, std::string_view subject) {
  const Platform platform = wanted.value_or(host_platform());
  if (!is_index(root) && !wanted) return {{}, root, load_image(blobs, root, subject)};
  ImageReader reader(blobs, subject);
  std::vector<Candidate> candidates = candidates_below(blobs, root, reader, subject);
  const auto strictness = wanted ? Strictness::exactly_asked : Strictness::host_or_only;
  while (const auto number = choose(candidates, platform, strictness)) {
    Candidate& chosen = candidates[*number];
    const Image* image = reader.find(chosen.listed.descriptor);
    if (image != nullptr) {
      return {std::move(chosen.listed.position), std::move(chosen.listed.descriptor), *image};
    }
    candidates.erase(candidates.begin() + static_cast<std::ptrdiff_t>(*number));
  }
  fail_without_platform(subject, platform, candidates);
}

std::vector<Descriptor> attachments(const BlobSource& blobs, const Descriptor& root,
                                    std::string_view subject) {
  std::vector<Descriptor> found;
  if (!is_index(root)) return found;
  for (const ListedManifest& listed : list_manifests(blobs, root, subject)) {
    if (is_index(listed.descriptor)) continue;
    if (is_listed_as_attachment(listed.descriptor) ||
        !read_manifest(blobs, listed.descriptor, subject).is_image) {
      found.push_back(listed.descriptor);
    }
  }
  return found;
}

Descriptor store_replacements(BlobStore& blobs, const Descriptor& root,
                              std::span<const Replacement> replacements, std::string_view subject) {
  return Replacer(blobs, replacements, subject).replace(root, {});
}

}  // namespace imgops
