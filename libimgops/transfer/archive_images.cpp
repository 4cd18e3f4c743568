// Three forms. With index.json the archive is an OCI layout, and manifest.json, where there is one
// too (docker 25 and later), must not contradict it (A07). With manifest.json alone the manifests
// are made (docker_archive.hpp). With neither it is no image we read (A01).
#include "libimgops/transfer/archive_images.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/hasher.hpp"
#include "libimgops/base/json.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/image/reference.hpp"
#include "libimgops/store/image_store.hpp"
#include "libimgops/transfer/docker_archive.hpp"
#include "libimgops/transfer/docker_manifest.hpp"
#include "libimgops/transfer/outer_archive.hpp"
#include "libimgops/transfer/spool.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>
#include <vector>

namespace imgops {

struct ArchiveImages::State {
  State(OuterArchive outer, Index names) : archive(std::move(outer)), index(std::move(names)) {}
  OuterArchive archive;
  Index index;
  bool is_layout = false;                   // blobs are members of blobs/
  std::map<Digest, std::string> documents;  // of docker-archives: made by us
  std::map<Digest, OuterFile> files;        // of docker-archives
};

namespace {

std::string read_member(const OuterArchive& archive, const OuterFile& file,
                        std::uint64_t limit_bytes, std::string_view subject) {
  return read_all(*archive.bytes(file), limit_bytes, subject);
}

const OuterFile* find_blob(const OuterArchive& archive, const Digest& digest) {
  return archive.find("blobs/" + std::string(digest.algorithm_name()) + "/" + digest.hexadecimal(),
                      OuterArchive::Links::refuse);
}

// J14.
void check_layout_version(const OuterArchive& archive) {
  const auto fail = [](const std::string& message) {
    throw Error(reject(DiagnosticCode::layout, "J14", message, "oci-layout"));
  };
  const OuterFile* const file = archive.find("oci-layout", OuterArchive::Links::refuse);
  if (file == nullptr) fail("missing from the archive");
  const Json json =
      parse_json(read_member(archive, *file, manifest_limit_bytes, "oci-layout"), "oci-layout");
  const std::string version =
      string_field(require_object(json, "oci-layout"), "imageLayoutVersion", "oci-layout");
  if (!version.starts_with("1.")) fail("layout version " + printable(version) + " is unknown");
}

// docker and ctr write only the tag as ref.name and all of the name beside it; podman, skopeo and
// we write the name. The second annotation goes: it would contradict a later renaming.
Descriptor with_name(const Descriptor& manifest) {
  const auto reference = manifest.annotation(annotation_ref_name);
  const auto containerd = manifest.annotation(annotation_containerd_name);
  if (!containerd) return manifest;
  const Descriptor plain = manifest.with_annotation(annotation_containerd_name, std::nullopt);
  const bool is_whole = reference && (reference->find_first_of("/:") != std::string::npos ||
                                      full_reference(*reference) == *containerd);
  return is_whole ? plain
                  : plain.with_annotation(annotation_ref_name, familiar_reference(*containerd));
}

// Every manifest below the index whose blob is there (docker 25 saves indexes of which it has but
// one platform), with its layers. Bounded like image_store.
class Manifests {
 public:
  explicit Manifests(const BlobSource& blobs) : blobs_(blobs) {}

  struct Known {
    Digest manifest;
    Digest configuration;
    std::vector<Digest> layers;
  };

  void add(const Descriptor& descriptor, std::size_t depth) {
    if (depth > 8 || ++seen_ > 10'000) {
      throw Error(ErrorKind::corrupt, "index.json: nested too deeply or too long");
    }
    if (blobs_.find(descriptor.digest()) == nullptr) return;
    if (is_index(descriptor)) {
      const Index index = load_index(blobs_, descriptor, "index.json");
      for (const Descriptor& child : index.manifests()) add(child, depth + 1);
      return;
    }
    const std::string subject = "manifest " + descriptor.digest().to_string();
    const Json json =
        parse_json(read_document(blobs_, descriptor, manifest_limit_bytes, subject), subject);
    if (!json.is_object() || find_field(json, "config") == nullptr) return;
    Known known{descriptor.digest(),
                Descriptor::parse(field(json, "config", subject), subject).digest(),
                {}};
    if (find_field(json, "layers") != nullptr) {
      for (const Json& layer : array_field(json, "layers", subject)) {
        known.layers.push_back(Descriptor::parse(layer, subject).digest());
      }
    }
    known_.push_back(std::move(known));
  }
  const std::vector<Known>& known() const { return known_; }

 private:
  const BlobSource& blobs_;
  std::vector<Known> known_;
  std::size_t seen_ = 0;
};

// A07: what manifest.json calls an image must be one of the index, with the same configuration and
// layers, and a name that both know must mean the same image.
class Comparison {
 public:
  Comparison(const BlobSource& blobs, const OuterArchive& archive, const Index& index)
      : archive_(archive), index_(index), manifests_(blobs) {
    for (const Descriptor& descriptor : index.manifests()) manifests_.add(descriptor, 0);
  }

