#include "libimgops/transfer/docker_archive.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/hasher.hpp"
#include "libimgops/base/json.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/codec/codec.hpp"
#include "libimgops/image/image.hpp"
#include "libimgops/image/media_type.hpp"
#include "libimgops/store/blob_store.hpp"

#include <array>
#include <optional>
#include <utility>

namespace imgops {
namespace {

constexpr std::size_t piece_bytes = 256UL * 1024;

class Describer {
 public:
  Describer(const OuterArchive& archive, Observer& observer)
      : archive_(archive), observer_(observer) {}

  void add(const DockerManifestEntry& entry) {
    const OuterFile& file = archive_.open(entry.configuration, "manifest.json");
    const std::string configuration =
        read_all(*archive_.bytes(file), configuration_limit_bytes, entry.configuration);
    const Digest digest = digest_of(as_bytes(configuration));
    check_name(entry.configuration, digest);
    result_.files.insert_or_assign(digest, file);

    const auto docker_type = [](MediaKind kind, Compression compression) {
      return media_type_text({MediaFamily::docker, kind, compression});
    };
    Json manifest = Json::object();
    manifest["schemaVersion"] = 2;
    manifest["mediaType"] = docker_type(MediaKind::manifest, Compression::none);
    manifest["config"] =
        descriptor_json(docker_type(MediaKind::configuration, Compression::none), file, digest);
    Json layers = Json::array();
    const std::vector<Digest> promised = promised_digests(configuration, entry.layers.size());
    for (std::size_t number = 0; number < entry.layers.size(); ++number) {
      const std::string& name = entry.layers[number];
      const OuterFile& layer = archive_.open(name, "manifest.json");
      const Described& described =
          describe(layer, name, promised.empty() ? nullptr : &promised[number]);
      layers.push_back(descriptor_json(docker_type(MediaKind::layer, described.compression), layer,
                                       described.digest));
    }
    manifest["layers"] = std::move(layers);
    add_image(entry, print_json(manifest), configuration);
  }

  DockerArchive take() { return std::move(result_); }

 private:
  struct Described {
    Digest digest;
    Compression compression;
  };

  static Json descriptor_json(std::string_view media_type, const OuterFile& file,
                              const Digest& digest) {
    Json json = Json::object();
    json["mediaType"] = media_type;
    json["size"] = file.size_bytes;
    json["digest"] = digest.to_string();
    return json;
  }

  // "HEX.json" of Docker, "sha256:HEX" of other writers, "blobs/sha256/HEX" (A12).
  void check_name(std::string_view spelling, const Digest& digest) {
    std::string_view name = file_name(spelling);
    if (name.ends_with(".json")) name.remove_suffix(5);
    if (name.starts_with("sha256:")) name.remove_prefix(7);
    if (name == digest.hexadecimal()) return;
    Diagnostic diagnostic;
    diagnostic.code = DiagnosticCode::config_name;
    diagnostic.level = DiagnosticLevel::warning;
    diagnostic.row = "A12";
    diagnostic.path = spelling;
    diagnostic.message = "configuration's file name is not its hash, " + digest.to_string();
    diagnostic.hint = "runtimes accept it and take the hash as the image's id";
    observer_.diagnose(diagnostic);
  }

  // What the configuration says of its layers; nothing when that is not one digest a layer: then
  // Image::parse() says why.
  static std::vector<Digest> promised_digests(const std::string& configuration,
                                              std::size_t layer_count) {
    std::vector<Digest> digests;
    try {
      const Json json = parse_json(configuration, "configuration");
      const Json* const rootfs = json.is_object() ? find_field(json, "rootfs") : nullptr;
      if (rootfs == nullptr || !rootfs->is_object()) return {};
      for (const Json& text : array_field(*rootfs, "diff_ids", "configuration")) {
        const auto digest = Digest::try_parse(text.is_string() ? text.get<std::string>() : "");
        if (!digest || digest->algorithm() != DigestAlgorithm::sha256) return {};
        digests.push_back(*digest);
      }
    } catch (const Error&) {
      return {};
    }
    return digests.size() == layer_count ? digests : std::vector<Digest>();
  }

  // A layer stored as its archive has its DiffId as digest: whoever reads it proves that, so that
  // it is read once. Others are hashed here, once, whatever the number of their names and images.
  const Described& describe(const OuterFile& file, const std::string& name,
                            const Digest* promised) {
    const auto known = described_.find(file.offset_bytes);
    if (known != described_.end()) return known->second;
    const std::shared_ptr<const RandomAccess> bytes = archive_.bytes(file);
    std::array<std::byte, 8> start{};
    const std::size_t count = bytes->read_at(0, start);
    const Compression compression = with_context("member " + printable(name), [&] {
      return detect_compression(ByteView(start).first(count));
    });
    const bool is_promised = promised != nullptr && compression == Compression::none;
    const Digest digest = is_promised ? *promised : hash(bytes, name);
    result_.files.insert_or_assign(digest, file);
    return described_.emplace(file.offset_bytes, Described{digest, compression}).first->second;
  }

  Digest hash(std::shared_ptr<const RandomAccess> bytes, const std::string& name) {
    const std::uint64_t total = bytes->size_bytes();
    RandomAccessSource source(std::move(bytes));
    DigestHasher hasher;
    std::vector<std::byte> buffer(piece_bytes);
    std::uint64_t done = 0;
    while (const std::size_t count = source.read(buffer)) {
      hasher.update(ByteView(buffer).first(count));
      done += count;
      observer_.progress("index", name, done, total);
    }
    return hasher.finish();
  }

  void add_image(const DockerManifestEntry& entry, std::string manifest,
                 const std::string& configuration) {
    // Says what is wrong with the two documents, the count of layers foremost (J03).
    const Image image = Image::parse(manifest, configuration, "image " + entry.configuration);
    const Descriptor& descriptor = image.descriptor();
    for (const Diagnostic& diagnostic : image.diagnostics()) observer_.diagnose(diagnostic);
    const bool is_new = result_.documents.emplace(descriptor.digest(), std::move(manifest)).second;
    if (entry.names.empty() && is_new) result_.manifests.push_back(descriptor);
    for (const std::string& name : entry.names) {
      const auto [position, added] = names_.emplace(name, descriptor.digest());
      if (added) {
        result_.manifests.push_back(descriptor.with_annotation(annotation_ref_name, name));
      } else if (position->second != descriptor.digest()) {
        throw Error(reject(DiagnosticCode::outer_duplicate, "A10",
                           "manifest.json gives two images the name " + printable(name)));
      }
    }
  }

  const OuterArchive& archive_;
  Observer& observer_;
  std::map<std::uint64_t, Described> described_;  // by offset in the archive
  std::map<std::string, Digest, std::less<>> names_;
  DockerArchive result_;
};

}  // namespace

DockerArchive describe_docker_archive(const OuterArchive& archive,
                                      const std::vector<DockerManifestEntry>& entries,
                                      Observer& observer) {
  Describer describer(archive, observer);
  for (const DockerManifestEntry& entry : entries) describer.add(entry);
  return describer.take();
}

}  // namespace imgops
