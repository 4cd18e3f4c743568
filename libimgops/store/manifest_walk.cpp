// Each index is read once however often it is listed: otherwise a small index could have a large
// one read ten thousand times.
#include "libimgops/store/manifest_walk.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/image/index.hpp"
#include "libimgops/image/media_type.hpp"
#include "libimgops/store/image_store.hpp"

#include <map>
#include <utility>

namespace imgops {
namespace {

constexpr std::size_t depth_limit = 8;
constexpr std::size_t children_limit = 10'000;

bool has_kind(const Descriptor& descriptor, MediaKind kind) {
  const auto type = parse_media_type(descriptor.media_type());
  return type && type->kind == kind;
}

class Walk {
 public:
  Walk(const BlobSource& blobs, std::string_view subject) : blobs_(blobs), subject_(subject) {}

  // No recursion deeper than depth_limit.
  void visit(const Descriptor& descriptor, const std::vector<std::size_t>& position) {
    if (is_index(descriptor)) visit_children(descriptor, position);
    listed_.push_back({position, descriptor});
  }
  std::vector<ListedManifest> take() { return std::move(listed_); }

 private:
  void visit_children(const Descriptor& index, const std::vector<std::size_t>& position) {
    if (position.size() >= depth_limit) {
      fail("more than " + std::to_string(depth_limit) + " indexes in each other");
    }
    const std::vector<Descriptor>& children = children_of(index);
    count_ += children.size();
    if (count_ > children_limit) {
      fail("more than " + std::to_string(children_limit) + " manifests listed");
    }
    std::vector<std::size_t> below = position;
    below.push_back(0);
    for (const Descriptor& child : children) {
      visit(child, below);
      ++below.back();
    }
  }

  const std::vector<Descriptor>& children_of(const Descriptor& index) {
    const auto known = children_.find(index.digest());
    if (known != children_.end()) return known->second;
    std::vector<Descriptor> children = load_index(blobs_, index, subject_).manifests();
    return children_.emplace(index.digest(), std::move(children)).first->second;
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorKind::corrupt, std::string(subject_) + ": " + what);
  }

  const BlobSource& blobs_;
  std::string_view subject_;
  std::map<Digest, std::vector<Descriptor>> children_;
  std::vector<ListedManifest> listed_;
  std::size_t count_ = 0;
};

}  // namespace

ManifestParts read_manifest(const BlobSource& blobs, const Descriptor& manifest,
                            std::string_view subject) {
  if (!has_kind(manifest, MediaKind::manifest)) {
    throw Error(ErrorKind::unsupported, std::string(subject) + ": is no image but of type \"" +
                                            printable(manifest.media_type()) + "\"");
  }
  const std::string name = std::string(subject) + ": manifest " + manifest.digest().to_string();
  std::string text = read_document(blobs, manifest, manifest_limit_bytes, subject);
  const Json json = parse_json(text, name);
  require_object(json, name);
  if (find_field(json, "manifests") != nullptr) {
    throw Error(reject(DiagnosticCode::doc_ambiguous, "J11", name + ": also lists manifests"));
  }
  const auto configuration = Descriptor::parse(field(json, "config", name), name + ": config");
  std::vector<Descriptor> layers;
  for (const Json& layer : array_field(json, "layers", name)) {
    layers.push_back(Descriptor::parse(layer, name + ": layer " + std::to_string(layers.size())));
  }
  const bool is_image = has_kind(configuration, MediaKind::configuration) &&
                        find_field(json, "artifactType") == nullptr;
  return {std::move(text), configuration, std::move(layers), is_image};
}

std::vector<ListedManifest> list_manifests(const BlobSource& blobs, const Descriptor& root,
                                           std::string_view subject) {
  Walk walk(blobs, subject);
  walk.visit(root, {});
  return walk.take();
}

bool is_listed_as_attachment(const Descriptor& descriptor) {
  const auto platform = descriptor.platform();
  return (platform && platform->is_unknown()) || descriptor.artifact_type() ||
         !has_kind(descriptor, MediaKind::manifest);
}

}  // namespace imgops
