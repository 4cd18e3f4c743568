#include "tools/imgops/image_list.hpp"

#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "libimgops/base/glob.hpp"
#include "libimgops/store/image_store.hpp"
#include "libimgops/store/manifest_walk.hpp"

#include <fmt/format.h>

#include <set>

namespace imgops::cli {

bool is_wanted(std::string_view pattern, std::string_view name) {
  if (pattern.empty() || matches_glob(pattern, name)) return true;
  return matches_glob(pattern, name.substr(0, name.rfind(':')));
}

namespace {

// Whether what a layout lists is no image at all: a signature, an attestation, any artifact.
bool is_artifact(const Place& place, const Descriptor& listed, std::string_view name) {
  if (is_index(listed)) return false;
  return is_listed_as_attachment(listed) || !read_manifest(place.blobs(), listed, name).is_image;
}

// Nothing for an artifact; the manifest is read again only to tell why it is no image.
std::vector<PlatformImage> load_listed(Context& context, const Place& place,
                                       const Descriptor& listed, const std::string& name) {
  try {
    return load_platforms(place.blobs(), listed, name);
  } catch (const Error& error) {
    if (!is_artifact(place, listed, name)) throw;
    context.say_more(fmt::format("{}: an artifact, left out", printable(name)));
    return {};
  }
}

}  // namespace

std::vector<ListedImage> list_images(Context& context, Place& place) {
  std::vector<ListedImage> images;
  std::set<std::string> names;
  for (const Descriptor& listed : place.index().manifests()) {
    const auto ref = listed.annotation(annotation_ref_name);
    if (ref && !names.insert(*ref).second) continue;  // the first of two counts, as everywhere
    const auto type = parse_media_type(listed.media_type());
    if (!type || (type->kind != MediaKind::manifest && type->kind != MediaKind::index)) continue;
    const std::string name = ref.value_or("@" + listed.digest().short_text());
    for (PlatformImage& platform : load_listed(context, place, listed, name)) {
      images.push_back({name, ref.has_value(), listed, std::move(platform.image)});
    }
  }
  return images;
}

std::map<std::string, std::uint64_t> unique_bytes(const DiskUse& use) {
  std::map<std::string, std::uint64_t> bytes;
  for (const ImageUse& image : use.images) bytes.emplace(image.name, image.unique_bytes);
  return bytes;
}

Json image_row_json(const ListedImage& listed, const ImageUse& size, std::uint64_t unique) {
  Json row = Json::object();
  row["ref"] = listed.is_named ? Json(listed.name) : Json(nullptr);
  row["digest"] = listed.root.digest().to_string();
  row["mediaType"] = listed.root.media_type();
  row["platform"] = listed.image.platform().to_string();
  row["layers"] = listed.image.layers().size();
  row["size"] = size.total_bytes;
  row["unique"] = unique;
  row["created"] = listed.image.created();
  return row;
}

}  // namespace imgops::cli
