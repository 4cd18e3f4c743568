// A walk from each root, documents read once, blobs noted for every root that leads to them. A
// damaged document is a fault and leads nowhere; the walk goes on beside it.
#include "libimgops/repository/check_documents.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/file.hpp"
#include "libimgops/base/hasher.hpp"
#include "libimgops/image/media_type.hpp"
#include "libimgops/image/reference.hpp"
#include "libimgops/store/image_store.hpp"
#include "libimgops/store/manifest_walk.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

namespace imgops {
namespace {

constexpr std::size_t depth_limit = 8;  // of indexes in each other, as for all readers

struct Child {
  Descriptor descriptor;
  std::optional<DiffId> diff_id;  // of a layer
  bool may_be_missing = false;
};

std::optional<MediaKind> kind_of(const Descriptor& descriptor) {
  const auto type = parse_media_type(descriptor.media_type());
  if (!type) return std::nullopt;
  return type->kind;
}

bool is_foreign_layer(const Descriptor& descriptor) {
  const auto type = parse_media_type(descriptor.media_type());
  return type && type->foreign;
}

FaultKind kind_of(DiagnosticCode code) {
  switch (code) {
    case DiagnosticCode::size:
      return FaultKind::size;
    case DiagnosticCode::diff_id:
      return FaultKind::diff_id;
    case DiagnosticCode::history:
      return FaultKind::history;
    case DiagnosticCode::mixed_types:
    case DiagnosticCode::foreign_layer:
    case DiagnosticCode::layer_type:
      return FaultKind::media_type;
    default:
      return FaultKind::document;
  }
}

// A name that could do harm where it is printed or made a path of (T29, T33).
bool is_unsafe_name(const std::string& name) {
  return printable(name) != name || name.starts_with('/') || name.find("..") != std::string::npos;
}

class Checker {
 public:
  explicit Checker(const LayoutBlobs& blobs) : blobs_(blobs) {}

  void check_names(const Index& index) {
    std::set<std::string> seen;
    for (const Descriptor& listed : index.manifests()) {
      const std::string name = listed.annotation(annotation_ref_name).value_or("");
      if (name.empty()) continue;
      Fault fault{FaultKind::name, DiagnosticLevel::warning, {}, name, {}, {}, {}, {}, false};
      if (!seen.insert(name).second) {
        fault.reason = "listed twice in index.json: the first entry counts";
        fault.remedy = Remedy::drop_repeated_names;
      } else if (is_unsafe_name(name)) {
        fault.reason = "a name that other programs may take for a path or print as it is";
      } else if (!is_reference_name(name)) {
        fault.level = DiagnosticLevel::note;
        fault.reason = "outside the grammar of names";
      } else {
        continue;
      }
      result_.faults.push_back(std::move(fault));
    }
  }

  void check_root(const Descriptor& root, std::string name) {
    result_.roots.push_back(std::move(name));
    root_ = result_.roots.size() - 1;
    if (!kind_of(root)) {
      add(FaultKind::media_type, DiagnosticLevel::note, root.digest(),
          "type \"" + printable(root.media_type()) + "\" is not known: not looked into");
    }
    visit({root, {}, false}, 0);
  }

  DocumentCheck take() { return std::move(result_); }

 private:
  void add(FaultKind kind, DiagnosticLevel level, const Digest& digest, std::string reason) {
    result_.faults.push_back({kind, level, digest, {}, std::move(reason), {}, {}, {}, false});
  }
  void add(DiagnosticLevel level, const Digest& digest, const Error& error) {
    const Diagnostic* const diagnostic = error.diagnostic();
    add(diagnostic == nullptr ? FaultKind::document : kind_of(diagnostic->code), level, digest,
        diagnostic == nullptr ? error.what() : to_sentence(*diagnostic));
  }

  // No recursion deeper than depth_limit and two more: manifest, blob.
  void visit(const Child& child, std::size_t depth) {
    const Digest& digest = child.descriptor.digest();
    const auto [at, is_new] =
        result_.blobs.try_emplace(digest, NamedBlob{child.descriptor, {}, {}});
    NamedBlob& blob = at->second;
    check_presence(child, blob);
    if (child.diff_id) note_layer(blob, {child.descriptor, *child.diff_id});
    if (!blob.roots.empty() && blob.roots.back() == root_) return;
    blob.roots.push_back(root_);
    for (const Child& below : children_of(child.descriptor, depth)) visit(below, depth + 1);
  }

  static void note_layer(NamedBlob& blob, const ImageLayer& layer) {
    const bool known = std::ranges::any_of(blob.layers, [&](const ImageLayer& other) {
      return other.diff_id == layer.diff_id &&
             other.descriptor.media_type() == layer.descriptor.media_type();
    });
    if (!known) blob.layers.push_back(layer);
  }

  void check_presence(const Child& child, NamedBlob& blob) {
    const Descriptor& descriptor = child.descriptor;
    // What each says once, however many images say it.
    const DiagnosticLevel level =
        child.may_be_missing ? DiagnosticLevel::note : DiagnosticLevel::reject;
    if (!said_.insert({descriptor.digest(), descriptor.size_bytes(), level}).second) return;
    try {
      const auto file = blobs_.find(descriptor.digest());
      if (!file) {
        blob.is_refused = true;
        add(FaultKind::missing, level, descriptor.digest(),
            child.may_be_missing ? "not here, others of its index are" : "not here");
      } else if (file->size_bytes() != descriptor.size_bytes()) {
        blob.is_refused = true;
        add(FaultKind::size, DiagnosticLevel::reject, descriptor.digest(),
            "has " + std::to_string(file->size_bytes()) + " bytes, its descriptor says " +
                std::to_string(descriptor.size_bytes()));
      }
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::corrupt) throw;
      blob.is_refused = true;
      add(FaultKind::missing, DiagnosticLevel::reject, descriptor.digest(),
          "what has its name is no regular file");
    }
  }

