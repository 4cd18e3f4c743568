// Documents first, so that a reader of a pipe knows early what comes; then the blobs by digest,
// each once. Every header is made from name and size alone.
#include "libimgops/transfer/archive_writer.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/image/index.hpp"
#include "libimgops/image/reference.hpp"
#include "libimgops/store/closure.hpp"
#include "libimgops/store/image_store.hpp"
#include "libimgops/store/verified.hpp"
#include "libimgops/tar/tar_writer.hpp"
#include "libimgops/transfer/docker_manifest.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

namespace imgops {
namespace {

constexpr std::string_view layout_text = R"({"imageLayoutVersion":"1.0.0"})";

std::string directory_of(const Digest& digest) {
  return "blobs/" + std::string(digest.algorithm_name());
}
std::string blob_path(const Digest& digest) {
  return directory_of(digest) + "/" + digest.hexadecimal();
}

std::string subject_of(const ExportedName& image) {
  return image.name.empty() ? "image " + image.root.digest().to_string() : image.name;
}

// Members have modes and times that say nothing.
std::string directory_header(std::string_view path) {
  FileAttributes attributes;
  attributes.type = FileType::directory;
  attributes.mode = 0755;
  return encode_header(path, attributes, 0);
}
std::string file_header(std::string_view path, std::uint64_t size_bytes) {
  FileAttributes attributes;
  attributes.mode = 0644;
  return encode_header(path, attributes, size_bytes);
}

class ArchiveWriter {
 public:
  explicit ArchiveWriter(Sink& sink) : sink_(sink) {}

  void directory(std::string_view path) { write(directory_header(path)); }
  void file(std::string_view path, std::string_view text) {
    StringSource source{std::string(text)};
    file(path, source, text.size());
  }
  void file(std::string_view path, Source& source, std::uint64_t size_bytes) {
    write(file_header(path, size_bytes));
    written_bytes_ += copy(source, sink_);
    write(std::string(static_cast<std::size_t>(tar_padding_bytes(size_bytes)), '\0'));
  }
  std::uint64_t finish() {
    write(tar_end());
    return written_bytes_;
  }

 private:
  void write(std::string_view text) {
    sink_.write(as_bytes(text));
    written_bytes_ += text.size();
  }

  Sink& sink_;
  std::uint64_t written_bytes_ = 0;
};

// ref.name is the name as in the layout; containerd goes by its own annotation, which has the whole
// name (real-parts §5).
Descriptor listed(const ExportedName& image) {
  std::optional<std::string> reference;
  if (!image.name.empty()) reference = image.name;
  return image.root.with_annotation(annotation_ref_name, reference)
      .with_annotation(annotation_containerd_name, full_reference(image.name));
}

// Every image once, in the order of the names; a name of several platforms goes to the first alone,
// for a RepoTag that stands twice means whichever a reader happens to take.
class DockerEntries {
 public:
  DockerEntries(const BlobSource& blobs, const std::map<Digest, Descriptor>& present)
      : blobs_(blobs), present_(present) {}

  void add(const ExportedName& image) {
    for (const PlatformImage& platform : load_platforms(blobs_, image.root, subject_of(image))) {
      DockerManifestEntry* const entry = entry_of(platform.image);
      if (entry != nullptr) add_name(*entry, image.name);
    }
  }
  std::string text() const { return print_docker_manifest(entries_); }

 private:
  // Null when a foreign layer is not here: Docker could not load it.
  DockerManifestEntry* entry_of(const Image& image) {
    const auto known = positions_.find(image.descriptor().digest());
    if (known != positions_.end()) return &entries_[known->second];
    DockerManifestEntry entry;
    entry.configuration = blob_path(image.configuration_descriptor().digest());
    for (const ImageLayer& layer : image.layers()) {
      if (!present_.contains(layer.descriptor.digest())) return nullptr;
      entry.layers.push_back(blob_path(layer.descriptor.digest()));
    }
    positions_.emplace(image.descriptor().digest(), entries_.size());
    entries_.push_back(std::move(entry));
    return &entries_.back();
  }

  // The first that asks for a tag has it.
  void add_name(DockerManifestEntry& entry, const std::string& name) {
    if (name.empty()) return;
    const auto tag = docker_reference(name);
    if (tag && tags_.insert(*tag).second) entry.names.push_back(*tag);
  }

  const BlobSource& blobs_;
  const std::map<Digest, Descriptor>& present_;
  std::vector<DockerManifestEntry> entries_;
  std::map<Digest, std::size_t> positions_;  // in entries_, by manifest
  std::set<std::string> tags_;
};

using Blobs = std::map<Digest, Descriptor>;

Blobs blobs_of(const BlobSource& blobs, std::span<const ExportedName> images) {
  Blobs needed;
  for (const ExportedName& image : images) {
    for (const Descriptor& descriptor : closure(blobs, image.root, subject_of(image))) {
      needed.emplace(descriptor.digest(), descriptor);
    }
  }
  return needed;
}

void write_blobs(const BlobSource& blobs, const Blobs& needed, const std::set<Digest>& present,
                 ArchiveWriter& writer) {
  std::set<std::string> directories;
  if (present.empty()) {
    writer.directory("blobs");
  } else {
    directories.insert("blobs/sha256");
  }
  for (const auto& [digest, descriptor] : needed) {
    if (present.contains(digest)) continue;
    const std::string directory = directory_of(digest);
    if (directories.insert(directory).second) writer.directory(directory);
    VerifiedSource source(blobs.open(digest), descriptor, "blob " + digest.to_string());
    writer.file(blob_path(digest), source, descriptor.size_bytes());
  }
}

}  // namespace

std::uint64_t write_image_archive(const BlobSource& blobs, std::span<const ExportedName> images,
                                  Sink& sink, const std::set<Digest>& present) {
  const Blobs needed = blobs_of(blobs, images);
  std::vector<Descriptor> roots;
  for (const ExportedName& image : images) roots.push_back(listed(image));
  DockerEntries entries(blobs, needed);
  for (const ExportedName& image : images) entries.add(image);

  ArchiveWriter writer(sink);
  writer.file("oci-layout", layout_text);
  writer.file("index.json", Index::empty().with_manifests(std::move(roots)).text());
  writer.file("manifest.json", entries.text());
  write_blobs(blobs, needed, present, writer);
  return writer.finish();
}

bool are_all_needed(const BlobSource& blobs, std::span<const ExportedName> images,
                    const std::set<Digest>& digests) {
  const Blobs needed = blobs_of(blobs, images);
  return std::ranges::all_of(digests,
                             [&](const Digest& digest) { return needed.contains(digest); });
}

std::string blob_directories() {
  return directory_header("blobs") + directory_header("blobs/sha256");
}

std::string blob_header(const Digest& digest, std::uint64_t size_bytes) {
  return file_header(blob_path(digest), size_bytes);
}

}  // namespace imgops