  void check(const DockerManifestEntry& entry) const {
    const OuterFile& file = archive_.open(entry.configuration, "manifest.json");
    const Digest configuration = digest_of(
        as_bytes(read_member(archive_, file, configuration_limit_bytes, entry.configuration)));
    std::vector<std::uint64_t> offsets;
    for (const std::string& layer : entry.layers) {
      offsets.push_back(archive_.open(layer, "manifest.json").offset_bytes);
    }
    const auto is_same = [&](const Manifests::Known& known) {
      return known.configuration == configuration && offsets_of(known.layers) == offsets;
    };
    if (!any_manifest(is_same)) fail(entry, "the index lists no such image");
    for (const std::string& name : entry.names) {
      for (const Descriptor& descriptor : index_.manifests()) {
        if (descriptor.annotation(annotation_ref_name) != name || is_index(descriptor)) continue;
        const auto is_named = [&](const Manifests::Known& known) {
          return known.manifest == descriptor.digest() && known.configuration == configuration;
        };
        if (!any_manifest(is_named)) fail(entry, printable(name) + " stands for two images");
      }
    }
  }

 private:
  [[noreturn]] static void fail(const DockerManifestEntry& entry, const std::string& what) {
    throw Error(reject(DiagnosticCode::doc_ambiguous, "A07",
                       "manifest.json and index.json disagree: " + what, entry.configuration));
  }
  std::vector<std::uint64_t> offsets_of(const std::vector<Digest>& blobs) const {
    std::vector<std::uint64_t> offsets;
    for (const Digest& digest : blobs) {
      const OuterFile* const file = find_blob(archive_, digest);
      offsets.push_back(file == nullptr ? UINT64_MAX : file->offset_bytes);
    }
    return offsets;
  }
  template <class Predicate>
  bool any_manifest(const Predicate& predicate) const {
    return std::any_of(manifests_.known().begin(), manifests_.known().end(), predicate);
  }

  const OuterArchive& archive_;
  const Index& index_;
  Manifests manifests_;
};

// A01, or no image at all.
[[noreturn]] void throw_no_image(const OuterArchive& archive) {
  const bool is_v1 = archive.any_name([](std::string_view path) {
    return path == "repositories" || (path.ends_with("/json") && path.size() == 69);
  });
  if (is_v1) {
    throw Error(ErrorKind::unsupported,
                "image archive of Docker's format v1, without manifest.json",
                "load it into Docker and save it again");
  }
  throw Error(ErrorKind::unsupported,
              "no image archive: neither index.json nor manifest.json is in it");
}

}  // namespace

std::unique_ptr<ArchiveImages> ArchiveImages::open(const std::filesystem::path& file,
                                                   const std::filesystem::path& spool_directory,
                                                   Observer& observer) {
  return open(open_input(file, spool_directory, observer), spool_directory, observer);
}

std::unique_ptr<ArchiveImages> ArchiveImages::open(std::shared_ptr<const RandomAccess> file,
                                                   const std::filesystem::path& spool_directory,
                                                   Observer& observer) {
  auto state = std::make_unique<State>(
      OuterArchive(unpack(std::move(file), spool_directory, observer), observer), Index::empty());
  const OuterArchive& archive = state->archive;
  const OuterFile* const index = archive.find("index.json", OuterArchive::Links::refuse);
  const OuterFile* const manifest = archive.find("manifest.json", OuterArchive::Links::follow);
  std::vector<DockerManifestEntry> entries;
  if (manifest != nullptr) {
    entries = parse_docker_manifest(
        read_member(archive, *manifest, manifest_limit_bytes, "manifest.json"));
  }
  if (index != nullptr) {
    check_layout_version(archive);
    const Index stored = Index::parse(
        read_member(archive, *index, manifest_limit_bytes, "index.json"), "index.json");
    std::vector<Descriptor> named;
    for (const Descriptor& descriptor : stored.manifests()) named.push_back(with_name(descriptor));
    state->index = stored.with_manifests(std::move(named));
    state->is_layout = true;
    auto images = std::unique_ptr<ArchiveImages>(new ArchiveImages(std::move(state)));
    if (entries.empty()) return images;
    const Comparison comparison(*images, images->state_->archive, images->index());
    for (const DockerManifestEntry& entry : entries) comparison.check(entry);
    return images;
  }
  if (manifest == nullptr) throw_no_image(archive);
  DockerArchive described = describe_docker_archive(archive, entries, observer);
  state->index = Index::empty().with_manifests(std::move(described.manifests));
  state->documents = std::move(described.documents);
  state->files = std::move(described.files);
  return std::unique_ptr<ArchiveImages>(new ArchiveImages(std::move(state)));
}

ArchiveImages::ArchiveImages(std::unique_ptr<State> state) : state_(std::move(state)) {}
ArchiveImages::~ArchiveImages() = default;

const Index& ArchiveImages::index() const noexcept {
  return state_->index;
}

std::unique_ptr<RandomAccess> ArchiveImages::find(const Digest& digest) const {
  if (state_->is_layout) {
    const OuterFile* const file = find_blob(state_->archive, digest);
    return file == nullptr ? nullptr : state_->archive.bytes(*file);
  }
  const auto document = state_->documents.find(digest);
  if (document != state_->documents.end()) return std::make_unique<StringAccess>(document->second);
  const auto file = state_->files.find(digest);
  return file == state_->files.end() ? nullptr : state_->archive.bytes(file->second);
}

}  // namespace imgops