  const std::vector<Child>& children_of(const Descriptor& descriptor, std::size_t depth) {
    static const std::vector<Child> none;
    const auto kind = kind_of(descriptor);
    if (kind != MediaKind::index && kind != MediaKind::manifest) return none;
    const auto [at, is_new] = children_.try_emplace(descriptor.digest());
    if (!is_new) return at->second;
    if (depth >= depth_limit && kind == MediaKind::index) {
      add(FaultKind::document, DiagnosticLevel::reject, descriptor.digest(),
          "more than " + std::to_string(depth_limit) + " indexes in each other");
      return at->second;
    }
    if (!read(descriptor, manifest_limit_bytes)) return at->second;
    try {
      at->second = kind == MediaKind::index ? listed_by(descriptor) : parts_of(descriptor);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::input_output) throw;
      add(DiagnosticLevel::reject, descriptor.digest(), error);
    }
    return at->second;
  }

  // Its text, verified; nullopt when it is absent or damaged, which is told once.
  std::optional<std::string> read(const Descriptor& descriptor, std::uint64_t limit_bytes) {
    NamedBlob& blob = result_.blobs.at(descriptor.digest());
    if (blob.is_refused) return std::nullopt;
    const auto file = blobs_.open(descriptor.digest());
    if (file->size_bytes() > limit_bytes) {
      blob.is_refused = true;
      add(FaultKind::document, DiagnosticLevel::reject, descriptor.digest(),
          "a document of more than " + std::to_string(limit_bytes) + " bytes");
      return std::nullopt;
    }
    std::string text = read_all(*file, limit_bytes, descriptor.digest().to_string());
    if (!blob.is_verified) {
      result_.read_bytes += text.size();
      if (digest_of(as_bytes(text), descriptor.digest().algorithm()) != descriptor.digest()) {
        blob.is_refused = true;
        add(FaultKind::digest, DiagnosticLevel::reject, descriptor.digest(),
            "digest of its bytes differs");
        return std::nullopt;
      }
      blob.is_verified = true;
    }
    return text;
  }

  std::vector<Child> listed_by(const Descriptor& descriptor) const {
    const Index index = load_index(blobs_, descriptor, descriptor.digest().to_string());
    std::vector<Child> children;
    bool some_are_here = false;
    for (const Descriptor& listed : index.manifests()) {
      some_are_here = some_are_here || identify(blobs_.path_of(listed.digest()));
      children.push_back({listed, {}, false});
    }
    // Copies of one platform of many are ordinary.
    for (Child& child : children) child.may_be_missing = some_are_here;
    return children;
  }

  std::vector<Child> parts_of(const Descriptor& manifest) {
    const std::string subject = manifest.digest().to_string();
    const ManifestParts parts = read_manifest(blobs_, manifest, subject);
    std::vector<Child> children{{parts.configuration, {}, false}};
    if (const auto image = image_of(manifest, parts)) {
      for (const ImageLayer& layer : image->layers()) {
        children.push_back({layer.descriptor, layer.diff_id, false});
      }
    } else {
      for (const Descriptor& layer : parts.layers) children.push_back({layer, {}, false});
    }
    // To be fetched from elsewhere (J01).
    std::erase_if(children, [this](const Child& child) {
      return is_foreign_layer(child.descriptor) &&
             !identify(blobs_.path_of(child.descriptor.digest()));
    });
    return children;
  }

  // Nullopt for an artifact, and when documents are damaged.
  std::optional<Image> image_of(const Descriptor& manifest, const ManifestParts& parts) {
    if (!parts.is_image) return std::nullopt;
    // Before the walk comes to it, since nothing is known of the layers without it.
    const Descriptor configuration = parts.configuration;
    const auto [at, is_new] =
        result_.blobs.try_emplace(configuration.digest(), NamedBlob{configuration, {}, {}});
    check_presence({configuration, {}, false}, at->second);
    auto text = read(configuration, configuration_limit_bytes);
    if (!text) return std::nullopt;
    try {
      Image image = Image::parse(parts.text, *std::move(text), manifest.digest().to_string(),
                                 manifest.media_type());
      for (const Diagnostic& diagnostic : image.diagnostics()) {
        add(kind_of(diagnostic.code), diagnostic.level, manifest.digest(), to_sentence(diagnostic));
      }
      return image;
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::input_output) throw;
      add(DiagnosticLevel::reject, manifest.digest(), error);
      return std::nullopt;
    }
  }

  const LayoutBlobs& blobs_;
  DocumentCheck result_;
  std::size_t root_ = 0;
  std::map<Digest, std::vector<Child>> children_;
  std::set<std::tuple<Digest, std::uint64_t, DiagnosticLevel>> said_;
};

}  // namespace

DocumentCheck check_documents(const LayoutBlobs& blobs, const Index& index,
                              const CheckScope& scope) {
  Checker checker(blobs);
  if (scope.root) {
    checker.check_root(*scope.root, scope.name);
    return checker.take();
  }
  checker.check_names(index);
  std::size_t number = 0;
  for (const Descriptor& listed : index.manifests()) {
    ++number;
    const std::string name = listed.annotation(annotation_ref_name).value_or("");
    checker.check_root(listed,
                       name.empty() ? "entry " + std::to_string(number) + " of index.json" : name);
  }
  return checker.take();
}

}  // namespace imgops
