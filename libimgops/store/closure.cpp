#include "libimgops/store/closure.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/image/media_type.hpp"
#include "libimgops/store/image_store.hpp"
#include "libimgops/store/manifest_walk.hpp"
#include "libimgops/store/verified.hpp"

#include <memory>
#include <set>

namespace imgops {
namespace {

bool is_manifest(const Descriptor& descriptor) {
  const auto type = parse_media_type(descriptor.media_type());
  return type && type->kind == MediaKind::manifest;
}

bool is_foreign(const Descriptor& descriptor) {
  const auto type = parse_media_type(descriptor.media_type());
  return type && type->kind == MediaKind::layer && type->foreign;
}

class Gatherer {
 public:
  Gatherer(const BlobSource& blobs, std::string_view subject) : blobs_(blobs), subject_(subject) {}

  void add_manifest(const Descriptor& manifest) {
    if (seen_.contains(manifest.digest())) return;
    const ManifestParts parts = read_manifest(blobs_, manifest, subject_);
    for (const Descriptor& layer : parts.layers) add(layer);
    add(parts.configuration);
    add(manifest);
  }

  void add(const Descriptor& blob) {
    if (seen_.contains(blob.digest())) return;
    const auto found = blobs_.find(blob.digest());
    if (!found && is_foreign(blob)) return;
    const std::string name = std::string(subject_) + ": blob " + blob.digest().to_string();
    if (!found) throw Error(ErrorKind::not_found, name + " is missing");
    if (found->size_bytes() != blob.size_bytes()) {
      throw Error(reject(DiagnosticCode::size, "J04", name + ": size differs"));
    }
    seen_.insert(blob.digest());
    found_.push_back(blob);
  }
  std::vector<Descriptor> take() { return std::move(found_); }

 private:
  const BlobSource& blobs_;
  std::string_view subject_;
  std::set<Digest> seen_;
  std::vector<Descriptor> found_;
};

// Ends between two pieces when it is asked to.
class StoppingSource final : public Source {
 public:
  StoppingSource(Source& source, const std::stop_token& stop) : source_(source), stop_(stop) {}
  std::size_t read(std::span<std::byte> buffer) override {
    if (stop_.stop_requested()) throw Error(ErrorKind::cancelled, "interrupted");
    return source_.read(buffer);
  }

 private:
  Source& source_;
  const std::stop_token& stop_;
};

}  // namespace

std::vector<Descriptor> closure(const BlobSource& blobs, const Descriptor& root,
                                std::string_view subject) {
  Gatherer gatherer(blobs, subject);
  for (const ListedManifest& listed : list_manifests(blobs, root, subject)) {
    if (is_manifest(listed.descriptor)) {
      gatherer.add_manifest(listed.descriptor);
    } else {
      // An index, whose children came before it, or something we do not look into.
      gatherer.add(listed.descriptor);
    }
  }
  return gatherer.take();
}

std::uint64_t copy_closure(const BlobSource& from, BlobStore& to, const Descriptor& root,
                           std::string_view subject, const std::stop_token& stop) {
  std::uint64_t copied_bytes = 0;
  for (const Descriptor& blob : closure(from, root, subject)) {
    if (to.keep(blob)) continue;
    VerifiedSource verified(from.open(blob.digest()), blob, std::string(subject));
    StoppingSource source(verified, stop);
    const auto writer = to.create(blob.digest().algorithm());
    copied_bytes += copy(source, *writer);
    writer->commit_as(blob.digest());
  }
  return copied_bytes;
}

}  // namespace imgops
